"""Annotated mentions as further names of their concepts: BioSyn's protocol."""

from collections.abc import Iterable, Iterator

from ..records import Article


def mention_aliases(articles: Iterable[Article]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The mentions that carry ids as pairs (name, concept ids): what `KnowledgeBase.with_aliases` takes."""
    for article in articles:
        for mention in article.mentions:
            if mention.concept_ids:
                yield mention.text, mention.concept_ids
