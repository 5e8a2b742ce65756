"""Every reader of corpora, on small valid files made wrong."""

import io
import random
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from angel_spacy.corpora.formats import FORMATS, Format, guess_format, read_articles, read_linked_articles
from angel_spacy.corpora.fragments import are_fragments
from angel_spacy.corpora.jsonl import jsonl_line
from angel_spacy.errors import CorpusError
from angel_spacy.records import Article, Candidate, LinkedArticle, LinkedMention, Mention, Section

from .corpus_texts import TEXTS
from .fuzz import Change, Target, fuzz
from .mutation import Files, in_zlib, mutated, other_value
from .trials import Effort, Outcome

_LINKED = (
    LinkedArticle(
        Article("71", "Gout in mice", "It hurts. Aspirin helps 😀.", sections=(Section("title", 0, 12),)),
        (
            LinkedMention(
                Mention("Gout", 0, 4, "Disease", ("D006073",)), (Candidate("D006073", "Gout", "gout", 0.9, -0.1),)
            ),
            LinkedMention(Mention("Aspirin", 23, 30, "Chemical", ("D001241", "D2"), ((23, 25), (27, 30)))),
        ),
    ),
    LinkedArticle(
        Article("72", "", "No fever."), (LinkedMention(Mention("fever", 3, 8, "Symptom"), nil_reason="none"),)
    ),
)


def run(effort: Effort) -> Outcome:
    """All of them."""
    return fuzz(targets(), effort)


def targets() -> list[Target]:
    """One for each format."""
    return [_target(form) for form in FORMATS]


def _target(form: Format) -> Target:
    samples = [*TEXTS.get(form.name, ()), *([_written(form)] if form.sink else [])]
    also: Change | None = None
    if form.name == "docbin":
        also = partial(_within, in_zlib)
    if form.name == "parquet":
        also = partial(_within, _other_rows)
    return Target(form.name, samples, partial(_read, form.name, is_folder=bool(form.holds)), also)


def _read(form: str, folder: Path, *, is_folder: bool) -> None:
    """The input as an unknown file and as a known one; what is read must be fit to be written."""
    path = folder if is_folder else _main_file(folder)
    problems: list[CorpusError] = []
    for linked in read_linked_articles(path, form, problems.append):
        _check(linked)
    for error in problems[:3]:
        _check_told(error)
    try:
        for _ in read_articles(path, form):
            pass
    except CorpusError as error:
        _check_told(error)
    guess_format(path)


def _main_file(folder: Path) -> Path:
    """The file to read; another one beside it holds ids."""
    names = sorted(folder.iterdir(), key=lambda path: path.name.endswith("label.txt"))
    return names[0]


def _check_told(error: CorpusError) -> None:
    if not str(error).strip() or len(str(error)) > 5000:
        raise AssertionError("a message that is empty, or too long to be read")


def _check(linked: LinkedArticle) -> None:
    article = linked.article
    jsonl_line(linked).encode()
    for mention in article.mentions:
        if mention.text != article.text[mention.start : mention.end] or not mention.text:
            raise AssertionError("a mention that is not what its text has at its offsets")
        if not are_fragments(mention.fragments, mention.start, mention.end):
            raise AssertionError("fragments that are not in order, or outside of their mention")
    for section in article.sections:
        if not 0 <= section.start <= section.end <= len(article.text):
            raise AssertionError("a section outside of its text")


def _written(form: Format) -> Files:
    """Two articles as our own writer has them."""
    assert form.sink
    with TemporaryDirectory() as room, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(room, f"a{form.suffixes[0]}" if form.suffixes and not form.holds else "folder")
        with form.sink(path) as put:
            for linked in _LINKED:
                put(linked)
        if path.is_dir():
            return {one.name: one.read_bytes() for one in sorted(path.iterdir())}
        return {path.name: path.read_bytes()}


def _within(change: Callable[[random.Random, bytes], bytes], rng: random.Random, files: Files) -> Files:
    try:
        return {name: change(rng, data) for name, data in files.items()}
    except Exception:  # what was changed cannot be packed again
        return mutated(rng, files)


def _other_rows(rng: random.Random, data: bytes) -> bytes:
    """A Parquet file with other values in its rows, and so other types in its schema."""
    import pyarrow as pa
    from pyarrow import parquet

    rows: Any = parquet.read_table(io.BytesIO(data)).to_pylist()
    for _ in range(rng.choice((1, 1, 2, 4))):
        rows = other_value(rng, rows)
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()
