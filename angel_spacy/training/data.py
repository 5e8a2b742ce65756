"""A knowledge base and corpora -> the sources that examples are drawn from."""

from collections.abc import Iterable, Sequence
from math import log1p, sqrt
from pathlib import Path

from ..corpora.aliases import mention_aliases
from ..corpora.formats import read_articles
from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..records import Article
from .examples import MentionSource, NamedMention, Source, SynonymSource
from .hits import Dictionary, find_hits
from .recipe import Shares

Names = list[list[str]]


def names_by_row(kb: KnowledgeBase) -> Names:
    """The distinct normalised names of each concept, in row order."""
    table: Names = []
    for concept in kb.concepts:
        names = (kb.normalise(name) for name in concept.names)
        table.append(list(dict.fromkeys(name for name in names if name)))
    return table


def named_mentions(articles: Iterable[Article], kb: KnowledgeBase) -> list[NamedMention]:
    """The annotated mentions whose concepts the KB has; row numbers count as in `names_by_row`."""
    order = {concept.concept_id: i for i, concept in enumerate(kb.concepts)}
    found = []
    for article in articles:
        for mention in article.mentions:
            rows = (kb.resolve(concept_id) for concept_id in mention.concept_ids)
            known = tuple(dict.fromkeys(order[kb.concept(row).concept_id] for row in rows if row is not None))
            if known:
                found.append(NamedMention(article.text, mention.start, mention.end, known))
    return found


def union(kbs: Iterable[KnowledgeBase]) -> KnowledgeBase:
    """One KB with the concepts and names of all; a concept known under any of its ids only gains names."""
    kbs = iter(kbs)
    together = next(kbs)
    for kb in kbs:
        for concept in kb.concepts:
            if together.resolve(concept.concept_id) is None:
                together.add(concept)
            else:
                for name in concept.names:
                    together.add_name(concept.concept_id, name)
    return together


class TrainingData:
    """Everything that a run draws from, read once.

    `names` hold the annotated mentions too; `kb` does not, so that a mention is not its own right answer in mining.
    """

    def __init__(self, kb: KnowledgeBase, articles: Sequence[Article], texts: Sequence[str], *, hits_a_name: int = 50):
        self.kb = kb
        self._with_aliases = kb.with_aliases(mention_aliases(articles))
        self.names = names_by_row(self._with_aliases)
        self.texts = texts
        self.mentions = named_mentions(articles, self._with_aliases)
        self._hits = find_hits(texts, Dictionary(self.names, kb.normalise), at_most=hits_a_name) if texts else []

    @classmethod
    def read(cls, kbs: Sequence[str], corpora: Sequence[str], texts: str) -> "TrainingData":
        """The KB folders, annotated corpora and unlabelled texts of a recipe."""
        articles = [article for path in corpora for article in read_articles(Path(path))]
        plain = [article.text for article in read_articles(Path(texts))] if texts else []
        return cls(union(KnowledgeBase.from_disk(Path(kb)) for kb in kbs), articles, plain)

    def sources(self, shares: Shares) -> list[tuple[float, Source]]:
        """The weighted sources of a stage; shares of what is not there are left out. ConfigError when none is left."""
        normalise = self.kb.normalise
        made: list[tuple[float, Source]] = [(shares.synonyms, SynonymSource(self.names, self._weights()))]
        if self._hits:
            made.append((shares.hits, MentionSource(self._hits, self.names, normalise)))
        if self.mentions:
            made.append((shares.mentions, MentionSource(self.mentions, self.names, normalise)))
        wanted = [(share, source) for share, source in made if share > 0]
        if not wanted:
            raise ConfigError(f"There is nothing to draw from with {shares}: raise the shares of what [paths] gives.")
        return wanted

    def _weights(self) -> list[float]:
        """How often a concept's names are drawn: more for many names and for concepts that texts mention."""
        found = [0] * len(self.names)
        for mention in (*self._hits, *self.mentions):
            for row in mention.rows:
                found[row] += 1
        return [sqrt(len(names)) * (1 + 2 * log1p(n)) for names, n in zip(self.names, found, strict=True)]
