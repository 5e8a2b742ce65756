"""WebAnno TSV 3, which INCEpTION writes: sentences with a token a line and a column for each feature of a layer.

Offsets count UTF-16 units, as Java does. Of the layers those are read that a feature names a concept or a label in; an
annotation over several tokens has a number in brackets, several annotations of a token have bars between them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from ..files import unpacked_name, whole
from ..kb.identifiers import join_ids, split_ids
from ..records import Article, LinkedArticle, Mention
from .files import MentionError, OnError, Reporter, numbered_lines
from .sinks import Put, file_name

_HEAD = "#FORMAT=WebAnno TSV 3.3"
_LAYER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
_OF_IDS = {"identifier", "concept_id", "conceptid", "kbid", "id"}
_OF_LABELS = {"value", "label", "type", "category"}
_OFFSETS = re.compile(r"(\d{1,9})-(\d{1,9})")
_WIDEST_GAP = 10_000  # characters between two sentences
_TOKEN = re.compile(r"(\d+)-(\d+)(?:\.(\d+))?")
_NUMBERED = re.compile(r"(.*?)\[(\d{1,9})\]", re.DOTALL)
_SPLIT = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\(.)")
_TO_ESCAPE = re.compile(r"([\\\[\]|_*;\t\n\r\->])")
_SIGNS = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
_WORDS = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class _Layer:
    """A layer of spans: the columns of its features."""

    name: str
    columns: dict[str, int]

    def column(self, wanted: set[str]) -> int | None:
        """That of the first feature called so, namespaces aside."""
        return next((place for name, place in self.columns.items() if name.lower().split(":")[-1] in wanted), None)


@dataclass
class _Span:
    """An annotation that grows token by token."""

    start: int
    end: int
    line: int
    label: str = ""
    ids: str = ""


@dataclass
class _Document:
    """A file being read."""

    layers: list[_Layer] = field(default_factory=list)
    n_columns: int = 3
    text: str = ""
    spans: dict[tuple[str, int, int], _Span] = field(default_factory=dict)


def read_webanno(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """The article of a file, or those of a folder's files, called as the file, its text all abstract, lines as they
    were.

    A line that cannot be read raises CorpusError, or is reported to `on_error` and passed over.
    """
    files = sorted(Path(path).rglob("*.tsv")) if Path(path).is_dir() else [Path(path)]
    for file in files:
        yield from _read_file(file, Reporter(file, on_error))


def _read_file(path: Path, report: Reporter) -> Iterator[Article]:
    document = _Document()
    sentence: list[str] = []
    for number, line in numbered_lines(path, report):
        if line.startswith(("#T_SP=", "#T_CH=", "#T_RL=")):
            _add_layer(document, line)
        elif line.startswith("#Text="):
            sentence.append(_unescaped(line.removeprefix("#Text=")))
        elif line.strip() and not line.startswith("#"):
            cells = line.split("\t")
            token = _TOKEN.fullmatch(cells[0])
            offsets = _OFFSETS.fullmatch(cells[1]) if len(cells) > 2 else None
            if not token or not offsets:
                report("expected `1-1`, `0-4` and a token between tabs; correct the line", line=number)
                continue
            if sentence:
                text, sentence = "\n".join(sentence), []
                start = int(offsets[1]) - (len(text) - len(text.lstrip()))
                if start - len(document.text) > _WIDEST_GAP:
                    report(f"the sentence begins at {start}, far behind the one before; correct it", line=number)
                    continue
                _add_sentence(document, text, start)
            _add_token(document, cells, int(offsets[1]), int(offsets[2]), number)
    if document.text.strip():
        name = unquote(unpacked_name(path).removesuffix(".tsv"))
        yield Article(name, "", _plain(document.text), tuple(_mentions(document, report)))


@contextmanager
def webanno_sink(path: Path) -> Iterator[Put]:
    """A folder with a file for each article, written whole: the layer of named entities, identifier and value."""
    names: set[str] = set()
    with whole(path) as folder:
        folder.mkdir()

        def put(linked: LinkedArticle) -> Mapping[str, int]:
            (folder / f"{file_name(linked.article.article_id, names)}.tsv").write_text(_text(linked.article), "utf8")
            return {}

        yield put


def _text(article: Article) -> str:
    text, wide = article.text, _Wide(article.text)
    edges = sorted({edge for mention in article.mentions for edge in (mention.start, mention.end)})
    lines = [_HEAD, f"#T_SP={_LAYER}|identifier|value", "", "", f"#Text={_escaped_line(text)}"]
    waiting = sorted(enumerate(article.mentions, 1), key=lambda one: -one[1].start)
    over: list[tuple[int, Mention]] = []  # those that the token lies in
    for number, (start, end) in enumerate(_tokens(text, edges), 1):
        while waiting and waiting[-1][1].start <= start:
            over.append(waiting.pop())
        over = sorted(one for one in over if end <= one[1].end)
        cells = [f"1-{number}", f"{wide.at(start)}-{wide.at(end)}", text[start:end]]
        for feature in ("ids", "label"):
            cells.append("|".join(f"{_value(one, feature)}[{i}]" for i, one in over) or "_")
        lines.append("\t".join(cells))
    return "\n".join([*lines, ""])


def _value(mention: Mention, feature: str) -> str:
    label = mention.label or ("" if mention.concept_ids else "Entity")  # an annotation must say something
    value = label if feature == "label" else join_ids(mention.concept_ids) if mention.concept_ids else ""
    return _TO_ESCAPE.sub(lambda found: _SIGNS.get(found[1], f"\\{found[1]}"), value) or "*"


def _tokens(text: str, edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Words and signs, cut where a mention begins or ends: at the `edges`, ascending."""
    for word in _WORDS.finditer(text):
        start, end = word.span()
        inside = edges[bisect_right(edges, start) : bisect_left(edges, end)]
        yield from pairwise([start, *inside, end])


class _Wide:
    """Offsets in UTF-16 units."""

    def __init__(self, text: str) -> None:
        self._places = [0]
        for sign in text:
            self._places.append(self._places[-1] + 1 + (ord(sign) > 0xFFFF))

    def at(self, offset: int) -> int:
        """Of an offset in characters."""
        return self._places[offset]


def _add_layer(document: _Document, line: str) -> None:
    kind, _, names = line.partition("=")
    name, *features = names.split("|")
    if kind == "#T_SP":
        columns = {feature: document.n_columns + i for i, feature in enumerate(features)}
        document.layers.append(_Layer(name, columns))
    # A chain has two columns whatever it is called, a relation one more than it names: that of its source.
    document.n_columns += len(features) if kind != "#T_CH" else 2


def _add_sentence(document: _Document, text: str, start: int) -> None:
    """Offsets of `document.text` count UTF-16 units: a sign beyond stands for two."""
    gap = start - len(document.text)
    document.text += "\n" * max(gap, 0) + _widened(text)


def _add_token(document: _Document, cells: Sequence[str], start: int, end: int, line: int) -> None:
    for layer in _of_interest(document.layers):
        columns = [layer.column(_OF_LABELS), layer.column(_OF_IDS)]
        if columns == [None, None]:
            columns[0] = next(iter(layer.columns.values()), None)
        texts = [cells[column] if column is not None and column < len(cells) else "_" for column in columns]
        values = list(map(_SPLIT.split, texts))
        for place in range(max(map(len, values))):
            label, ids = (own[place] if place < len(own) else "_" for own in values)
            if {label, ids} <= {"_", ""}:
                continue
            numbers = [found[2] for one in (label, ids) if (found := _NUMBERED.fullmatch(one))]
            key = (layer.name, int(numbers[0]), -1) if numbers else (layer.name, start, place)
            span = document.spans.setdefault(key, _Span(start, end, line))
            span.end = max(span.end, end)
            span.label, span.ids = span.label or _read(label), span.ids or _read(ids)


def _of_interest(layers: Sequence[_Layer]) -> Sequence[_Layer]:
    """Those with a feature for labels or ids; all, where there is none."""
    named = [one for one in layers if one.column(_OF_LABELS) is not None or one.column(_OF_IDS) is not None]
    return named or layers


def _read(value: str) -> str:
    numbered = _NUMBERED.fullmatch(value)
    value = numbered[1] if numbered else value
    return "" if value in ("_", "*") else _unescaped(value)


def _mentions(document: _Document, report: Reporter) -> Iterator[Mention]:
    for span in sorted(document.spans.values(), key=lambda span: (span.start, span.end)):
        start, end = len(_plain(document.text[: span.start])), len(_plain(document.text[: span.end]))
        own = _plain(document.text)[start:end]
        if not own.strip():
            report("an annotation is outside of the text; correct it", line=span.line, kind=MentionError)
            continue
        ids = span.ids.rpartition("/")[2].rpartition("#")[2] if "://" in span.ids else span.ids
        yield Mention(own, start, end, span.label, split_ids(ids.replace("_", ":", 1) if "://" in span.ids else ids))


def _widened(text: str) -> str:
    """A text whose characters are UTF-16 units: those beyond are followed by a mark that `_plain` takes out."""
    return "".join(f"{sign}\0" if ord(sign) > 0xFFFF else sign for sign in text)


def _plain(text: str) -> str:
    return text.replace("\0", "")


def _unescaped(text: str) -> str:
    known = {"t": "\t", "n": "\n", "r": "\r"}
    return _ESCAPED.sub(lambda found: known.get(found[1], found[1]), text)


def _escaped_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
