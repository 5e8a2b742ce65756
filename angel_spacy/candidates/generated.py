"""Prompts -> ranked concepts: generator, names and search put together."""

from collections.abc import Sequence

from ..decode.search import beam_search
from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..models.generator import Generator
from ..models.precision import weights_of
from ..records import Candidate, Hypothesis, Prompt
from .answer_cache import AnswerCache, Hypotheses
from .index import NameIndex
from .ranking import rank_concepts
from .settings import Search
from .threads import on_threads, threads_for

_FEW = 16  # a smaller batch is not worth a thread of its own


class Generated:
    """Ranks the concepts of a knowledge base by the names that the generator writes.

    Raises ConfigError when the two normalise differently.
    """

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
        self._cache = AnswerCache()

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

    def hypotheses(self, prompts: Sequence[Prompt], search: Search) -> list[Hypotheses]:
        """The best names of every prompt, in the order of the prompts.

        Equal prompts are decoded once, prompts of like length together. The names found for the last prompts are kept
        for later calls, until the names of the KB, the weights or the search change.
        """
        index, generator = self.index, self.generator
        precision = generator.precision(search.precision)
        asked = dict.fromkeys(prompts)
        found_by = (index, weights_of(generator.network), search.beam_width, search.beam_margin, precision)
        found = self._cache.known(asked, found_by) if search.cache_size else {}
        n_threads = threads_for(generator.device)
        batches = _batches([prompt for prompt in asked if prompt not in found], search.batch_size, n_threads)
        generator.prepare(precision)

        def reached(batch: Sequence[Prompt]) -> list[list[Hypothesis]]:
            session = generator.session(batch, precision=precision)
            width, margin = search.beam_width, search.beam_margin
            return beam_search(session, index.trie, len(batch), beam_width=width, margin=margin)

        for batch, names in zip(batches, on_threads(reached, batches, n_threads), strict=True):
            found.update(zip(batch, map(tuple, names), strict=True))
        self._cache.keep(found, search.cache_size)
        return [found[prompt] for prompt in prompts]

    def candidates(self, prompts: Sequence[Prompt], search: Search, *, n_candidates: int) -> list[list[Candidate]]:
        """The best concepts of every prompt."""
        found = self.hypotheses(prompts, search)
        return [rank_concepts(hypotheses, self.index, self.kb, n_candidates) for hypotheses in found]


def _batches(prompts: Sequence[Prompt], batch_size: int, n_threads: int) -> list[list[Prompt]]:
    """Prompts of like length together, and something to do for every thread."""
    ordered = sorted(prompts, key=lambda prompt: (len(prompt.input_ids), len(prompt.prefix_ids)))
    size = min(batch_size, max(-(-len(prompts) // n_threads), _FEW))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
