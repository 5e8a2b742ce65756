"""PubMed's baseline with its update files: of each article the newest version, none that was taken back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import CorpusError
from ..records import Article
from .files import OnError
from .pubmed_xml import deleted, read_pubmed_xml, versions

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LARGEST = 1 << 28  # what is more is no PMID: such articles are all kept
_NO_PMID = -1


@dataclass(frozen=True)
class Citations:
    """What one file has: `pmids` (n,) and `versions` (n,) of its articles in order, and the PMIDs that it `deleted`."""

    pmids: Numbers
    versions: Numbers
    deleted: Numbers


def read_citations(path: Path) -> Citations:
    """The citations of a PubMed XML file. What cannot be read is left out, unsaid."""
    found = [(_pmid(article.article_id), version) for version, article in versions(path, _unheard)]
    pmids, numbers = np.array(found, np.int64).reshape(-1, 2).T
    return Citations(pmids, numbers, np.array(list(map(_pmid, deleted(path))), np.int64))


def newest(files: Sequence[Citations]) -> list[Mask]:
    """For each file, oldest first, which of its articles (n,) are the newest that there are.

    A later version beats an earlier one, a later place one before it; a deletion takes what stands in its own file and
    before. Memory: a byte for each PMID up to the largest.
    """
    masks = [file.pmids == _NO_PMID for file in files]
    alive = _not_deleted(files)
    taken = np.zeros(1 + max((int(file.pmids.max(initial=0)) for file in files), default=0), np.bool_)
    for version in sorted({int(one) for file in files for one in np.unique(file.versions)}, reverse=True):
        for file, mask, is_alive in reversed(list(zip(files, masks, alive, strict=True))):
            places = np.flatnonzero(is_alive & (file.versions == version))[::-1]
            pmids, first = np.unique(file.pmids[places], return_index=True)
            mask[places[first[~taken[pmids]]]] = True
            taken[pmids] = True
    return masks


def read_newest(paths: Iterable[Path], on_error: OnError | None = None) -> Iterator[Article]:
    """The articles that are the newest of these files, which are read in the order of their names, twice."""
    paths = sorted(map(Path, paths), key=lambda path: path.name)
    for path, mask in zip(paths, newest(list(map(read_citations, paths))), strict=True):
        yield from (one for one, is_newest in zip(read_pubmed_xml(path, on_error), mask, strict=True) if is_newest)


def _not_deleted(files: Sequence[Citations]) -> list[Mask]:
    """For each file which articles have a PMID that neither it nor a later file takes back."""
    gone = np.empty(0, np.int64)
    masks: list[Mask] = []
    for file in reversed(files):
        gone = np.union1d(gone, file.deleted)
        masks.append((file.pmids != _NO_PMID) & ~np.isin(file.pmids, gone))
    return masks[::-1]


def _pmid(article_id: str) -> int:
    is_one = article_id.isascii() and article_id.isdigit() and len(article_id) < 10
    return int(article_id) if is_one and int(article_id) < _LARGEST else _NO_PMID


def _unheard(_: CorpusError) -> None:
    """What is wrong is told when the articles are read."""
