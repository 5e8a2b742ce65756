"""Files of published linking experiments: a mention a line.

- `NAME.source` beside `NAMElabel.txt`: texts with `START` and `END` around the mention (plain, or a list in JSON), and
  its ids; what is to be written (`NAME.target`) is not needed.
- COMETA's tables: columns `Term`, `Example`, `General SNOMED ID`, `Specific SNOMED ID`.
- AskAPatient's folds: id, name, phrase, with tabs between and without a header.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .. import files
from ..kb.identifiers import split_ids
from ..records import Article, Mention
from .files import MentionError, OnError, Reporter, check_characters, numbered_lines

_START, _END = re.compile(r"(?<!\S)START\s"), re.compile(r"\sEND(?!\S)")
_TERM, _EXAMPLE, _GENERAL, _SPECIFIC = "Term", "Example", "General SNOMED ID", "Specific SNOMED ID"


def read_marked(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each line of a `.source` file, called by the file's name and the line's number."""
    path = Path(path)
    report, name = Reporter(path, on_error), files.unpacked_name(path).removesuffix(".source")
    ids = _labels([path.with_name(f"{name}label.txt{end}") for end in ("", ".gz")], report, on_error)
    for number, line in numbered_lines(path, report):
        if not line.strip():
            continue
        try:
            before, words, behind = _parted(_sentence(line))
        except ValueError as error:
            report(f"{error}; correct or delete the line", line=number)
            continue
        if not words:
            report("expected START and END around a mention; correct or delete the line", line=number)
            continue
        start = len(before) + bool(before)
        text = " ".join(filter(None, (before, words, behind)))
        own = split_ids(ids.get(number, ""))
        yield Article(f"{name}-{number}", "", text, (Mention(words, start, start + len(words), "", own),))


def read_cometa(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each row whose example has the term; ids are the specific one, then the general one."""
    path = Path(path)
    report = Reporter(path, on_error)
    lines = (f"{line}\n" for _, line in numbered_lines(path, report))
    for number, row in _rows(lines, report):
        term, text = (row.get(_TERM) or "").strip(), (row.get(_EXAMPLE) or "").strip()
        place = re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.IGNORECASE) if term else None
        if not place:
            report(f"the example has no {term!r}; correct or delete the row", line=number)
            continue
        ids = dict.fromkeys(row.get(column) or "" for column in (_SPECIFIC, _GENERAL))
        mention = Mention(place[0], *place.span(), "", tuple(filter(None, ids)))
        yield Article(row.get("ID") or f"{path.name.split('.')[0]}-{number}", "", text, (mention,))


def _rows(lines: Iterator[str], report: Reporter) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table with their numbers, as far as it is one."""
    try:
        yield from enumerate(csv.DictReader(lines, delimiter="\t"), 2)
    except csv.Error as error:
        report.cut_short(error)


def read_askapatient(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each line; the phrase is its text and its mention. Files are UTF-8, or else Windows-1252."""
    path = Path(path)
    report, name = Reporter(path, on_error), re.sub(r"\.txt(\.gz)?$", "", path.name)
    try:
        content = files.read_whole(path)
    except files.UNREADABLE as error:
        report.cut_short(error)
        return
    try:
        text = content.decode("utf8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        cells = line.split("\t")
        if len(cells) == 3 and cells[2].strip():
            phrase = cells[2].strip()
            yield Article(f"{name}-{number}", "", phrase, (Mention(phrase, 0, len(phrase), "", split_ids(cells[0])),))
        elif line.strip():
            report("expected an id, a name and a phrase between tabs; correct or delete the line", line=number)


def _labels(paths: list[Path], report: Reporter, on_error: OnError | None) -> dict[int, str]:
    """Number of a line -> the ids in it, of the first of the files that is there."""
    path = next((one for one in paths if one.is_file()), None)
    if path is None:
        report(f"there is no {paths[0].name} beside it, so no mention has an id; put it there", kind=MentionError)
        return {}
    return dict(numbered_lines(path, Reporter(path, on_error)))


def _parted(text: str) -> tuple[str, str, str]:
    """What is before the mention, the mention, what is behind it; nothing where it is not marked."""
    start = _START.search(text)
    end = _END.search(text, start.end()) if start else None
    if not start or not end:
        return "", "", ""
    return text[: start.start()][:-1], text[start.end() : end.start()], text[end.end() + 1 :]


def _sentence(line: str) -> str:
    """The text of a line that may be a list in JSON. Raises ValueError for half a character in it."""
    text = line
    if line.lstrip().startswith("["):
        with suppress(ValueError, TypeError, RecursionError):
            (text,) = map(str, json.loads(line))
    check_characters(text, line)
    return text.strip()
