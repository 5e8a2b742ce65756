"""The mention lines of PubTator: their columns, and where their offsets lead in the text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..kb.identifiers import split_ids
from ..kb.normalise import normalise_v2
from ..records import Article, Mention
from .files import MentionError, Reporter

_OFFSETS = re.compile(r"([0-9]{1,18})\t([0-9]{1,18})\t(.*)", re.DOTALL)
_KEYED = re.compile(r"[A-Z]?[0-9]+\t([0-9]*[^\t0-9][^\t]*)\t([0-9]{1,18})\t([0-9]{1,18})\t(.*)", re.DOTALL)
_RELATION = re.compile(r"(?!T[0-9]+\t)[^\W\d_][^\t]*\t[^\t]*\t")
_COLUMNS = "`id, start, end, text, label, concept ids` between tabs"
_FARTHER = 2  # characters by which offsets may be off besides the blanks at the ends of title and abstract


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number, the id that it begins with, `t` or `a` for title or abstract, and what follows."""

    number: int
    article_id: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A mention as its line has it."""

    line: int
    start: int
    end: int
    text: str
    label: str
    ids: str

    def at(self, text: str, shift: int) -> str:
        """What `text` has at the offsets moved by `shift`, nothing where they begin before it."""
        start, end = self.start + shift, self.end + shift
        return text[start:end] if start >= 0 else ""

    def is_at(self, text: str, shift: int) -> bool:
        """Whether the mention's own text stands there, blanks around it aside."""
        found = self.at(text, shift)
        return bool(found) and found.strip() == self.text.strip()

    def is_same_at(self, text: str, shift: int) -> bool:
        """Whether its words do, in whatever form: another apostrophe, capital or accent."""
        found = normalise_v2(self.at(text, shift))
        return bool(found) and found == normalise_v2(self.text) and self.end + shift <= len(text)


class MentionReader:
    """Reads the mention lines of one file, and says once what holds for the whole of it."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._shift_is_told = False
        self._n_mentions = self._n_relations = self._first_relation = 0

    def read(self, article: Article, lines: Sequence[Line], record: int) -> Iterator[tuple[int, Mention]]:
        """The mentions in the order of their lines, with the lines' numbers. Relations are passed over; what cannot be
        read is reported."""
        rows = list(self._rows(article, lines, record))
        usual, parts = usual_shifts(article), _shifts(article, rows)
        for row in rows:
            shifts = (parts[_in_title(row, article)], *usual)
            tries = [(same, shift) for same in (row.is_at, row.is_same_at) for shift in shifts]
            shift = next((shift for same, shift in tries if same(article.text, shift)), None)
            if shift is None:
                self._tell(article, f"{_missed(row, article)}; correct the offsets", record, row.line)
                continue
            if shift not in usual:
                self._tell_of_shift(article, shift, record, row.line)
            self._n_mentions += 1
            text = row.at(article.text, shift)
            yield row.line, Mention(text, row.start + shift, row.end + shift, row.label, split_ids(row.ids))

    def end(self) -> None:
        """Reports lines that were taken for relations where there was no mention that they could relate."""
        if self._n_relations and not self._n_mentions:
            problem = f"there is no mention, but {self._n_relations} lines as of relations; write {_COLUMNS}"
            self._report(problem, line=self._first_relation, kind=MentionError)

    def _rows(self, article: Article, lines: Sequence[Line], record: int) -> Iterator[_Row]:
        for line in lines:
            row = _row(line) if line.article_id == article.article_id and not line.part else None
            if row is not None:
                yield row
            elif _is_relation(line, article):
                self._n_relations += 1
                self._first_relation = self._first_relation or line.number
            else:
                self._tell(article, f"expected {_COLUMNS}; correct or delete the line", record, line.number)

    def _tell(self, article: Article, problem: str, record: int, line: int) -> None:
        self._report(f"article {article.article_id}: {problem}", record=record, line=line, kind=MentionError)

    def _tell_of_shift(self, article: Article, shift: int, record: int, line: int) -> None:
        if not self._shift_is_told:
            problem = (
                f"article {article.article_id}: offsets are off by {-shift}, as where blanks count otherwise; the "
                "mentions were kept where their texts are, in further articles too: look whether a few are right"
            )
            self._report.mended(problem, record=record, line=line, kind=MentionError)
        self._shift_is_told = True


def usual_shifts(article: Article) -> tuple[int, ...]:
    """What to add to offsets: PubTator counts a space after an empty title too, where `Article.text` has none; files
    without it are usual as well."""
    return (0,) if article.title or not article.abstract else (-1, 0)


def _row(line: Line) -> _Row | None:
    """The mention of a line, in PubTator's order or as `key, label, start, end, text`, with ids behind that or none."""
    if plain := _OFFSETS.fullmatch(line.text):
        start, end = int(plain[1]), int(plain[2])
        text, *rest = _columns(plain[3], end - start)
        return _Row(line.number, start, end, text, rest[0], "".join(rest[1:2])) if rest else None
    if keyed := _KEYED.fullmatch(line.text):
        start, end = int(keyed[2]), int(keyed[3])
        text, *rest = _columns(keyed[4], end - start)
        return _Row(line.number, start, end, text, keyed[1], "".join(rest[:1]))
    return None


def place_of_ids(text: str) -> int:
    """Which column of a mention's line, behind the article's id, has its ids, or is the first that is not there."""
    n_columns = text.count("\t") + 1
    if plain := _OFFSETS.fullmatch(text):
        first = _columns(plain[3], int(plain[2]) - int(plain[1]))[0]
        return 2 + first.count("\t") + 2
    if keyed := _KEYED.fullmatch(text):
        first = _columns(keyed[4], int(keyed[3]) - int(keyed[2]))[0]
        return 4 + first.count("\t") + 1
    return n_columns


def _columns(text: str, size: int) -> list[str]:
    """The columns that begin with a mention of `size` characters, in which there may be tabs."""
    end = size if size > 0 and text[size : size + 1] == "\t" else 0
    first, *others = text[end:].split("\t")
    return [text[:end] + first, *others]


def _is_relation(line: Line, article: Article) -> bool:
    """`id, CID, concept, concept`: where a mention has its start or its key, `T1`, a relation has its type."""
    return line.article_id == article.article_id and bool(_RELATION.match(line.text))


def _shifts(article: Article, rows: Sequence[_Row]) -> tuple[int, int]:
    """What to add to offsets in the abstract, and in the title."""
    blanks = len(article.title) - len(article.title.strip()) + len(article.abstract) - len(article.abstract.lstrip())
    reach = _FARTHER + blanks
    shifts = [*usual_shifts(article), *sorted(range(-reach, reach + 1), key=abs)]
    abstract, title = ([row for row in rows if _in_title(row, article) == part] for part in (False, True))
    return _best(shifts, article, abstract), _best(shifts, article, title)


def _best(shifts: Sequence[int], article: Article, rows: Sequence[_Row]) -> int:
    """The first of the shifts with which most mentions are found."""
    if all(row.is_at(article.text, shifts[0]) for row in rows):
        return shifts[0]
    return max(shifts, key=lambda shift: sum(row.is_at(article.text, shift) for row in rows))


def _in_title(row: _Row, article: Article) -> bool:
    return row.start < len(article.title.strip())


def _missed(row: _Row, article: Article) -> str:
    shift = usual_shifts(article)[0]
    return f"expected {row.text!r} at {row.start}-{row.end}, the text has {row.at(article.text, shift)!r}"
