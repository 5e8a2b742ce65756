"""A tokenizer that finds the words of the clean text in the text as it is written."""

from __future__ import annotations

from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from ..models.clean_text import CleanText, clean_text


class CleanTokenizer(Tokenizer):  # type: ignore[misc]  # spaCy is not checked
    """Finds the words of the clean text and gives them as they are written: the Doc's text is the one given."""

    def __call__(self, text: str) -> Doc:
        """The Doc, whose words have the clean words as norms."""
        clean = clean_text(text)
        doc = super().__call__(clean.text)
        return doc if clean.text == text else _as_written(doc, clean, text)


def _as_written(doc: Doc, clean: CleanText, text: str) -> Doc:
    """The words of a clean Doc as `text` has them, and between them what is neither a word nor one space."""
    words: list[str] = []
    spaces: list[bool] = []
    norms: list[str] = []
    at = 0
    for start, end, norm in [*_written(doc, clean), (len(text), len(text), "")]:
        between = text[at:start]
        if words and between.startswith(" "):
            spaces[-1], between = True, between[1:]
        for piece, its_norm in ((between, ""), (text[start:end], norm)):
            if piece:
                words.append(piece)
                spaces.append(False)
                norms.append(its_norm)
        at = end
    written = Doc(doc.vocab, words=words, spaces=spaces)
    for token, norm in zip(written, norms, strict=True):
        if norm:
            token.norm_ = norm
    return written


def _written(doc: Doc, clean: CleanText) -> list[tuple[int, int, str]]:
    """Where in the original each word begins and ends, and its norm; words that share a character are one."""
    found: list[tuple[int, int, str]] = []
    for token in doc:
        if token.is_space:
            continue
        start, end, norm = clean.starts[token.idx], clean.ends[token.idx + len(token) - 1], token.norm_
        if found and start < found[-1][1]:
            start, _, before = found.pop()
            norm = before + norm
        found.append((start, end, norm))
    return found
