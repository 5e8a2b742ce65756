"""The mentions that a corpus itself marks, linked by a pipeline: no NER."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import in_one_line
from ..records import Article, Candidate, LinkedArticle, LinkedMention, Mention
from .linker import AngelLinker
from .links import Link
from .long_runs import to_read
from .vocabulary import bounded_vocabulary

BATCH = 100  # articles whose mentions are decoded together


def batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """The articles, as many at a time as are worked on together."""
    stream = iter(articles)
    while batch := list(islice(stream, BATCH)):
        yield batch


def with_ids(articles: Iterable[Article]) -> Iterator[Article]:
    """The articles with those of their mentions that carry an id."""
    for article in articles:
        yield replace(article, mentions=tuple(mention for mention in article.mentions if mention.concept_ids))


def gold_docs(nlp: Language, linker: AngelLinker, articles: Iterable[Article]) -> list[Doc]:
    """The articles as Docs that have been through all but linker and NER: abbreviations are known."""
    others = [name for name, pipe in nlp.pipeline if pipe is not linker and name != "ner"]
    with nlp.select_pipes(enable=others):
        return list(nlp.pipe(to_read(nlp, article.text) for article in articles))


def linked_as_given(
    nlp: Language, linker: AngelLinker, articles: Iterable[Article], *, overwrite: bool = True
) -> Iterator[LinkedArticle]:
    """The articles with the concepts that the linker finds for their own mentions, as a stream; those that have ids
    keep them unless `overwrite`. An article that fails by itself comes out with an `error`."""
    for batch in batches(articles):
        with bounded_vocabulary(nlp):
            try:
                done = _as_given(nlp, linker, batch, overwrite)
            except Exception:  # whatever it is, those that are not at fault are linked
                done = [_alone(nlp, linker, article, overwrite) for article in batch]
        yield from done


def _alone(nlp: Language, linker: AngelLinker, article: Article, overwrite: bool) -> LinkedArticle:
    try:
        (linked,) = _as_given(nlp, linker, [article], overwrite)
    except Exception as error:  # it becomes part of the output
        return LinkedArticle(article, error=in_one_line(error))
    return linked


def _as_given(nlp: Language, linker: AngelLinker, batch: list[Article], overwrite: bool) -> list[LinkedArticle]:
    done = []
    for article, (_, links) in zip(batch, _links(nlp, linker, batch), strict=True):
        mentions = [
            LinkedMention(one, link.candidates)
            if one.concept_ids and not overwrite
            else LinkedMention(replace(one, concept_ids=link.concept_ids), link.candidates, link.nil_reason or "")
            for one, link in zip(article.mentions, links, strict=True)
        ]
        done.append(LinkedArticle(article, tuple(mentions)))
    return done


class GoldLink(NamedTuple):
    """A mention with its gold ids, and the link that it got."""

    mention: Mention
    link: Link

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Those of the link, best first."""
        return self.link.candidates


def link_gold(nlp: Language, linker: AngelLinker, articles: Sequence[Article]) -> list[tuple[Doc, list[GoldLink]]]:
    """Each article as a Doc, and its mentions with their links."""
    return [
        (doc, list(map(GoldLink, article.mentions, of)))
        for article, (doc, of) in zip(articles, _links(nlp, linker, articles), strict=True)
    ]


def _links(nlp: Language, linker: AngelLinker, articles: Sequence[Article]) -> list[tuple[Doc, list[Link]]]:
    """Each article as a Doc, and a link for each of its mentions."""
    docs = gold_docs(nlp, linker, articles)
    places = [[(m.start, m.end, m.label) for m in article.mentions] for article in articles]
    return list(zip(docs, linker.link_mentions(docs, places), strict=True))
