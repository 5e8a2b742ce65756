"""A whole pipeline over abstracts: how many a second, how much memory, and which component takes the time.

    python benchmarks/annotate.py abstracts.jsonl.gz --pipeline starter --kb kb/mesh --limit 1000

The documents are kept in memory as text only. The KB is read and its trie built before the clock starts.
"""

import argparse
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import torch
from machine import describe, publish
from spacy.language import Language
from spacy.tokens import Doc

from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation import find_linker
from angel_spacy.kb import KnowledgeBase
from angel_spacy.pipelines import load_pipeline


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


def run(nlp: Language, texts: Sequence[str], *, batch_size: int) -> dict[str, Any]:
    """Annotates all texts; the figures."""
    watches = with_stopwatches(nlp)
    n_mentions = n_linked = 0
    started = time.perf_counter()
    for doc in nlp.pipe(texts, batch_size=batch_size):
        n_mentions += len(doc.ents)
        n_linked += sum(ent._.kb_id is not None for ent in doc.ents)
    seconds = time.perf_counter() - started
    return {
        "abstracts": len(texts),
        "mentions": n_mentions,
        "linked": n_linked,
        "seconds": seconds,
        "abstracts/s": len(texts) / seconds,
        "mentions/s": n_mentions / seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "share": shares(watches),
    }


def main() -> None:
    """The command line."""
    arguments = _parse()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    nlp = load_pipeline(arguments.pipeline)
    linker = find_linker(nlp)
    if arguments.kb:
        linker.set_kb(KnowledgeBase.from_disk(arguments.kb))
    linker.linker.build_index()
    texts = [article.text for article in islice(read_articles(arguments.abstracts), arguments.limit)]
    figures = run(nlp, texts, batch_size=arguments.batch_size)
    setting = {"concepts": len(linker.kb), "names": linker.kb.n_names, "beam": linker.settings.beam_width}
    publish({**figures, **setting, "batch_size": arguments.batch_size, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("abstracts", type=Path, help="JSONL, PubTator, PubMed XML or text; gzip too")
    parser.add_argument("--pipeline", default="starter", help="folder, package or `starter`")
    parser.add_argument("--kb", type=Path, help="KB folder to link to instead of the pipeline's own")
    parser.add_argument("--limit", type=int, default=1000, help="only the first so many abstracts")
    parser.add_argument("--batch-size", type=int, default=64, help="Docs whose mentions are decoded together")
    parser.add_argument("--threads", type=int, default=0, help="processor threads (default: torch's choice)")
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
