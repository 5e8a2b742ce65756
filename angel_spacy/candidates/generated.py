"""Prompts -> ranked concepts: generator, names and search put together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from ..decode.scoring import score_names, score_tokens
from ..decode.search import beam_search
from ..decode.state import Allowed
from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..models.generator import Generator
from ..models.precision import weights_of
from ..models.session import DecoderSession
from ..records import Candidate, Hypothesis, Prompt
from .answer_cache import AnswerCache, Hypotheses
from .index import NameIndex
from .ranking import rank_concepts
from .restriction import Restrictions
from .settings import Search
from .threads import on_threads, threads_for

_FEW = 16  # a smaller batch is not worth a thread of its own


@dataclass(frozen=True)
class SpelledName:
    """A name as the generator writes it: its `tokens`, EOS last, and the log-probability of each (nats)."""

    name: str
    tokens: tuple[str, ...]
    log_probs: tuple[float, ...]

    @property
    def score(self) -> float:
        """Mean log-probability a token."""
        return sum(self.log_probs) / len(self.log_probs)


class Generated:
    """Ranks the concepts of a knowledge base by the names that the generator writes.

    `restrictions` are those that prompts number; none unless others are set.

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
        self.restrictions = Restrictions(kb, {})
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

    def forget(self) -> None:
        """What is found from now on is what would be found if nothing had been asked before, to the last bit: what is
        decoded together rounds together."""
        self._cache = AnswerCache()

    def build_index(self) -> None:
        """Builds the trie now rather than at the first mention."""
        _ = self.index

    def hypotheses(
        self, prompts: Sequence[Prompt], search: Search, *, also: Mapping[Prompt, Sequence[int]] | None = None
    ) -> list[Hypotheses]:
        """The best names of every prompt, best first, in the order of the prompts.

        Behind them stand those of the leaves `also` of a prompt that the search did not reach. Equal prompts are
        decoded once, prompts of like length together. The names found for the last prompts are kept for later calls,
        until the names of the KB, the weights or the search change, or names stand behind them for the first time.
        """
        index, generator = self.index, self.generator
        precision = generator.precision(search.precision)
        asked = dict.fromkeys(prompts)
        width, margin = search.beam_width, search.beam_margin
        found_by = (index, weights_of(generator.network), width, margin, precision, also is None, self.restrictions)
        found = self._cache.known(asked, found_by) if search.cache_size else {}
        n_threads = threads_for(generator.device)
        batches = _batches([prompt for prompt in asked if prompt not in found], search.batch_size, n_threads)
        generator.prepare(precision)

        def reached(batch: Sequence[Prompt]) -> list[list[Hypothesis]]:
            session = generator.session(batch, precision=precision)
            unread = session.fresh() if also is not None else None
            allowed = self._allowed(batch, session.device)
            written = beam_search(session, index.trie, len(batch), beam_width=width, margin=margin, allowed=allowed)
            if also is None or unread is None:
                return written
            missed = [_without(also.get(prompt, ()), names) for prompt, names in zip(batch, written, strict=True)]
            return [[*names, *more] for names, more in zip(written, self._scored(unread, missed), strict=True)]

        for batch, names in zip(batches, on_threads(reached, batches, n_threads), strict=True):
            found.update(zip(batch, map(tuple, names), strict=True))
        self._cache.keep(found, search.cache_size)
        return [found[prompt] for prompt in prompts]

    def _scored(self, session: DecoderSession, leaves: Sequence[Sequence[int]]) -> Iterator[list[Hypothesis]]:
        """The names of these leaves for each mention of a session that has read nothing yet."""
        index, prompter = self.index, self.generator.prompter
        names = [prompter.names(map(index.name, own)) for own in leaves]
        for own, tokens, scores in zip(leaves, names, score_names(session, names), strict=True):
            parts = zip(own, scores, tokens, strict=True)
            yield [Hypothesis(leaf, score, len(name), reached=False) for leaf, score, name in parts]

    def spelled(self, prompts: Sequence[Prompt], leaves: Sequence[int], search: Search) -> list[list[SpelledName]]:
        """How each of the names in these leaves comes about after each prompt: every token with its log-probability."""
        generator = self.generator
        precision = generator.precision(search.precision)
        generator.prepare(precision)
        names = list(map(self.index.name, leaves))
        tokens = generator.prompter.names(names)
        scores = score_tokens(generator.session(prompts, precision=precision), [tokens] * len(prompts))
        words = [[str(generator.tokenizer.id_to_token(token)) for token in own] for own in tokens]
        return [
            [SpelledName(*one) for one in zip(names, map(tuple, words), map(tuple, of), strict=True)] for of in scores
        ]

    def candidates(self, prompts: Sequence[Prompt], search: Search, *, n_candidates: int) -> list[list[Candidate]]:
        """The best concepts of every prompt, of those that its restriction allows."""
        found = self.hypotheses(prompts, search)
        allows = [partial(self.restrictions.allows, prompt.restriction) for prompt in prompts]
        return [
            rank_concepts(hypotheses, self.index, self.kb, n_candidates, fits)
            for hypotheses, fits in zip(found, allows, strict=True)
        ]

    def _allowed(self, batch: Sequence[Prompt], device: torch.device) -> Allowed | None:
        """Where the search may go; None where no prompt is restricted."""
        if not any(prompt.restriction for prompt in batch):
            return None
        of_nodes = torch.from_numpy(self.restrictions.of_nodes(self.index.trie))
        bits = torch.tensor([1 << prompt.restriction for prompt in batch], dtype=of_nodes.dtype)
        return Allowed(of_nodes.to(device), bits.to(device))


def _without(leaves: Iterable[int], names: Iterable[Hypothesis]) -> list[int]:
    reached = {name.leaf for name in names}
    return [leaf for leaf in leaves if leaf not in reached]


def _batches(prompts: Sequence[Prompt], batch_size: int, n_threads: int) -> list[list[Prompt]]:
    """Prompts of like length together, and something to do for every thread."""
    ordered = sorted(prompts, key=lambda prompt: (len(prompt.input_ids), len(prompt.prefix_ids)))
    size = min(batch_size, max(-(-len(prompts) // n_threads), _FEW))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
