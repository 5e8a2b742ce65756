r"""A whole pipeline over abstracts: how many a second, how much memory, and which component takes the time.

    python benchmarks/annotate.py abstracts.jsonl.gz --pipeline starter --kb kb/mesh --limit 1000 --rounds 3 \
        --mode precision=float32 --mode precision=int8,beam_margin=3,exact_match=skip --scispacy

Each `--mode` is settings of the linker (none: as the pipeline has them). `--scispacy` adds the same pipeline with
scispaCy's EntityLinker in the place of ours, over the same names (`scispacy_way.py`). The sides take turns; figures are
medians of the rounds, ratios of each round's, to scispaCy where it takes part and else to the first mode. The documents
are kept in memory as text only. The KB is read and tries and index are built before the clock starts; what our linker
remembers of prompts is forgotten before each round.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch
from alone import peak_mb
from machine import describe, publish
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from angel_spacy.corpora.formats import read_articles
from angel_spacy.errors import ConfigError
from angel_spacy.evaluation.baselines import Scispacy
from angel_spacy.evaluation.run import find_linker
from angel_spacy.kb import KnowledgeBase
from angel_spacy.pipelines import load_pipeline

SCISPACY = "scispacy"

Side = Callable[[Sequence[str]], dict[str, Any]]


@Language.factory("benchmark_stopwatch")
class Stopwatch:
    """Counts the seconds that everything in front of it took; changes nothing."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.seconds = 0.0

    def __call__(self, doc: Doc) -> Doc:
        """The same Doc."""
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """The same Docs."""
        docs = iter(stream)
        while True:
            started = time.perf_counter()
            doc = next(docs, None)
            self.seconds += time.perf_counter() - started
            if doc is None:
                return
            yield doc


@Language.factory("benchmark_scispacy")
class ScispacyLinker:
    """scispaCy's EntityLinker, given to it later; Doc by Doc, as scispaCy does it."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.linker: Any = None

    def __call__(self, doc: Doc) -> Doc:
        """The Doc with `kb_ents`."""
        linked: Doc = self.linker(doc)
        return linked

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """The Docs, as many in memory as our linker has."""
        for docs in minibatch(stream, size=batch_size):
            yield from map(self, docs)


def with_stopwatches(nlp: Language) -> dict[str, Stopwatch]:
    """Puts one behind the tokenizer and behind each component; by the name of what stands in front."""
    watches = {"tokenizer": nlp.add_pipe("benchmark_stopwatch", name="after tokenizer", first=True)}
    for name in [name for name in nlp.pipe_names if not name.startswith("after ")]:
        watches[name] = nlp.add_pipe("benchmark_stopwatch", name=f"after {name}", after=name)
    return watches


def shares(watches: dict[str, Stopwatch]) -> dict[str, float]:
    """The part of the time that each component took: the differences between neighbouring stopwatches."""
    until = [0.0, *(watch.seconds for watch in watches.values())]
    own = [after - before for before, after in pairwise(until)]
    return {name: seconds / (until[-1] or 1.0) for name, seconds in zip(watches, own, strict=True)}


def run(
    nlp: Language, watches: dict[str, Stopwatch], texts: Sequence[str], *, batch_size: int, link: str = "kb_id"
) -> dict[str, Any]:
    """Annotates all texts; the figures. `link` is the attribute that is empty where a mention was not linked."""
    for watch in watches.values():
        watch.seconds = 0.0
    n_mentions = n_linked = 0
    started = time.perf_counter()
    for doc in nlp.pipe(texts, batch_size=batch_size):
        n_mentions += len(doc.ents)
        n_linked += sum(bool(getattr(ent._, link)) for ent in doc.ents)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "mentions": n_mentions, "linked": n_linked, "share": shares(watches)}


def our_side(nlp: Language, watches: dict[str, Stopwatch], settings: Mapping[str, Any], batch_size: int) -> Side:
    """The pipeline with some settings of its linker."""
    linker = find_linker(nlp)
    chosen = replace(linker.settings, **settings)

    def annotate(texts: Sequence[str]) -> dict[str, Any]:
        linker.settings = replace(chosen, cache_size=0)
        list(nlp.pipe(texts[:2]))  # forgets what was found before, and makes what this precision needs
        linker.settings = chosen
        return run(nlp, watches, texts, batch_size=batch_size)

    return annotate


def scispacy_side(pipeline: str, kb: KnowledgeBase, batch_size: int, min_df: int) -> tuple[Side, float]:
    """The pipeline with scispaCy's linker in the place of ours, and the seconds that its index took to build."""
    from scispacy_way import entity_linker

    nlp = load_pipeline(pipeline)
    place = next(name for name, pipe in nlp.pipeline if pipe is find_linker(nlp))
    nlp.add_pipe("benchmark_scispacy", name=SCISPACY, after=place)
    nlp.remove_pipe(place)
    started = time.perf_counter()
    nlp.get_pipe(SCISPACY).linker = entity_linker(Scispacy(kb, min_df=min_df).generator)
    seconds = time.perf_counter() - started
    return partial(run, nlp, with_stopwatches(nlp), batch_size=batch_size, link="kb_ents"), seconds


def compare(sides: Mapping[str, Side], texts: Sequence[str], rounds: int) -> dict[str, Any]:
    """The figures of each side, medians of the rounds, and ratios to the last side or, of ours alone, to the first."""
    runs = [{name: side(texts) for name, side in sides.items()} for _ in range(rounds)]
    base = SCISPACY if SCISPACY in sides else next(iter(sides))
    table = {name: _medians([each[name] for each in runs], len(texts)) for name in sides}
    ratio = {name: median(each[base]["seconds"] / each[name]["seconds"] for each in runs) for name in sides}
    return {"ratio": ratio, "ratio_to": base, **table}


def _medians(runs: Sequence[Mapping[str, Any]], n_texts: int) -> dict[str, Any]:
    seconds = median(each["seconds"] for each in runs)
    middle = min(runs, key=lambda each: abs(each["seconds"] - seconds))
    speed = {"abstracts/s": n_texts / seconds, "mentions/s": middle["mentions"] / seconds}
    return {**middle, "seconds": seconds, **speed}


def settings_of(mode: str) -> dict[str, Any]:
    """ "precision=int8,beam_margin=3" as settings; "" and "as it is" are none."""
    pairs = [pair.partition("=") for pair in mode.split(",") if "=" in pair]
    return {name.strip(): _value(value.strip()) for name, _, value in pairs}


def _value(text: str) -> Any:
    words = {"null": None, "None": None, "true": True, "false": False}
    if text in words:
        return words[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def main() -> None:
    """The command line."""
    arguments = _parse()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    nlp = load_pipeline(arguments.pipeline)
    linker = find_linker(nlp)
    if arguments.kb:
        linker.set_kb(KnowledgeBase.from_disk(arguments.kb))
    linker.generated.build_index()
    setting = {"concepts": len(linker.kb), "names": linker.kb.n_names, "beam": linker.settings.beam_width}
    texts = [article.text for article in islice(read_articles(arguments.abstracts), arguments.limit)]
    watches = with_stopwatches(nlp)
    try:
        sides = {mode: our_side(nlp, watches, settings_of(mode), arguments.batch_size) for mode in arguments.mode}
    except (TypeError, ConfigError) as error:
        raise SystemExit(f"--mode takes settings of the linker, as in precision=int8,beam_margin=3: {error}") from error
    if arguments.scispacy:
        sides[SCISPACY], seconds = scispacy_side(
            arguments.pipeline, linker.kb, arguments.batch_size, arguments.scispacy_min_df
        )
        setting["scispacy_build_s"] = seconds
    figures = {**compare(sides, texts, arguments.rounds), "abstracts": len(texts), "peak_mb": peak_mb(), **setting}
    publish({**figures, "batch_size": arguments.batch_size, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("abstracts", type=Path, help="JSONL, PubTator, PubMed XML or text; gzip too")
    parser.add_argument("--pipeline", default="starter", help="folder, package or `starter`")
    parser.add_argument("--kb", type=Path, help="KB folder to link to instead of the pipeline's own")
    parser.add_argument("--mode", action="append", help="settings of the linker, NAME=VALUE,...; several are compared")
    parser.add_argument("--scispacy", action="store_true", help="also with scispaCy's linker; builds its index first")
    parser.add_argument("--scispacy-min-df", type=int, default=10, help="names that a 3-gram must be in, there")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=int, default=1000, help="only the first so many abstracts")
    parser.add_argument("--batch-size", type=int, default=64, help="Docs whose mentions are decoded together")
    parser.add_argument("--threads", type=int, default=0, help="processor threads (default: torch's choice)")
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    arguments.mode = arguments.mode or ["as it is"]
    return arguments


if __name__ == "__main__":
    main()
