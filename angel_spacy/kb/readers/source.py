"""What a reader reads, and what it tells on the way: what it left out and why, and which version it was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ... import files
from ...errors import KnowledgeBaseError
from ..concept import Concept
from ..identifiers import fold_id

LineParser = Callable[[str], Concept | None]

_EXAMPLES = 10


@dataclass
class Skipped:
    """What was left out: how often for each reason, and the first places of each."""

    counts: Counter[str] = field(default_factory=Counter)
    places: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, reason: str, place: str) -> None:
        """One more of a kind; `place` says what it was and where."""
        self.counts[reason] += 1
        if len(self.places[reason]) < _EXAMPLES:
            self.places[reason].append(place)


class Source:
    """The files and folders of a vocabulary, none for one that is inside an installed package.

    `version`, `date` and `licence` are what the reader finds in them, "" where it finds nothing.
    """

    def __init__(self, *paths: str | Path) -> None:
        self.paths = tuple(map(Path, paths))
        self.skipped = Skipped()
        self.version, self.date, self.licence = "", "", ""

    @property
    def path(self) -> Path:
        """The one file or folder. Raises KnowledgeBaseError for none and for several."""
        if len(self.paths) != 1:
            given = ", ".join(map(str, self.paths)) or "none"
            raise KnowledgeBaseError(f"This kind of source is one file or folder; given: {given}.")
        return self.paths[0]

    def find(self, name: str, *, needed: bool = True) -> list[Path]:
        """The file with this name, or its parts `.aa`, `.ab` … in order, among the paths given or in the folders given.

        `*` stands for what changes in a name; capitals and `.gz` do not count. Raises KnowledgeBaseError when a needed
        one is nowhere.
        """
        found = [path for path in self._files() if _is_called(path, name)]
        if not found and needed:
            looked = ", ".join(map(str, self.paths)) or "no path"
            raise KnowledgeBaseError(f"There is no {name} in {looked}; name its folder or the file itself.")
        return found

    def _files(self) -> Iterator[Path]:
        for path in self.paths:
            if not path.exists():
                raise KnowledgeBaseError(f"Cannot read {path} (No such file or directory); check the path.")
            yield from sorted(path.rglob("*")) if path.is_dir() else [path]

    def skip(self, reason: str, what: str, path: Path | None = None, line: int | None = None) -> None:
        """Notes that `what` was left out."""
        place = "" if path is None else f"{path.name}, " + (f"line {line}: " if line else "")
        self.skipped.add(reason, f"{place}{what}")

    def concepts(self, parse: LineParser) -> Iterator[Concept]:
        """The concepts that `parse` sees in the lines of the one file; blank lines and those it gives None for are
        skipped."""
        path = self.path
        first_line: dict[str, int] = {}
        for number, line in numbered_lines(path):
            try:
                concept = parse(line) if line.strip() else None
                if concept:
                    check_fields(concept)
                    _check_distinct(concept, number, first_line)
            except KnowledgeBaseError as error:
                raise KnowledgeBaseError(f"{path}, line {number}: {error}.") from None
            if concept:
                yield concept


def numbered_lines(*paths: str | Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, line without its end) of UTF-8 files, gzip or not; several are the parts of one, cut
    anywhere: lines are counted through.

    Raises KnowledgeBaseError.
    """
    path = paths[0]
    try:
        for number, line in files.numbered_lines(*paths):
            if line is None:
                raise KnowledgeBaseError(f"{path}, line {number}: not UTF-8; convert the file.")
            yield number, line
    except files.UnreadableError as error:
        path = error.path
        if isinstance(error.reason, OSError) and error.reason.strerror:
            raise KnowledgeBaseError(f"Cannot read {path} ({error.reason.strerror}); check the path.") from error
        raise KnowledgeBaseError(
            f"{path}, line {error.line}: the file is cut short or damaged ({error}); fetch it again."
        ) from error


def check_fields(concept: Concept) -> None:
    """KnowledgeBaseError when a concept lacks its id or has a blank name."""
    if not fold_id(concept.concept_id):
        raise KnowledgeBaseError("the id is missing; give one or remove the line")
    if not all(name.strip() for name in concept.names):
        raise KnowledgeBaseError(f"a name of {concept.concept_id} is blank; fill it in or remove it")


def _check_distinct(concept: Concept, number: int, first_line: dict[str, int]) -> None:
    first = first_line.setdefault(fold_id(concept.concept_id), number)
    if first != number:
        raise KnowledgeBaseError(f"id {concept.concept_id} is on line {first} too; merge the two lines")


def split_fields(text: str, separator: str = "|") -> tuple[str, ...]:
    """The non-blank parts of a field that holds a list."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def chosen(text: str | Iterable[str]) -> frozenset[str]:
    """The values of an option that takes several, with commas between them on the command line."""
    parts = text.split(",") if isinstance(text, str) else text
    return frozenset(part.strip() for part in parts if part.strip())


def flag(value: bool | str) -> bool:
    """The value of an option that is on or off. Raises KnowledgeBaseError."""
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(value, bool):
        return value
    if value.lower() not in known:
        raise KnowledgeBaseError(f"An option that is on or off is {value!r}: use true or false.")
    return known[value.lower()]


def rows(path: Path, *needed: str, comment: str = "") -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, column -> text) of a table with tabs whose first line names the columns, in lower case here.

    Lines that begin with `comment` are none. Raises KnowledgeBaseError for a column that is missing and for a row of
    another width.
    """
    columns: list[str] = []
    for number, line in numbered_lines(path):
        if not line.strip() or (comment and line.startswith(comment)):
            continue
        fields = [field.strip() for field in line.split("\t")]
        if not columns:
            columns = [field.lstrip("#").strip().lower() for field in fields]
            if missing := [column for column in needed if column not in columns]:
                raise KnowledgeBaseError(
                    f"{path}, line {number}: the header lacks {', '.join(missing)}; it has {', '.join(columns[:20])}."
                )
            continue
        if len(fields) != len(columns):
            raise KnowledgeBaseError(
                f"{path}, line {number}: expected {len(columns)} columns, got {len(fields)}; check the tabs."
            )
        yield number, dict(zip(columns, fields, strict=True))


def distinct(names: Iterable[str], *, but: str = "") -> tuple[str, ...]:
    """The texts that are not blank, each once, without `but`."""
    return tuple(dict.fromkeys(name for name in names if name and name != but))


def _is_called(path: Path, name: str) -> bool:
    own, wanted = files.unpacked_name(path).lower(), name.lower()
    return path.is_file() and (fnmatchcase(own, wanted) or fnmatchcase(own, f"{wanted}.[a-z][a-z]"))
