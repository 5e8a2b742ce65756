r"""The search for similar names of other concepts: ours against comparing every name, in one run.

    python benchmarks/neighbours.py --kb kb/merged --kb kb/phenotype --n 20000

Both sides get the same vectors, sample and number of neighbours, and one thread. Recall is the share of our neighbours
that are as similar as the last of the true ones.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from machine import describe, publish
from sklearn.feature_extraction.text import TfidfVectorizer

from angel_spacy.candidates.lexical import Neighbours
from angel_spacy.kb import KnowledgeBase
from angel_spacy.objectives.names import Names, names_by_row

BATCH = 64


class Everything:
    """Exhaustive nearest names: dense cosines with every name, own names struck out."""

    def __init__(self, names: Names) -> None:
        self.names = sorted(set(chain.from_iterable(names)))
        self.number = {name: i for i, name in enumerate(self.names)}
        self._members = [[self.number[name] for name in own] for own in names]
        vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(3, 3), lowercase=False, dtype=np.float32)
        self.vectors = vectorizer.fit_transform(f" {name} " for name in self.names)
        self._index = self.vectors.T.tocsr()

    def nearest(self, queries: Sequence[str], rows: Sequence[Sequence[int]], k: int) -> Iterator[list[str]]:
        """The `k` most similar names of each query, of no row of its own."""
        for start in range(0, len(queries), BATCH):
            numbers = [self.number[query] for query in queries[start : start + BATCH]]
            cosines = (self.vectors[numbers] @ self._index).toarray()
            for cosine, own in zip(cosines, rows[start : start + BATCH], strict=True):
                cosine[[i for row in own for i in self._members[row]]] = 0
                best = np.argpartition(-cosine, k)[:k]
                yield [self.names[i] for i in best[np.argsort(-cosine[best], kind="stable")] if cosine[i] > 0]

    def cosine(self, query: str, name: str) -> float:
        """How alike two names are."""
        return float(self.vectors[self.number[query]].multiply(self.vectors[self.number[name]]).sum())


def recall(exact: Everything, queries: Sequence[str], ours: Sequence[list[str]], theirs: Sequence[list[str]]) -> float:
    """The share of the true neighbours that we found; names as similar as the last one count alike."""
    found = wanted = 0
    for query, mine, true in zip(queries, ours, theirs, strict=True):
        if true:
            least = min(exact.cosine(query, name) for name in true) - 1e-5
            found += sum(exact.cosine(query, name) >= least for name in mine)
            wanted += len(true)
    return found / wanted if wanted else 1.0


def run(names: Names, *, n: int, n_exact: int, k: int, seed: int) -> dict[str, Any]:
    """The figures: `n` queries for us, the first `n_exact` of them for both."""
    started = time.perf_counter()
    index = Neighbours(names)
    built = time.perf_counter()
    known = sorted(set(chain.from_iterable(names)))
    queries = Random(seed).sample(known, min(n, len(known)))
    asked = time.perf_counter()
    ours = list(index.nearest(queries, k))
    answered = time.perf_counter()
    exact, sample = Everything(names), queries[:n_exact]
    begun = time.perf_counter()
    theirs = list(exact.nearest(sample, [index.rows(query) for query in sample], k))
    done = time.perf_counter()
    speed, exact_speed = len(queries) / (answered - asked), len(sample) / (done - begun)
    return {
        "names": len(known),
        "queries": len(queries),
        "k": k,
        "build_seconds": built - started,
        "query_seconds": answered - asked,
        "queries/s": speed,
        "exact_queries": len(sample),
        "exact_queries/s": exact_speed,
        "ratio": speed / exact_speed,
        f"recall@{k}": recall(exact, sample, ours[: len(sample)], theirs),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kb", type=Path, action="append", required=True, help="KB folder; several are put together")
    parser.add_argument("--n", type=int, default=20_000, help="queries, drawn from the names")
    parser.add_argument("--exact", type=int, default=1000, help="so many of them compared with every name")
    parser.add_argument("--k", type=int, default=5, help="neighbours a query")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    names = [own for kb in arguments.kb for own in names_by_row(KnowledgeBase.from_disk(kb))]
    figures = run(names, n=arguments.n, n_exact=arguments.exact, k=arguments.k, seed=arguments.seed)
    publish({**figures, "machine": describe()}, arguments.output)


if __name__ == "__main__":
    main()
