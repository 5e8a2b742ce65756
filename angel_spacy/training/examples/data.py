"""A knowledge base and corpora -> the sources that examples are drawn from."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import log1p, sqrt
from pathlib import Path

from ...corpora.aliases import mention_aliases
from ...corpora.formats import read_articles
from ...errors import ConfigError
from ...kb import KnowledgeBase
from ...kb.lexica import tied
from ...models.name_encoder import KINDS
from ...objectives.examples import NamedMention
from ...objectives.names import Names, names_by_row
from ...records import Article
from ..sections import Paths, Shares
from .dictionary import Dictionary, find_mentions
from .sources import ExampleSource, MentionSource, SynonymSource
from .synonyms import Synonyms
from .templates import TemplateSource


def named_mentions(articles: Iterable[Article], kb: KnowledgeBase) -> list[NamedMention]:
    """The annotated mentions whose concepts the KB has, with the rows of these."""
    found = []
    for article in articles:
        for mention in article.mentions:
            if rows := kb.rows(mention.concept_ids):
                found.append(NamedMention(article.text, mention.start, mention.end, rows))
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

    def __init__(
        self,
        kb: KnowledgeBase,
        articles: Sequence[Article],
        texts: Sequence[str],
        *,
        lexica: Iterable[KnowledgeBase] = (),
        found_a_name: int = 50,
    ):
        self.kb = kb
        self.kb_with_aliases = kb.with_aliases(mention_aliases(articles))
        self.names = names_by_row(self.kb_with_aliases)
        self.texts = texts
        self.mentions = named_mentions(articles, self.kb_with_aliases)
        self._more: Names = [[] for _ in self.names]  # names of lexica by row of the KB
        self._others: Names = []  # entries of lexica that no row is tied to
        lexica = list(lexica)
        self._kbs = (kb, *lexica)
        for lexicon in lexica:
            for row, names in tied(self.names, names_by_row(lexicon)):
                if row is None:
                    self._others.append(names)
                else:
                    self._more[row] += names
        known = [own + more for own, more in zip(self.names, self._more, strict=True)]
        self._found = find_mentions(texts, Dictionary(known, kb.normalise), at_most=found_a_name) if texts else []

    @classmethod
    def read(cls, paths: Paths) -> "TrainingData":
        """The KB folders, annotated corpora, lexica and unlabelled texts of a recipe."""
        articles = [article for path in paths.corpora for article in read_articles(Path(path))]
        plain = [article.text for article in read_articles(Path(paths.texts))] if paths.texts else []
        lexica = [KnowledgeBase.from_disk(Path(lexicon)) for lexicon in paths.lexica]
        return cls(union(KnowledgeBase.from_disk(Path(kb)) for kb in paths.kbs), articles, plain, lexica=lexica)

    def sources(self, shares: Shares, hide: float | None = None) -> list[tuple[float, ExampleSource]]:
        """The weighted sources of a stage; shares of what is not there are left out. ConfigError when none is left.

        `hide`: how often a mention's own form is no target; None: what suits the source.
        """
        hidden, hidden_found = (0.5, 0.15) if hide is None else (hide, hide)
        normalise = self.kb.normalise
        made: list[tuple[float, ExampleSource]] = [(shares.synonyms, SynonymSource(self.synonyms))]
        if shares.templates:
            definitions = [concept.definition for concept in self.kb_with_aliases.concepts]
            made.append((shares.templates, TemplateSource(self.names, self.weights, definitions)))
        if any(self._more) or self._others:
            others = Synonyms(self._others, [sqrt(len(own)) for own in self._others])
            made += [(shares.lexica * 0.7, SynonymSource(self.tied)), (shares.lexica * 0.3, SynonymSource(others))]
        if self._found:
            found = MentionSource(self._found, self.names, normalise, hide=hidden_found, noise=0.3)
            made.append((shares.dictionary, found))
        if self.mentions:
            made.append((shares.mentions, MentionSource(self.mentions, self.names, normalise, hide=hidden)))
        wanted = [(share, source) for share, source in made if share > 0]
        if not wanted:
            raise ConfigError(f"There is nothing to draw from with {shares}: raise the shares of what [paths] gives.")
        return wanted

    def clusters(self) -> tuple[Names, list[float]]:
        """Names of one thing each, those of lexica among them, and how often they are to be drawn: the KB's concepts
        twice as often as entries of lexica of the same size."""
        known = [own + more for own, more in zip(self.names, self._more, strict=True)]
        return known + self._others, [
            *(2 * sqrt(len(own)) for own in known),
            *(sqrt(len(own)) for own in self._others),
        ]

    def kinds(self) -> Iterator[tuple[str, int]]:
        """The names of concepts with a type in KINDS, and the number of that kind."""
        for kb in self._kbs:
            for row, concept in enumerate(kb.concepts):
                if found := [KINDS.index(one) for one in concept.types if one in KINDS]:
                    for name in kb.names_of(row):
                        yield name, found[0]

    @cached_property
    def synonyms(self) -> Synonyms:
        """Pairs of names of the KB."""
        return Synonyms(self.names, self.weights)

    @cached_property
    def tied(self) -> Synonyms:
        """Pairs of a lexicon's name and one of the KB."""
        return Synonyms(self.names, self.weights, surfaces=self._more)

    @cached_property
    def weights(self) -> list[float]:
        """How often a concept's names are drawn: more for many names and for concepts that texts mention."""
        found = [0] * len(self.names)
        for mention in (*self._found, *self.mentions):
            for row in mention.rows:
                found[row] += 1
        return [sqrt(len(names)) * (1 + 2 * log1p(n)) for names, n in zip(self.names, found, strict=True)]
