"""The two sides of the comparison: our search in each of its modes, and `transformers.generate`.

A side knows what it does with a batch, which batches it gets, and how its answers become names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from transformers import GenerationConfig

from angel_spacy.decode.search import beam_search
from angel_spacy.models.generator import Generator, pad
from angel_spacy.records import Prompt
from angel_spacy.trie.trie import PackedTrie

Found = list[tuple[tuple[int, ...], float]]  # one mention's names (token ids, EOS last) and scores, best first
Batches = list[list[Prompt]]


@dataclass(frozen=True)
class Mode:
    """How our search computes. `margin` in nats, None: exact. "float32" is the network as it is."""

    precision: str = "float32"
    margin: float | None = None

    def __str__(self) -> str:
        return self.precision if self.margin is None else f"{self.precision} margin {self.margin:g}"


EXACT = Mode()


@dataclass(frozen=True)
class Side:
    """A way to decode: what it does with a batch, which batches it gets, and how its answers become names.

    `both_ways`: run with all threads in one batch and with a batch a thread; the faster counts.
    """

    decode: Callable[[Sequence[Prompt]], list[Any]]
    batches: Callable[[Sequence[Prompt], int], Batches]
    named: Callable[[Sequence[Any]], list[Found]]
    both_ways: bool = False


def modes(precisions: Sequence[str], margins: Sequence[float]) -> list[Mode]:
    """Each precision, float32 first; those beyond it also with each margin."""
    others = [precision for precision in precisions if precision != "float32"]
    return [EXACT, *map(Mode, others), *(Mode(precision, margin) for precision in others for margin in margins)]


def ours(generator: Generator, trie: PackedTrie, width: int, mode: Mode = EXACT) -> Side:
    """`angel_spacy.decode`."""

    def decode(prompts: Sequence[Prompt]) -> list[Found]:
        session = generator.session(prompts, precision=mode.precision)
        return beam_search(session, trie, len(prompts), beam_width=width, margin=mode.margin)

    def named(reached: Sequence[Any]) -> list[Found]:
        values, offsets = trie.all_sequences()
        tokens = [tuple(values[start:stop].tolist()) for start, stop in pairwise(offsets.tolist())]
        return [[(tokens[name.leaf], name.score) for name in names] for names in reached]

    return Side(decode, by_length, named)


def theirs(generator: Generator, trie: PackedTrie, width: int) -> Side:
    """`transformers.generate`, its rows for names that do not exist left out."""
    special, allowed = generator.special, Allowed(trie, generator.special.eos)

    def decode(prompts: Sequence[Prompt]) -> list[Found]:
        given, n_prefix = _given(generator, prompts)
        output = generator.network.generate(
            **given,
            generation_config=_settings(generator, width, n_prefix + int(trie.height[0])),
            prefix_allowed_tokens_fn=lambda _, ids: allowed(tuple(ids[n_prefix:].tolist())),
        )
        found: list[Found] = [[] for _ in prompts]
        rows = zip(output.sequences.tolist(), output.sequences_scores.tolist(), strict=True)
        for number, (ids, score) in enumerate(rows):
            if score > -1e6:
                found[number // width].append((_name(ids[n_prefix:], special.eos), score))
        return found

    causal = not generator.network.config.is_encoder_decoder
    return Side(decode, by_length if causal else by_prefix, list, both_ways=True)


def _given(generator: Generator, prompts: Sequence[Prompt]) -> tuple[dict[str, Any], int]:
    """What `generate` is given, and how long what it writes after is: prompts of a decoder-only network are padded on
    the left, as it wants them."""
    pad_id, device = generator.special.pad, generator.device
    prefixes = [prompt.prefix_ids for prompt in prompts]
    if generator.network.config.is_encoder_decoder:
        input_ids, mask = pad([prompt.input_ids for prompt in prompts], pad_id, device)
        decoder_input_ids = pad(prefixes, pad_id, device)[0]
        given = {"input_ids": input_ids, "attention_mask": mask, "decoder_input_ids": decoder_input_ids}
        return given, len(prefixes[0])
    input_ids, mask = (one.flip(1) for one in pad([prefix[::-1] for prefix in prefixes], pad_id, device))
    return {"input_ids": input_ids, "attention_mask": mask}, input_ids.shape[1]


class Allowed:
    """The tokens that may follow the beginning of a name."""

    def __init__(self, trie: PackedTrie, eos: int) -> None:
        self._trie = trie
        self._over = [eos]  # an empty list would raise; such a row is over anyway
        self._known: dict[tuple[int, ...], list[int]] = {}

    def __call__(self, words: tuple[int, ...]) -> list[int]:
        """Token ids, at least one."""
        if words not in self._known:
            self._known[words] = self._look_up(words)
        return self._known[words]

    def _look_up(self, words: tuple[int, ...]) -> list[int]:
        node = self._trie.find(words)
        if node < 0 or self._trie.height[node] == 0:
            return self._over
        tokens: list[int] = self._trie.tokens[self._trie.first_child[node] : self._trie.first_child[node + 1]].tolist()
        return tokens


def _settings(generator: Generator, width: int, max_length: int) -> GenerationConfig:
    """Nothing of a checkpoint's own settings; the stop is exact ("never" stops when nothing can improve)."""
    generator.network.generation_config = GenerationConfig()
    special = generator.special
    return GenerationConfig(
        num_beams=width,
        num_return_sequences=width,
        do_sample=False,
        early_stopping="never",
        length_penalty=1.0,
        max_length=max_length + 1,
        bos_token_id=special.bos,
        eos_token_id=special.eos,
        pad_token_id=special.pad,
        decoder_start_token_id=special.decoder_start,
        return_dict_in_generate=True,
        output_scores=True,
    )


def _name(ids: list[int], eos: int) -> tuple[int, ...]:
    return tuple(ids[: ids.index(eos) + 1])


def by_prefix(prompts: Sequence[Prompt], size: int) -> Batches:
    """Batches of prompts with decoder prefixes of one length, sources of like length together."""
    ordered = sorted(prompts, key=lambda prompt: (len(prompt.prefix_ids), len(prompt.input_ids)))
    groups = [list(group) for _, group in groupby(ordered, key=lambda prompt: len(prompt.prefix_ids))]
    return [alike[start : start + size] for alike in groups for start in range(0, len(alike), size)]


def by_length(prompts: Sequence[Prompt], size: int) -> Batches:
    """Batches of prompts of like length, as the linker makes them."""
    ordered = sorted(prompts, key=lambda prompt: (len(prompt.input_ids), len(prompt.prefix_ids)))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
