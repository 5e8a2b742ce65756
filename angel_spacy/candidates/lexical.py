"""The names that look like a name. Training takes wrong names from it (ANGEL, arXiv 2408.16493, section 3.2).

Names are compared by the cosine of their character 3-grams, weighted by TF-IDF. Comparing all takes minutes for
300,000 names, nearly all of it in the 3-grams that very many names have. So the rarest 3-grams of a query make a
shortlist, and all its 3-grams rank that. Small vocabularies are compared whole, so the search there is exact.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingExtraError

Numbers = NDArray[np.int64]

BLOCK = 256  # queries that are compared at a time: about 60 MB
NOTHING: Numbers = np.array([], np.int64)


class Neighbours:
    """The names of a table, searchable by similarity. Names are numbered in alphabetical order, which breaks ties."""

    def __init__(self, names: Sequence[Sequence[str]], *, budget: int = 20_000, shortlist: int = 200) -> None:
        """`names[row]` are a concept's normalised names; a name that several rows have belongs to all of them.

        `budget`: how many (name, 3-gram) entries are read for the shortlist of a query, of at least `shortlist` names.
        """
        self._names = sorted({name for own in names for name in own})
        self._budget, self._shortlist = budget, shortlist
        number = {name: i for i, name in enumerate(self._names)}
        self._members: list[Numbers] = [np.array([number[name] for name in own], np.int64) for own in names]
        self._rows: dict[str, list[int]] = {name: [] for name in self._names}
        for row, own in enumerate(names):
            for name in own:
                self._rows[name].append(row)
        if self._names:
            self._vectorizer = _make_vectorizer()
            self._vectors = self._vectorizer.fit_transform(map(_padded, self._names))  # (names, 3-grams)
            self._by_gram = self._vectors.T.tocsr()  # (3-grams, names)

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def rows(self, name: str) -> Sequence[int]:
        """The rows that a name belongs to; none if it is unknown."""
        return self._rows.get(name, ())

    def nearest(
        self, queries: Sequence[str], k: int = 5, *, apart_from: Sequence[Sequence[int]] | None = None
    ) -> Iterator[list[str]]:
        """For each query the `k` most similar names of no row of `apart_from[i]` (default: the query's), best first.

        Fewer where fewer share a 3-gram with it.
        """
        rows = apart_from or [self.rows(query) for query in queries]
        for start in range(0, len(queries), BLOCK):
            block = slice(start, start + BLOCK)
            yield from self._search(queries[block], rows[block], k) if self._names else ([] for _ in queries[block])

    def _search(self, queries: Sequence[str], rows: Sequence[Sequence[int]], k: int) -> Iterator[list[str]]:
        vectors = self._vectorizer.transform(map(_padded, queries))
        rough = self._rarest(vectors) @ self._by_gram  # (queries, names)
        own = np.zeros(len(self._names), bool)
        lists = []
        for left_out, (start, end) in zip(rows, pairwise(rough.indptr), strict=True):
            members = np.concatenate([NOTHING, *(self._members[row] for row in left_out)])
            own[members] = True
            lists.append(self._best(rough.indices[start:end], rough.data[start:end], own))
            own[members] = False
        for found, cosines in zip(lists, self._cosines(vectors, lists), strict=True):
            order = np.lexsort((found, -cosines))[:k]
            yield [self._names[i] for i in found[order]]

    def _rarest(self, vectors: Any) -> Any:
        """The vectors with only their rarest 3-grams: one at least, more while the names that have them fit the budget.

        Both are sparse of shape (queries, 3-grams).
        """
        n_names = np.diff(self._by_gram.indptr)
        kept = vectors.copy()
        for start, end in pairwise(kept.indptr):
            costs = n_names[kept.indices[start:end]]
            order = np.argsort(costs, kind="stable")
            over = np.cumsum(costs[order]) > self._budget
            kept.data[start + order[1:][over[1:]]] = 0
        kept.eliminate_zeros()
        return kept

    def _best(self, numbers: Any, scores: Any, own: NDArray[np.bool_]) -> Numbers:
        """The numbers of the `shortlist` best names that are not `own`, and of those that tie with the last.

        `numbers` and `scores` have one entry a name; `own` (names,).
        """
        others = ~own[numbers]
        numbers, scores = numbers[others], scores[others]
        if len(scores) > self._shortlist:
            last = np.partition(scores, -self._shortlist)[-self._shortlist]
            numbers = numbers[scores >= last]
        return np.asarray(numbers, np.int64)

    def _cosines(self, vectors: Any, lists: Sequence[Numbers]) -> list[NDArray[np.float32]]:
        """The cosines of each query with the names of its list."""
        sizes = [len(found) for found in lists]
        asked = vectors[np.repeat(np.arange(len(lists)), sizes)]
        products = self._vectors[np.concatenate(lists)].multiply(asked)
        return np.split(np.asarray(products.sum(axis=1)).ravel(), np.cumsum(sizes)[:-1])


def _padded(name: str) -> str:
    """A name whose ends show in its 3-grams."""
    return f" {name} "


def _make_vectorizer() -> Any:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        raise MissingExtraError(
            'The search for similar names needs scikit-learn, which is not installed: pip install "angel-spacy[train]"'
        ) from error
    return TfidfVectorizer(analyzer="char", ngram_range=(3, 3), lowercase=False, dtype=np.float32)
