"""The mentions that a corpus itself marks, linked by a pipeline: no NER, no threshold."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from spacy.language import Language
from spacy.tokens import Doc

from ..component.linker import AngelLinker
from ..records import Article, LinkedMention

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
        return list(nlp.pipe(article.text for article in articles))


def link_gold(
    nlp: Language, linker: AngelLinker, articles: Sequence[Article]
) -> list[tuple[Doc, tuple[LinkedMention, ...]]]:
    """Each article as a Doc, and its mentions with their candidates; the ids of a mention stay the gold ones."""
    docs = gold_docs(nlp, linker, articles)
    places = [[(m.start, m.end, m.label) for m in article.mentions] for article in articles]
    links = linker.link_mentions(docs, places)
    return [
        (
            doc,
            tuple(
                LinkedMention(*pair) for pair in zip(article.mentions, (link.candidates for link in of), strict=True)
            ),
        )
        for doc, article, of in zip(docs, articles, links, strict=True)
    ]
