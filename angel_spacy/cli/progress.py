"""The progress bar, and how long it will be."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

from ..errors import CorpusError

if TYPE_CHECKING:
    from ..corpora.files import OnError

T = TypeVar("T")


def progress(stream: Iterable[T], total: int | None = None, unit: str = "article") -> Iterator[T]:
    """The stream, its progress shown on stderr."""
    with tqdm(stream, total=total, unit=unit, file=sys.stderr, dynamic_ncols=True) as bar:
        yield from bar


def count_articles(path: Path, input_format: str | None = None, on_error: "OnError | None" = None) -> int:
    """How many articles can be read: a quick first pass, so that the bar knows its end.

    Raises CorpusError when there is none; why that is was raised before, or reported to `on_error`.
    """
    from ..corpora.formats import read_articles

    n_articles = sum(1 for _ in read_articles(path, input_format, lambda _: None, texts_only=True))
    if not n_articles:
        list(read_articles(path, input_format, on_error))
        raise CorpusError(f"{path}: no article was found; check the file and its format.")
    return n_articles
