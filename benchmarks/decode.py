"""Our search against `transformers.generate`: same model, names, mentions and beam, the same answers, how fast.

    python benchmarks/decode.py --kb kb/medic --corpus corpus/ncbi_disease/dev.pubtator --limit 256

Both sides get the same batches, and every batch has decoder prefixes of one length, because `generate` has no other
way. What may come next is looked up in a table for `generate`, filled by the first, untimed round.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

import torch
from machine import describe, publish
from transformers import GenerationConfig

from angel_spacy.corpora.formats import read_articles
from angel_spacy.decode.index import NameIndex
from angel_spacy.decode.search import beam_search
from angel_spacy.kb import KnowledgeBase
from angel_spacy.kb.trie import PackedTrie
from angel_spacy.models.generator import Generator, pad
from angel_spacy.prompts import PromptFormat
from angel_spacy.records import Prompt

STARTER = Path(__file__).parents[1] / "angel_spacy" / "starter" / "pipeline" / "angel_linker"
TOLERANCE = {"float32": 1e-4, "bfloat16": 5e-2}

Found = list[tuple[tuple[int, ...], float]]  # one mention's names (token ids, EOS last) and scores, best first
Side = Callable[[Sequence[Prompt]], list[Found]]


def ours(generator: Generator, trie: PackedTrie, width: int) -> Side:
    """`angel_spacy.decode`."""

    def decode(prompts: Sequence[Prompt]) -> list[Found]:
        reached = beam_search(generator.session(prompts), trie, len(prompts), beam_width=width)
        return [[(trie.sequence(name.leaf), name.score) for name in names] for names in reached]

    return decode


def theirs(generator: Generator, trie: PackedTrie, width: int) -> Side:
    """`transformers.generate`, its rows for names that do not exist left out."""
    special, allowed = generator.special, Allowed(trie, generator.special.eos)

    def decode(prompts: Sequence[Prompt]) -> list[Found]:
        n_prefix = len(prompts[0].prefix_ids)
        input_ids, attention_mask = pad([prompt.input_ids for prompt in prompts], special.pad, generator.device)
        output = generator.network.generate(
            input_ids=input_ids,
            attention_mask=attention_mask,
            decoder_input_ids=pad([prompt.prefix_ids for prompt in prompts], special.pad, generator.device)[0],
            generation_config=_settings(generator, width, n_prefix + int(trie.height[0])),
            prefix_allowed_tokens_fn=lambda _, ids: allowed(tuple(ids[n_prefix:].tolist())),
        )
        found: list[Found] = [[] for _ in prompts]
        rows = zip(output.sequences.tolist(), output.sequences_scores.tolist(), strict=True)
        for number, (ids, score) in enumerate(rows):
            if score > -1e6:
                found[number // width].append((_name(ids[n_prefix:], special.eos), score))
        return found

    return decode


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
        if node < 0 or self._trie.leaf[node] >= 0:
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


def batches(prompts: Sequence[Prompt], size: int) -> Iterator[list[Prompt]]:
    """Batches of prompts with decoder prefixes of one length, sources of like length together."""
    ordered = sorted(prompts, key=lambda prompt: (len(prompt.prefix_ids), len(prompt.input_ids)))
    for _, group in groupby(ordered, key=lambda prompt: len(prompt.prefix_ids)):
        alike = list(group)
        yield from (alike[start : start + size] for start in range(0, len(alike), size))


def timed(side: Side, work: Sequence[Sequence[Prompt]]) -> tuple[float, list[Found]]:
    """Seconds for all batches, and what was found."""
    started = time.perf_counter()
    found = [names for batch in work for names in side(batch)]
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started, found


def same(a: Found, b: Found, tolerance: float) -> bool:
    """Whether two lists agree: scores rank by rank, and names but for the order of equal scores."""
    if len(a) != len(b) or any(abs(x - y) > tolerance for (_, x), (_, y) in zip(a, b, strict=True)):
        return False
    scores = dict(b)
    last = min((score for _, score in b), default=0.0)  # a name that ties with the last may have lost its place
    return all(abs(scores.get(name, last) - score) <= tolerance for name, score in a)


def compare(sides: Sequence[Side], work: Sequence[Sequence[Prompt]], *, repeats: int, tolerance: float) -> Any:
    """Medians of `repeats` rounds in which the sides take turns, after one round to warm up and to compare."""
    first, second = (timed(side, work)[1] for side in sides)
    agree = [same(a, b, tolerance) for a, b in zip(first, second, strict=True)]
    seconds = [[timed(side, work)[0] for side in sides] for _ in range(repeats)]
    ours_s, theirs_s = (median(column) for column in zip(*seconds, strict=True))
    n = len(agree)
    return {
        "n": n,
        "identical": sum(agree) / n,
        "mentions/s": {"ours": n / ours_s, "generate": n / theirs_s},
        "ratio": median(theirs / ours for ours, theirs in seconds),
    }


def random_generator(kb: KnowledgeBase, seed: int = 0) -> Generator:
    """An untrained BART of the starter's size, with a tokenizer that has read the KB's names."""
    from angel_spacy.training.network import NetworkSize, fresh_generator
    from angel_spacy.training.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(kb.names(), vocab_size=8000)
    return fresh_generator(NetworkSize(), tokenizer, PromptFormat(context_words=16), seed=seed)


def main() -> None:
    """The command line."""
    arguments = _parse()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    kb = KnowledgeBase.from_disk(arguments.kb)
    generator = random_generator(kb) if arguments.random else Generator.from_folder(arguments.generator)
    generator.to("cuda" if torch.cuda.is_available() else "cpu").network.to(getattr(torch, arguments.dtype))
    trie = NameIndex.build(kb, generator.prompter).trie
    spans = [(a.text, m.start, m.end) for a in read_articles(arguments.corpus) for m in a.mentions if m.concept_ids]
    work = list(batches(generator.prompter.prompts(spans[: arguments.limit]), arguments.batch_size))
    sides = [make(generator, trie, arguments.beam) for make in (ours, theirs)]
    figures = compare(sides, work, repeats=arguments.repeats, tolerance=TOLERANCE[arguments.dtype])
    ratio = {arguments.dtype: figures.pop("ratio")}
    setting = {"beam": arguments.beam, "batch_size": arguments.batch_size, "n_batches": len(work), "names": len(trie)}
    weights = {"parameters": generator.network.num_parameters(), "random": arguments.random}
    publish({"ratio": ratio, **figures, **setting, **weights, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="annotated corpus that the mentions come from")
    parser.add_argument("--kb", type=Path, default=STARTER / "kb", help="KB folder (default: the starter's)")
    parser.add_argument("--generator", type=Path, default=STARTER / "model", help="folder (default: the starter's)")
    parser.add_argument("--random", action="store_true", help="untrained weights of the starter's size instead")
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--limit", type=int, default=256, help="only the first so many mentions")
    parser.add_argument("--dtype", choices=sorted(TOLERANCE), default="float32")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="processor threads (default: torch's choice)")
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
