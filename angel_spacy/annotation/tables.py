"""Tables of texts -> the same with their mentions: what pandas, Polars, Hugging Face's datasets and Ray Data call."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from spacy.language import Language

from ..component.linker import AngelLinker
from ..component.loading import ready_pipeline
from ..corpora.parquet import row_of, schema
from ..errors import ConfigError
from ..records import Article
from .stream import annotate

if TYPE_CHECKING:
    import pyarrow

Columns = Mapping[str, Sequence[Any]]

_NEW = ("mentions", "error")
_TEXTS = ("text", "title", "abstract")
_MISSING = {"NAType", "NaTType"}  # what pandas puts in the place of a value


class Annotator:
    """Annotates batches of rows with a pipeline, which is loaded where and when it is first needed.

    It may be sent to another process; `settings` are those of the linker. Rows that fail have an `error`.
    """

    def __init__(
        self, pipeline: str | Path = "starter", kb: str | Path | None = None, *, batch_size: int = 32, **settings: Any
    ) -> None:
        self._named = str(pipeline), kb
        self._settings = settings
        self._batch_size = batch_size

    @overload
    def __call__(self, table: Columns) -> dict[str, Any]: ...

    @overload
    def __call__(self, table: "pyarrow.Table") -> "pyarrow.Table": ...

    def __call__(self, table: Any) -> Any:
        """The columns with two new ones: `mentions`, as in the project's Parquet, and `error` ("" where there is none).
        A table of Arrow gives one of Arrow, whose types do not hang on what was found.

        There has to be `text`, which is then all that is read, or `title` and `abstract`. Raises ConfigError where
        there is neither, where there are not as many titles as abstracts, and where one of the new columns is there
        already.
        """
        columns: Columns = table if isinstance(table, Mapping) else _columns(table)
        if taken := [name for name in _NEW if name in columns]:
            raise ConfigError(f"The table has a column {taken[0]!r}, which would be replaced: give it another name.")
        nlp, linker = self._pipeline
        key = linker.settings.spans_key
        rows = list(map(row_of, annotate(nlp, _articles(columns), spans_key=key, batch_size=self._batch_size)))
        found = {name: [row[name] for row in rows] for name in _NEW}
        return {**columns, **found} if columns is table else _with(table, found)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_pipeline"}

    @cached_property
    def _pipeline(self) -> tuple[Language, AngelLinker]:
        return ready_pipeline(*self._named, **self._settings)


def _columns(table: Any) -> Columns:
    """The columns of a table of Arrow, with what is in those that are read."""
    try:
        names: list[str] = table.column_names
        if doubled := next((name for name in _TEXTS if names.count(name) > 1), None):
            raise ConfigError(f"The table has several columns {doubled!r}: leave one.")
        return {name: table[name].to_pylist() if name in _TEXTS else () for name in names}
    except AttributeError:
        problem = f"Expected columns by their names, or a table of Arrow, not a {type(table).__name__}"
        raise ConfigError(f"{problem}: convert it (docs/scale.md).") from None


def _with(table: Any, found: Columns) -> Any:
    import pyarrow

    types = schema()
    for name, values in found.items():
        table = table.append_column(name, pyarrow.array(values, types.field(name).type))
    return table


def _articles(columns: Columns) -> list[Article]:
    if "text" in columns:
        return [Article(str(number), "", text) for number, text in enumerate(_texts(columns, "text"))]
    if "title" not in columns or "abstract" not in columns:
        raise ConfigError(f"The table has the columns {', '.join(columns)}: give it `text`, or `title` and `abstract`.")
    titles, abstracts = _texts(columns, "title"), _texts(columns, "abstract")
    if len(titles) != len(abstracts):
        raise ConfigError(f"There are {len(titles)} titles and {len(abstracts)} abstracts: give each row both.")
    pairs = zip(titles, abstracts, strict=True)
    return [Article(str(number), title, abstract) for number, (title, abstract) in enumerate(pairs)]


def _texts(columns: Columns, name: str) -> list[str]:
    """The texts of a column, "" for missing ones. Raises ConfigError for what is no text."""
    column = columns[name]
    if isinstance(column, str | bytes):
        raise ConfigError(f"The column {name} is one text: give it a list of texts.")
    return [_text(value, name, number) for number, value in enumerate(column)]


def _text(value: Any, name: str, number: int) -> str:
    if isinstance(value, str):
        return str(value)  # numpy's kind of it is not what spaCy takes
    if value is None or type(value).__name__ in _MISSING or (isinstance(value, float | np.floating) and isnan(value)):
        return ""
    raise ConfigError(f"Row {number} of the column {name} holds {value!r:.50}, expected text: convert the column.")
