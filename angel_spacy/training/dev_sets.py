"""Accuracy on annotated mentions that nothing was learnt from: what stages and chunks are chosen by."""

from collections.abc import Mapping
from pathlib import Path

from ..candidates.index import NameIndex
from ..corpora.aliases import mention_aliases
from ..corpora.formats import read_articles
from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..models.generator import Generator
from ..objectives.mining import answers, is_right
from ..records import Article
from .examples.data import named_mentions
from .sections import DevSet

Scores = dict[str, float]


class DevSets:
    """The dev sets of a recipe. The tries are built once: all generators of a run have one tokenizer."""

    BEAMS = 5

    def __init__(self, sets: Mapping[str, DevSet]) -> None:
        self._sets = sets
        self._indices: dict[str, NameIndex] = {}
        self._kbs = {name: _knowledge_base(chosen) for name, chosen in sets.items()}
        self._mentions = {
            name: named_mentions(_articles(chosen.corpus, chosen.limit), self._kbs[name])
            for name, chosen in sets.items()
        }
        for name, mentions in self._mentions.items():
            if not mentions:
                raise ConfigError(f"[dev.{name}] has no mention whose id its KB knows: check corpus and kb.")

    def scores(self, generator: Generator) -> Scores:
        """Set -> lenient accuracy@1 of the mentions that the KB can name; nothing when there are no sets.

        A mention is asked as it stands: the component, which writes abbreviations out, does better.
        """
        return {name: sum(right) / len(right) for name, right in self.judged(generator).items()}

    def judged(self, generator: Generator) -> dict[str, list[bool]]:
        """Set -> whether the first name is right, mention by mention, always in the same order."""
        return {name: self._judged(name, generator) for name in self._sets}

    def _judged(self, name: str, generator: Generator) -> list[bool]:
        if name not in self._indices:
            self._indices[name] = NameIndex.build(self._kbs[name], generator.prompter)
        index = self._indices[name]
        found = answers(generator, index, self._mentions[name], top=self.BEAMS)
        return [bool(best) and is_right(mention, best[0].leaf, index) for mention, best in found]


def mean(scores: Scores) -> float:
    """One figure to choose by; 0 without any."""
    return sum(scores.values()) / len(scores) if scores else 0.0


def _knowledge_base(chosen: DevSet) -> KnowledgeBase:
    aliases = (pair for path in chosen.aliases for pair in mention_aliases(_articles(path)))
    return KnowledgeBase.from_disk(Path(chosen.kb)).with_aliases(aliases)


def _articles(path: str, limit: int = 0) -> list[Article]:
    return list(read_articles(Path(path)))[: limit or None]
