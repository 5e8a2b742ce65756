"""spaCy's entity recogniser before clean text: it walks through a clean copy of each Doc and marks the Doc itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.pipeline import EntityRecognizer
from spacy.tokens import Doc, Span

from ..models.clean_docs import clean_copy, is_blocked, tokens_of
from .overlooked import overlooked


class CleanEntityRecognizer(EntityRecognizer):  # type: ignore[misc]  # spaCy is not checked
    """Passes over tokens that stand for nothing, and finds no entity without a letter.

    With `overlooked`, what others of a document's entities tell of is marked too (`overlooked.py`).
    """

    def __init__(self, *args: Any, overlooked: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.overlooked = overlooked

    def predict(self, docs: Iterable[Doc]) -> Any:
        """The states of the parser at the end of each clean copy. Docs are left as they are."""
        return super().predict([clean_copy(doc) for doc in docs])

    def set_annotations(self, docs: Sequence[Doc], states: Any) -> None:
        """Marks what was found in the copies; entities that were there before stay, whatever they hold."""
        copies = [state.doc for state in states]
        given = [set(copy.ents) for copy in copies]
        super().set_annotations(copies, states)
        for doc, copy, before in zip(docs, copies, given, strict=True):
            junk = [ent for ent in copy.ents if ent not in before and not any(map(str.isalpha, ent.text))]
            if junk:
                copy.set_ents([], outside=junk, default="unmodified")
            if self.overlooked:
                copy.set_ents(overlooked(copy, [ent for ent in copy.ents if ent not in before]), default="unmodified")
            if copy is not doc:
                _mark(doc, copy, [ent for ent in copy.ents if ent not in before])


def _mark(doc: Doc, copy: Doc, found: Sequence[Span]) -> None:
    """Gives `doc` what was found in its clean copy, beside what it has."""
    tokens, blocked = tokens_of(copy), [doc[token.i : token.i + 1] for token in doc if is_blocked(token)]
    spans = [Span(doc, tokens[ent.start], tokens[ent.end - 1] + 1, ent.label) for ent in found]
    free = [span for span in spans if not any(token.ent_type for token in span)]
    doc.set_ents([*doc.ents, *free], blocked=blocked)
