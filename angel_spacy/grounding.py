"""Linking in one call, for those who do not know spaCy: text or mentions in, plain records out."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from spacy.language import Language

from .component.given import linked_as_given
from .component.linked import linked_mentions
from .component.linker import AngelLinker
from .component.loading import pipeline_with_linker
from .component.long_runs import to_read
from .component.mentions import Place
from .errors import ConfigError
from .pipelines import STARTER
from .records import Article, LinkedMention, Mention


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
    if isinstance(what, str) and mentions is None:
        return list(linked_mentions(nlp(to_read(nlp, what)), linker.settings.spans_key))
    if isinstance(what, str):
        articles = [_article(what, mentions or ())]
    elif mentions is None:
        articles = [_article(text, [(0, len(text), label)]) for text in what]
    else:
        raise ConfigError("mentions are offsets in one text: give the text, or the mentions alone.")
    return [one for article in linked_as_given(nlp, linker, articles) for one in article.mentions]


def _article(text: str, places: Iterable[tuple[int, int] | Place]) -> Article:
    told = ((place[0], place[1], place[2] if len(place) > 2 else "") for place in places)
    return Article("", "", text, tuple(Mention(text[start:end], start, end, label) for start, end, label in told))


@lru_cache(4)
def _loaded(pipeline: str, kb: str | None) -> tuple[Language, AngelLinker]:
    return pipeline_with_linker(pipeline, kb)
