"""Any table: CSV, TSV, Parquet, XLSX or objects in JSON lines, with a map of its columns."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import KnowledgeBaseError, MissingExtraError
from ...files import unpacked_name
from ..concept import Concept
from .source import Source, distinct, numbered_lines

Cell = str | list[str]
Row = tuple[int, Sequence[Cell]]

_LARGEST = 1 << 30  # bytes of a workbook when it is unpacked
_EXTRA = '{} is read by {}: pip install "angel-spacy[kb]"'


def read_table(
    source: Source,
    *,
    id: str = "id",  # noqa: A002 what people call it on the command line
    name: str = "name",
    synonyms: str = "",
    alt_ids: str = "",
    types: str = "",
    definition: str = "",
    xrefs: str = "",
    parents: str = "",
    separator: str = "|",
    delimiter: str = "",
    sheet: str = "",
    as_type: str = "",
) -> Iterator[Concept]:
    """A concept a row; rows with the same id are one concept, whose further names are synonyms.

    `id`, `name` and the others name columns ("" for none); `synonyms` and the lists may name several, with commas
    between them, and `separator` stands within a cell between values. Where `name` is a list, the first is preferred.
    `delimiter`: of text, "" for a tab in .tsv and .txt, a comma otherwise. `sheet`: of a workbook, "" for the first.
    `as_type`: of all concepts.
    """
    path = source.path
    lists = {"synonyms": synonyms, "alt_ids": alt_ids, "types": types, "xrefs": xrefs, "parents": parents}
    columns = {field: [part.strip() for part in given.split(",") if part.strip()] for field, given in lists.items()}
    found: dict[str, dict[str, Any]] = {}
    table = _rows(path, delimiter, sheet)
    header = list(map(_text_of, next(table, (0, ()))[1]))
    wanted = [id, name, *([definition] if definition else []), *(one for of in columns.values() for one in of)]
    if missing := [column for column in dict.fromkeys(wanted) if column not in header]:
        raise KnowledgeBaseError(
            f"{path}: there is no column {', '.join(missing)}; it has {', '.join(header) or 'none'}. Name the columns: "
            "--option id=COLUMN --option name=COLUMN --option synonyms=COLUMN."
        )
    if twice := [column for column in dict.fromkeys(wanted) if header.count(column) > 1]:
        raise KnowledgeBaseError(f"{path}: there are two columns {', '.join(twice)}; rename one.")
    unread = [column for column in header if column in (*lists, "definition") and column not in wanted]
    for column in unread:
        source.skip("columns that no option names", f"{column}: --option {column}={column}", path)
    for number, cells in table:
        row = dict(zip(header, cells, strict=False))
        concept_id, labels = _text_of(row.get(id, "")), _parts(row.get(name, ""), "")
        if not concept_id or not labels:
            source.skip("rows without an id" if not concept_id else "rows without a name", f"row {cells}", path, number)
            continue
        of = found.setdefault(concept_id, {"names": {}, "definition": ""} | {field: {} for field in columns})
        of["names"] |= dict.fromkeys(labels)
        of["definition"] = of["definition"] or (_text_of(row.get(definition, "")) if definition else "")
        for field, names in columns.items():
            for column in names:
                of[field] |= dict.fromkeys(_parts(row.get(column, ""), separator))
    for concept_id, of in found.items():
        label, *others = of["names"]
        yield Concept(
            concept_id,
            label,
            distinct([*others, *of["synonyms"]], but=label),
            distinct(of["alt_ids"], but=concept_id),
            distinct([*of["types"], *as_type.split(",")]),
            of["definition"],
            distinct(of["xrefs"]),
            distinct(of["parents"]),
        )


def _parts(cell: Cell, separator: str) -> list[str]:
    """The values in a cell that are not blank; a text is one value where nothing separates."""
    parts = cell if isinstance(cell, list) else cell.split(separator) if separator else [cell]
    return [part.strip() for part in parts if part.strip()]


def _text_of(cell: Cell) -> str:
    return next(iter(_parts(cell, "")), "")


def _rows(path: Path, delimiter: str, sheet: str) -> Iterator[Row]:
    """(row number, cells) of a table, its header first."""
    suffix = Path(unpacked_name(path)).suffix.lower()
    if suffix == ".parquet":
        return _parquet(path)
    if suffix == ".xlsx":
        return _workbook(path, sheet)
    if suffix in (".jsonl", ".ndjson"):
        return _objects(path)
    return _text(path, delimiter or ("\t" if suffix in (".tsv", ".tab", ".txt") else ","))


def _text(path: Path, delimiter: str) -> Iterator[Row]:
    if len(delimiter) != 1:
        raise KnowledgeBaseError(f"delimiter is {delimiter!r}: use one character, such as ';'.")
    reader = csv.reader((f"{line}\n" for _, line in numbered_lines(path)), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise KnowledgeBaseError(
            f"{path}, line {reader.line_num}: {error}; check the quotes and the delimiter."
        ) from error


def _objects(path: Path) -> Iterator[Row]:
    """JSON lines are read twice: which fields there are, then what is in them."""

    def objects() -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in numbered_lines(path):
            if line.strip():
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise KnowledgeBaseError(f"{path}, line {number}: not JSON ({error}); mend the line.") from error
                if not isinstance(record, dict):
                    raise KnowledgeBaseError(f"{path}, line {number}: expected an object, one concept a line.")
                yield number, record

    fields = list(dict.fromkeys(field for _, record in objects() for field in record))
    yield 0, fields
    for number, record in objects():
        yield number, [_cell(record.get(field)) for field in fields]


def _parquet(path: Path) -> Iterator[Row]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise MissingExtraError(_EXTRA.format("Parquet", "pyarrow")) from error
    try:
        with ParquetFile(path) as file:
            columns = file.schema_arrow.names
            yield 0, columns
            number = 0
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield number, [_cell(row[column]) for column in columns]
    except (OSError, ValueError, ArrowException) as error:  # ValueError: texts that are not UTF-8
        raise KnowledgeBaseError(f"{path}: cannot be read as Parquet ({error}); check the file.") from error


def _workbook(path: Path, sheet: str) -> Iterator[Row]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingExtraError(_EXTRA.format("A workbook", "openpyxl")) from error
    try:
        _check_size(path)
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # zip, XML and its own errors
        raise KnowledgeBaseError(f"{path}: cannot be read as a workbook ({error}); check the file.") from error
    if sheet and sheet not in book.sheetnames:
        raise KnowledgeBaseError(f"{path}: there is no sheet {sheet!r}; it has {', '.join(book.sheetnames)}.")
    if not book.worksheets:
        raise KnowledgeBaseError(f"{path}: the workbook has no sheet; check the file.")
    rows: Iterable[Sequence[Any]] = (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)
    try:
        for number, cells in enumerate(rows, 1):
            if any(cell is not None for cell in cells):
                yield number, [_cell(cell) for cell in cells]
    except Exception as error:  # sheets are read as they are needed
        raise KnowledgeBaseError(f"{path}: cannot be read as a workbook ({error}); check the file.") from error


def _check_size(path: Path) -> None:
    """Raises ValueError for a workbook that unpacks to more than any memory: it may have been made for that."""
    with zipfile.ZipFile(path) as packed:
        n_bytes = sum(member.file_size for member in packed.infolist())
    if n_bytes > _LARGEST:
        raise ValueError(f"it unpacks to {n_bytes:,} bytes; store it as CSV")


def _cell(value: Any) -> Cell:
    """A cell's text, or texts where it is a list; numbers that are whole without their point."""
    if isinstance(value, list | tuple):
        return [_text_of(_cell(one)) for one in value]
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return "" if value is None else str(value)
