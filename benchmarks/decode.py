r"""Our search against `transformers.generate`: same model, names, mentions and beam, the same answers, how fast.

    python benchmarks/decode.py --kb kb/medic --corpus corpus/ncbi_disease/dev.pubtator --limit 256 --beam 5 10 --large

Both sides get the same mentions in batches of at most one size; those of `generate` have decoder prefixes of one
length, because it has no other way. What may come next is looked up in a table for `generate`, filled by the first,
untimed round; and it is run with all threads in one batch and with a batch a thread: the faster way counts. Our modes
are the precisions, exact, and but for float32 also with pruning margins; beside each its acc@1 on all mentions of the
corpus, as `spacy angel evaluate` has it, and its time over the floor (`floor.py`). `ratio.best` is the fastest mode
that loses at most 0.2 points; `--large` adds an untrained BART of 406 million weights.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch
from accuracy import Judge
from floor import over_floor
from machine import describe, publish
from sides import EXACT, Batches, Found, Mode, Side, modes, ours, theirs
from transformers import BartConfig, BartForConditionalGeneration, set_seed

from angel_spacy.candidates.index import NameIndex
from angel_spacy.candidates.threads import on_threads
from angel_spacy.corpora.formats import read_articles
from angel_spacy.kb import KnowledgeBase
from angel_spacy.models.generator import Generator
from angel_spacy.pipelines import STARTER_LINKER as STARTER
from angel_spacy.prompts import PromptFormat
from angel_spacy.records import Article, Prompt
from angel_spacy.trie.trie import PackedTrie

TOLERANCE = {"float32": 1e-4, "bfloat16": 5e-2, "float16": 5e-2}
MAY_LOSE = 0.002  # of accuracy
LARGE_VOCABULARY = 50_265  # BART's; its other sizes are BartConfig's defaults


def timed(side: Side, work: Batches, n_threads: int) -> tuple[float, list[Any]]:
    """Seconds for all batches, `n_threads` at once (1: one after the other, torch's threads in each), and the
    answers."""
    started = time.perf_counter()
    answers = [answer for batch in on_threads(side.decode, work, n_threads) for answer in batch]
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started, answers


def same(a: Found, b: Found, tolerance: float) -> bool:
    """Whether two lists agree: scores rank by rank, and names but for the order of equal scores."""
    if len(a) != len(b) or any(abs(x - y) > tolerance for (_, x), (_, y) in zip(a, b, strict=True)):
        return False
    scores = dict(b)
    last = min((score for _, score in b), default=0.0)  # a name that ties with the last may have lost its place
    return all(abs(scores.get(name, last) - score) <= tolerance for name, score in a)


def compare(sides: Mapping[str, Side], prompts: Sequence[Prompt], *, batch_size: int, repeats: int) -> dict[str, Any]:
    """Of each side its mentions a second and of all but the last its ratio to the last, `generate`.

    Medians of `repeats` rounds in which the sides take turns, after one round to warm up; and the names which that
    found, in the order of the prompts.
    """
    *own, last = sides
    n_threads = 1 if torch.cuda.is_available() else torch.get_num_threads()
    work = {name: side.batches(prompts, batch_size) for name, side in sides.items()}
    found = {name: _found(side, work[name], prompts) for name, side in sides.items()}
    ways = {name: {1, n_threads} if side.both_ways else {n_threads} for name, side in sides.items()}
    seconds = [
        {name: min(timed(side, work[name], n)[0] for n in ways[name]) for name, side in sides.items()}
        for _ in range(repeats)
    ]
    n = len(prompts)
    return {
        "n": n,
        "batches": {name: len(batches) for name, batches in work.items()},
        "mentions/s": {name: n / median(each[name] for each in seconds) for name in sides},
        "ratio": {name: median(each[last] / each[name] for each in seconds) for name in own},
        "found": found,
    }


def _found(side: Side, work: Batches, prompts: Sequence[Prompt]) -> list[Found]:
    """The names of each prompt; equal prompts have equal names."""
    names = side.named(timed(side, work, 1)[1])
    by_prompt = dict(zip((prompt for batch in work for prompt in batch), names, strict=True))
    return [by_prompt[prompt] for prompt in prompts]


def identical(a: Sequence[Found], b: Sequence[Found], tolerance: float) -> float:
    """The share of mentions with the same names and scores."""
    return sum(same(x, y, tolerance) for x, y in zip(a, b, strict=True)) / len(a)


def measured(
    generator: Generator,
    trie: PackedTrie,
    prompts: Sequence[Prompt],
    width: int,
    kinds: Sequence[Mode],
    *,
    batch_size: int,
    repeats: int,
) -> dict[str, Any]:
    """All modes against `generate` with one beam width."""
    sides = {str(mode): ours(generator, trie, width, mode) for mode in kinds}
    sides["generate"] = theirs(generator, trie, width)
    figures = compare(sides, prompts, batch_size=batch_size, repeats=repeats)
    found = figures.pop("found")
    dtype = str(generator.network.dtype).removeprefix("torch.")
    return {**figures, "identical": identical(found["float32"], found["generate"], TOLERANCE[dtype])}


def best_ratio(ratio: Mapping[str, float], accuracy: Mapping[str, Any]) -> float:
    """The largest ratio of a mode that loses at most `MAY_LOSE`."""
    least = accuracy["float32"]["acc@1"] - MAY_LOSE - 1e-9
    return max(ratio[mode] for mode, table in accuracy.items() if table["acc@1"] >= least)


def random_generator(kb: KnowledgeBase, seed: int = 0) -> Generator:
    """An untrained BART of the starter's size, with a tokenizer that has read the KB's names."""
    from angel_spacy.training.network import NetworkSize, fresh_generator
    from angel_spacy.training.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(kb.names(), vocab_size=8000)
    return fresh_generator(NetworkSize(), tokenizer, PromptFormat(context_words=16), seed=seed)


def large_generator(kb: KnowledgeBase, seed: int = 0, **sizes: int) -> Generator:
    """An untrained BART-large; its vocabulary may be larger than that of the tokenizer, which has read the KB's names.
    `sizes` replace BartConfig's."""
    from angel_spacy.training.tokenizer import train_tokenizer

    size = {"vocab_size": LARGE_VOCABULARY, **sizes}
    tokenizer = train_tokenizer(kb.names(), vocab_size=size["vocab_size"])
    set_seed(seed)
    network = BartForConditionalGeneration(BartConfig(forced_eos_token_id=None, **size))
    return Generator(network, tokenizer, PromptFormat(context_words=16))


def spans_of(articles: Sequence[Article], limit: int) -> list[tuple[str, int, int]]:
    """The first `limit` mentions that carry an id."""
    spans = [(article.text, m.start, m.end) for article in articles for m in article.mentions if m.concept_ids]
    return spans[:limit]


def main() -> None:
    """The command line."""
    arguments = _parse()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    kb, articles = KnowledgeBase.from_disk(arguments.kb), list(read_articles(arguments.corpus))
    generator = random_generator(kb) if arguments.random else Generator.from_folder(arguments.generator)
    _prepare(generator, arguments.dtype)
    figures = _small(arguments, generator, kb, articles)
    parameters = generator.network.num_parameters()
    if arguments.large:
        large = _large(arguments, kb, articles)
        figures["ratio"]["bart_large"] = large["ratio"]["float32"]
        figures["bart_large"] = large
    setting = {"batch_size": arguments.batch_size, "dtype": arguments.dtype, "names": kb.n_names}
    weights = {"parameters": parameters, "random": arguments.random}
    publish({**figures, **setting, **weights, "machine": describe()}, arguments.output)


def _prepare(generator: Generator, dtype: str) -> None:
    generator.to("cuda" if torch.cuda.is_available() else "cpu").network.to(getattr(torch, dtype))


def _small(
    arguments: argparse.Namespace, generator: Generator, kb: KnowledgeBase, articles: Sequence[Article]
) -> dict[str, Any]:
    """Every mode at every beam width; `ratio` is that of the first width, its modes by name and `best`."""
    trie = NameIndex.build(kb, generator.prompter).trie
    prompts = generator.prompter.prompts(spans_of(articles, arguments.limit))
    kinds = modes(arguments.precision, arguments.margin)
    judge = Judge(generator, kb, arguments.aliases, articles[: arguments.articles])
    beams: dict[str, Any] = {}
    for width in arguments.beam:
        how = {"batch_size": arguments.batch_size, "repeats": arguments.repeats}
        table = measured(generator, trie, prompts, width, kinds, **how)
        table["accuracy"] = {str(mode): judge.accuracy(width, mode.precision, mode.margin) for mode in kinds}
        table["best"] = best_ratio(table["ratio"], table["accuracy"])
        batch, repeats = arguments.floor_batch, arguments.repeats
        table["over_floor"] = {
            str(mode): over_floor(generator, trie, prompts, batch, width, mode.precision, mode.margin, repeats)
            for mode in kinds
        }
        beams[str(width)] = table
    first = beams[str(arguments.beam[0])]
    named = {mode.replace("float32", arguments.dtype): ratio for mode, ratio in first["ratio"].items()}
    top = {name: first[name] for name in ("n", "identical", "mentions/s")}
    return {"ratio": {**named, "best": first["best"]}, **top, "beam": beams}


def _large(arguments: argparse.Namespace, kb: KnowledgeBase, articles: Sequence[Article]) -> dict[str, Any]:
    """BART-large on few mentions, the first beam width, float32 (or `--dtype`) alone."""
    generator = large_generator(kb)
    _prepare(generator, arguments.dtype)
    trie = NameIndex.build(kb, generator.prompter).trie
    prompts = generator.prompter.prompts(spans_of(articles, arguments.large_limit))
    how = {"batch_size": arguments.large_batch, "repeats": arguments.large_repeats}
    figures = measured(generator, trie, prompts, arguments.beam[0], [EXACT], **how)
    return {**figures, "parameters": generator.network.num_parameters(), "batch_size": arguments.large_batch}


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="annotated corpus that the mentions come from")
    parser.add_argument("--kb", type=Path, default=STARTER / "kb", help="KB folder (default: the starter's)")
    parser.add_argument("--aliases", type=Path, action="append", default=[], help="names too, where accuracy is judged")
    parser.add_argument("--generator", type=Path, default=STARTER / "model", help="folder (default: the starter's)")
    parser.add_argument("--random", action="store_true", help="untrained weights of the starter's size instead")
    parser.add_argument("--large", action="store_true", help="also an untrained BART-large")
    parser.add_argument("--beam", type=int, nargs="+", default=[5])
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16", "int8"], help="our modes")
    parser.add_argument(
        "--margin", type=float, nargs="*", default=[], help="nats: also each mode but float32 so pruned"
    )
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--floor-batch", type=int, default=64, help="batch size of the comparison with the floor")
    parser.add_argument("--limit", type=int, default=256, help="only the first so many mentions")
    parser.add_argument("--articles", type=int, help="only the first so many articles, where accuracy is judged")
    parser.add_argument("--large-limit", type=int, default=32)
    parser.add_argument("--large-batch", type=int, default=16)
    parser.add_argument("--large-repeats", type=int, default=3)
    parser.add_argument("--dtype", choices=sorted(TOLERANCE), default="float32", help="of the network, for both sides")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="processor threads (default: torch's choice)")
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
