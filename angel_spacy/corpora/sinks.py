"""Where articles are written to: a file of lines, a file with a frame around its articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

from ..errors import CorpusError
from ..files import open_output
from ..records import LinkedArticle

Put = Callable[[LinkedArticle], Mapping[str, int]]
"""Takes the next article, and says how much of what was lost, beside what its format never keeps. Raises CorpusError
for one that the format cannot hold."""

Sink = Callable[[Path], AbstractContextManager[Put]]
"""Opens a path for writing; until its block ends well, what is there stays."""


_LONGEST_NAME = 240  # bytes that a file's name may have, its suffix aside


def file_name(article_id: str, used: set[str]) -> str:
    """What an article's file is called, `unquote` giving the id back. Raises CorpusError for one that is `used`."""
    name = quote(article_id, safe=" ,+()[]")
    if not name.strip(".") or name in used or len(name.encode()) > _LONGEST_NAME:
        raise CorpusError(f"article id {article_id!r:.80}: a second one, or no name for a file; rename the article")
    used.add(name)
    return name


def nothing_lost(_: LinkedArticle) -> Mapping[str, int]:
    """For formats that lose nothing of their own."""
    return {}


def text_sink(
    write: Callable[[LinkedArticle], str],
    *,
    head: str = "",
    between: str = "",
    tail: str = "",
    lost: Callable[[LinkedArticle], Mapping[str, int]] = nothing_lost,
) -> Sink:
    """A text file: `head`, what `write` makes of each article with `between` in between, `tail`; `lost` says what it
    leaves out of one."""

    @contextmanager
    def opened(path: Path) -> Iterator[Put]:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_output(path) as file:
            file.write(head)
            begun = False

            def put(linked: LinkedArticle) -> Mapping[str, int]:
                nonlocal begun
                text = write(linked)
                file.write(between + text if begun else text)
                begun = True
                return lost(linked)

            yield put
            file.write(tail)

    return opened
