"""Prompts -> ranked concepts: generator, names and search put together. Knows no Doc."""

from collections.abc import Iterator, Sequence

from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..models.generator import Generator
from ..records import Candidate, Hypothesis, Prompt
from .concepts import rank_concepts
from .index import NameIndex
from .search import beam_search


class Linker:
    """Ranks the concepts of a knowledge base for prompts. Raises ConfigError when the two normalise differently."""

    def __init__(self, generator: Generator, kb: KnowledgeBase, index: NameIndex | None = None) -> None:
        if kb.normaliser != generator.prompter.form.normaliser:
            raise ConfigError(
                f"The knowledge base normalises names with {kb.normaliser!r} and the generator mentions with "
                f"{generator.prompter.form.normaliser!r}: build the knowledge base with the generator's normaliser."
            )
        self.generator = generator
        self.kb = kb
        self._index = index
        self._version = kb.version

    @property
    def index(self) -> NameIndex:
        """The KB's names as a trie, built at first use and updated after the KB changed."""
        if self._index is None:
            self._index = NameIndex.build(self.kb, self.generator.prompter)
        elif self._version != self.kb.version:
            self._index = self._index.updated(self.kb, self.generator.prompter, self._version)
        self._version = self.kb.version
        return self._index

    def build_index(self) -> None:
        """Builds the trie now rather than at the first mention."""
        _ = self.index

    def hypotheses(self, prompts: Sequence[Prompt], *, beam_width: int, batch_size: int) -> list[list[Hypothesis]]:
        """The best names of every prompt. Prompts of like length are decoded together; the order is kept."""
        found: list[list[Hypothesis]] = [[] for _ in prompts]
        for chosen in _batches(prompts, batch_size):
            batch = [prompts[i] for i in chosen]
            reached = beam_search(self.generator.session(batch), self.index.trie, len(batch), beam_width=beam_width)
            for i, hypotheses in zip(chosen, reached, strict=True):
                found[i] = hypotheses
        return found

    def candidates(
        self, prompts: Sequence[Prompt], *, beam_width: int, batch_size: int, n_candidates: int
    ) -> list[list[Candidate]]:
        """The best concepts of every prompt."""
        reached = self.hypotheses(prompts, beam_width=beam_width, batch_size=batch_size)
        return [rank_concepts(hypotheses, self.index, self.kb, n_candidates) for hypotheses in reached]


def _batches(prompts: Sequence[Prompt], batch_size: int) -> Iterator[list[int]]:
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i].input_ids), len(prompts[i].prefix_ids), i))
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]
