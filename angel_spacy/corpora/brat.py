"""brat's standoff: a folder of texts (`.txt`) with a file of annotations beside each (`.ann`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from ..files import UNREADABLE, whole
from ..records import Article, LinkedArticle, Mention
from .files import MentionError, OnError, Reporter, numbered_lines
from .fragments import fragments_of
from .losses import LABELS
from .sinks import Put, file_name

_ENTITY = re.compile(r"(T\S+)\t(\S+) (\d{1,18} \d{1,18}(?:;\d{1,18} \d{1,18})*)\t(.*)", re.DOTALL)
_NORMALISATION = re.compile(r"N\S+\tReference (T\S+) ([^\s:]+):(\S+)(?:\t.*)?", re.DOTALL)
_OTHER = re.compile(r"[REAM#*N]")
_PREFIXED = re.compile(r"[^:]+:.+", re.DOTALL)
_NO_PREFIX = "ID:"


def read_brat(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each text, the whole of it its abstract, so that offsets hold. Normalisations are its ids.

    Relations, events, attributes and notes are passed over. What is broken raises CorpusError, or is reported.
    """
    for alone in sorted(Path(path).rglob("*.ann")):
        if not alone.with_suffix(".txt").is_file():
            Reporter(alone, on_error)("its text, a .txt of the same name, is missing; put it beside it")
    for text in sorted(Path(path).rglob("*.txt")):
        report = Reporter(text.with_suffix(".ann"), on_error)
        try:
            content = text.read_bytes().decode("utf8")
        except (UnicodeDecodeError, *UNREADABLE) as error:
            Reporter(text, on_error).cut_short(error)
            continue
        content = content[:-1] if content.endswith("\n") else content
        if content.strip():
            name = unquote(str(text.relative_to(path).with_suffix("")))
            yield Article(name, "", content, tuple(_mentions(content, report)))


def _mentions(text: str, report: Reporter) -> Iterator[Mention]:
    if not report.path.is_file():
        return
    entities: dict[str, tuple[int, str, list[tuple[int, int]], str]] = {}
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for number, line in numbered_lines(report.path, report):
        if entity := _ENTITY.fullmatch(line):
            places = sorted((int(one), int(other)) for one, other in re.findall(r"(\d+) (\d+)", entity[3]))
            entities[entity[1]] = number, entity[2], places, entity[4]
        elif note := _NORMALISATION.fullmatch(line):
            ids[note[1]].append(f"{note[2]}:{note[3]}")
        elif line.strip() and not _OTHER.match(line):
            report("expected an annotation of brat; correct or delete the line", line=number, kind=MentionError)
    for key, (number, label, places, wanted) in entities.items():
        start, end = places[0][0], max(other for _, other in places)
        own = " ".join(text[one:other] for one, other in places)
        is_inside = end <= len(text) and all(one < other for one, other in places)
        if not is_inside or own.split() != wanted.split():
            report(f"expected {wanted!r} at {start}, the text has {own!r}; correct it", line=number, kind=MentionError)
            continue
        found = tuple(dict.fromkeys(map(_plain, ids[key])))
        yield Mention(text[start:end], start, end, label, found, fragments_of(places))


@contextmanager
def brat_sink(path: Path) -> Iterator[Put]:
    """A folder that is written whole."""
    names: set[str] = set()
    with whole(path) as folder:
        folder.mkdir()

        def put(linked: LinkedArticle) -> Mapping[str, int]:
            article = linked.article
            name = file_name(article.article_id, names)
            (folder / f"{name}.txt").write_bytes(f"{article.text}\n".encode())
            (folder / f"{name}.ann").write_bytes("".join(_lines(article)).encode())
            return {LABELS: sum(len(mention.label.split()) > 1 for mention in article.mentions)}

        yield put


def _lines(article: Article) -> Iterator[str]:
    n_notes = 0
    for number, mention in enumerate(article.mentions, 1):
        places = mention.fragments or ((mention.start, mention.end),)
        where = ";".join(f"{start} {end}" for start, end in places)
        own = " ".join(article.text[start:end] for start, end in places)
        label = "_".join(mention.label.split()) or "Entity"
        yield f"T{number}\t{label} {where}\t{' '.join(own.split())}\n"
        for one in mention.concept_ids:
            n_notes += 1
            yield f"N{n_notes}\tReference T{number} {_prefixed(one)}\n"


def _prefixed(concept_id: str) -> str:
    """brat asks for the name of a database before each id; `ID` stands for none."""
    is_whole = _PREFIXED.fullmatch(concept_id) and not concept_id.startswith(_NO_PREFIX)
    return quote(concept_id if is_whole else f"{_NO_PREFIX}{concept_id}", safe=":/.()[]'")


def _plain(reference: str) -> str:
    """Vocabularies such as MeSH write their ids with or without a prefix: what was written is read again."""
    return unquote(reference.removeprefix(_NO_PREFIX))
