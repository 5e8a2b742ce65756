"""The progress bar, and how long it will be."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress(stream: Iterable[T], total: int | None = None, unit: str = "article") -> Iterator[T]:
    """The stream, its progress shown on stderr."""
    with tqdm(stream, total=total, unit=unit, file=sys.stderr, dynamic_ncols=True) as bar:
        yield from bar


def count_articles(path: Path, input_format: str | None = None) -> int:
    """How many articles can be read: a quick first pass, so that the bar knows its end."""
    from ..corpora.formats import read_articles

    return sum(1 for _ in read_articles(path, input_format, lambda _: None))
