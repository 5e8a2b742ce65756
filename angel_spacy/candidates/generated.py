"""Prompts -> ranked concepts: generator, names and search put together. Knows no Doc."""

from collections.abc import Sequence
from typing import Any

from ..decode.search import beam_search
from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..models.generator import Generator
from ..models.precision import weights_of
from ..records import Candidate, Hypothesis, Prompt
from .answer_cache import Found, Recent
from .index import NameIndex
from .ranking import rank_concepts
from .threads import on_threads, threads_for

_FEW = 16  # a smaller batch is not worth a thread of its own


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
        self._recent = Recent()

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

    def hypotheses(
        self,
        prompts: Sequence[Prompt],
        *,
        beam_width: int,
        batch_size: int,
        margin: float | None = None,
        precision: str = "float32",
        cache_size: int = 0,
    ) -> list[Found]:
        """The best names of every prompt, in the order of the prompts.

        Equal prompts are decoded once, prompts of like length together. The names found for the last `cache_size`
        prompts are kept for later calls, until the names of the KB, the weights or the other settings change.
        """
        index = self.index
        asked = dict.fromkeys(prompts)
        found_by = (index, weights_of(self.generator.network), beam_width, margin, precision)
        found = self._recent.of(asked, found_by) if cache_size else {}
        n_threads = threads_for(self.generator.device)
        batches = _batches([prompt for prompt in asked if prompt not in found], batch_size, n_threads)
        self.generator.prepare(precision)

        def reached(batch: Sequence[Prompt]) -> list[list[Hypothesis]]:
            session = self.generator.session(batch, precision=precision)
            return beam_search(session, index.trie, len(batch), beam_width=beam_width, margin=margin)

        for batch, names in zip(batches, on_threads(reached, batches, n_threads), strict=True):
            found.update(zip(batch, map(tuple, names), strict=True))
        self._recent.keep(found, cache_size)
        return [found[prompt] for prompt in prompts]

    def candidates(self, prompts: Sequence[Prompt], *, n_candidates: int, **search: Any) -> list[list[Candidate]]:
        """The best concepts of every prompt; `search` is what `hypotheses` takes."""
        found = self.hypotheses(prompts, **search)
        return [rank_concepts(hypotheses, self.index, self.kb, n_candidates) for hypotheses in found]


def _batches(prompts: Sequence[Prompt], batch_size: int, n_threads: int) -> list[list[Prompt]]:
    """Prompts of like length together, and something to do for every thread."""
    ordered = sorted(prompts, key=lambda prompt: (len(prompt.input_ids), len(prompt.prefix_ids)))
    size = min(batch_size, max(-(-len(prompts) // n_threads), _FEW))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
