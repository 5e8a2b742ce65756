"""What the pipeline does with texts: the work of `tasks.Task`. Called in the worker's thread alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spacy.language import Language

from ..annotation.stream import annotate
from ..component.given import linked_as_given
from ..component.linker import AngelLinker
from ..component.reasons import MentionReasons, reasons_against, reasons_of
from ..component.vocabulary import bounded_vocabulary
from ..records import Article, LinkedArticle


def find(nlp: Language, linker: AngelLinker, articles: Sequence[Article]) -> Iterable[LinkedArticle]:
    """The articles with the mentions that the pipeline finds; one that fails says so in its `error`."""
    return annotate(nlp, articles, spans_key=linker.settings.spans_key)


def link_given(nlp: Language, linker: AngelLinker, articles: Sequence[Article]) -> list[LinkedArticle]:
    """The articles with their own mentions linked; one that fails says so in its `error`."""
    try:
        return list(linked_as_given(nlp, linker, articles))
    except Exception as error:  # whatever it is, it becomes part of the output
        if len(articles) == 1:
            return [LinkedArticle(articles[0], error=" ".join(f"{type(error).__name__}: {error}".split()))]
        return [linked for article in articles for linked in link_given(nlp, linker, [article])]


def explain(nlp: Language, linker: AngelLinker, articles: Sequence[Article]) -> list[MentionReasons]:
    """What speaks for the candidates of the first mention of each article."""
    with bounded_vocabulary(nlp):
        return [reasons_of(nlp, linker, article) for article in articles]


def explain_against(
    nlp: Language, linker: AngelLinker, concept_id: str, articles: Sequence[Article]
) -> list[tuple[str, ...]]:
    """What speaks for a concept and for the winner, for the first mention of each article."""
    with bounded_vocabulary(nlp):
        return [reasons_against(nlp, linker, article, concept_id) for article in articles]
