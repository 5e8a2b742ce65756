"""Linking in one call, for those who do not know spaCy: text or mentions in, plain records out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from .component.linked import linked_mentions
from .component.linker import AngelLinker
from .component.links import Link
from .component.mentions import Place
from .errors import ConfigError
from .kb import KnowledgeBase
from .pipelines import STARTER, load_pipeline
from .records import LinkedMention, Mention


def ground(
    what: str | Sequence[str],
    *,
    mentions: Iterable[tuple[int, int] | Place] | None = None,
    label: str = "",
    pipeline: str | Path = STARTER,
    kb: str | Path | None = None,
) -> list[LinkedMention]:
    """The concepts of what a text mentions: a record for each mention, with its ranked candidates.

    `what` is a text, whose entities the pipeline finds, or whose `mentions` are given, (start, end) or (start, end,
    label) in characters; or several mentions, each a text of its own, all with this `label` ("" for any). `kb` is a
    folder that `kb build` wrote, in the place of the pipeline's. Pipelines stay loaded. Raises ConfigError.
    """
    nlp, linker = _loaded(str(pipeline), None if kb is None else str(kb))
    if isinstance(what, str):
        if mentions is None:
            return list(linked_mentions(nlp(what), linker.settings.spans_key))
        return _given(nlp, linker, [what], [[*mentions]])
    if mentions is not None:
        raise ConfigError("mentions are offsets in one text: give the text, or the mentions alone.")
    texts = list(what)
    return _given(nlp, linker, texts, [[(0, len(text), label)] for text in texts])


def _given(
    nlp: Language, linker: AngelLinker, texts: Sequence[str], places: Sequence[Sequence[Any]]
) -> list[LinkedMention]:
    others = [name for name, pipe in nlp.pipeline if pipe is not linker and name != "ner"]
    with nlp.select_pipes(enable=others):
        docs = list(nlp.pipe(texts))
    links = linker.link_mentions(docs, places)
    return [
        _record(doc, place, link)
        for doc, of, found in zip(docs, places, links, strict=True)
        for place, link in zip(of, found, strict=True)
    ]


def _record(doc: Doc, place: tuple[int, int] | Place, link: Link) -> LinkedMention:
    start, end, label = (*place, "")[:3]
    mention = Mention(doc.text[start:end], start, end, str(label))
    ids = (link.concept_id,) if link.concept_id else ()
    return LinkedMention(replace(mention, concept_ids=ids), link.candidates, link.nil_reason or "")


@lru_cache(4)
def _loaded(pipeline: str, kb: str | None) -> tuple[Language, AngelLinker]:
    nlp = load_pipeline(pipeline)
    linker = next((pipe for _, pipe in nlp.pipeline if isinstance(pipe, AngelLinker)), None)
    if linker is None:
        linker = nlp.add_pipe("angel_linker")
    if kb is not None:
        linker.set_kb(KnowledgeBase.from_disk(kb))
    return nlp, linker
