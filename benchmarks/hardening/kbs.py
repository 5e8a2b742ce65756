"""Every reader of knowledge bases, on small valid sources made wrong."""

import io
import random
import zipfile
from functools import partial
from pathlib import Path

from angel_spacy.kb import KnowledgeBase, Source, read_kb
from angel_spacy.kb.readers.kinds import FORMATS

from .fuzz import Target, fuzz
from .kb_texts import SOURCES
from .mutation import Files, changed, mutated
from .trials import Effort, Outcome

FROM_PACKAGES = {"hpo", "icd10cm"}  # they read no file of the user's
_ROWS = (("id", "name", "n"), ("X:1", "Gout", 1.5), ("X:2", "fever", None))


def run(effort: Effort) -> Outcome:
    """All of them."""
    return fuzz(targets(), effort)


def targets() -> list[Target]:
    """One for each kind of source, and tables that are no text."""
    kinds = sorted(FORMATS.keys() - FROM_PACKAGES)
    return [*(Target(kind, SOURCES[kind], partial(_read, kind)) for kind in kinds), *_tables()]


def _read(kind: str, folder: Path) -> None:
    """A file where there is one, else the folder. What is read can be asked and stored."""
    files = sorted(folder.iterdir())
    source = Source(files[0] if len(files) == 1 else folder)
    kb = read_kb(kind, source)
    for concept in kb.concepts:
        assert kb.resolve(concept.concept_id) is not None
    for name in kb.names()[:5]:
        assert kb.rows_of(name)
    if len(kb) and random.random() < 0.1:
        assert list(KnowledgeBase.from_bytes(kb.to_bytes()).concepts) == list(kb.concepts)


def _tables() -> list[Target]:
    """Tables that are no text."""
    import pyarrow as pa
    from openpyxl import Workbook
    from pyarrow import parquet

    sheet, columns, book = io.BytesIO(), io.BytesIO(), Workbook()
    for row in _ROWS:
        book.active.append(row)
    book.save(sheet)
    parquet.write_table(pa.table({"id": ["X:1"], "name": ["Gout"], "n": [1.5]}), columns)
    read = partial(_read, "table")
    return [
        Target("table-xlsx", [{"a.xlsx": sheet.getvalue()}], read, _in_zip),
        Target("table-parquet", [{"a.parquet": columns.getvalue()}], read),
    ]


def _in_zip(rng: random.Random, files: Files) -> Files:
    """What is packed in a zip file, one of its members changed."""
    (name, data), *_ = files.items()
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        victim = rng.choice(old.namelist())
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, changed(rng, content) if member == victim else content)
    return mutated(rng, files) if rng.random() < 0.3 else {name: packed.getvalue()}
