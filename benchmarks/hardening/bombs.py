"""Files that unpack to far more than they are, XML that means far more than it says or asks for other files, ids that
are paths: nothing fills the memory, nothing is read or written elsewhere."""

import gzip
import io
import resource
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from angel_spacy.corpora.formats import FORMATS, format_called, read_articles
from angel_spacy.errors import AngelError
from angel_spacy.kb import read_kb
from angel_spacy.records import Article, LinkedArticle, Mention

from .toys import started, waited
from .trials import Effort, Outcome, check

_GIB = 1 << 30
_ALLOWED = 3 * _GIB  # address space, besides what there is before
_LONG = 1 << 26  # bytes
_PATIENCE = 60  # seconds of the processor
_BEGINNINGS = {
    "bioc-xml": b"<collection><document><id>1</id><passage><text>",
    "bioc-json": b'{"documents": [{"id": "',
    "jats": b"<article><front><article-meta><title-group><article-title>",
    "pubmed-xml": b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>",
    "label-studio": b'[{"data": {"text": "',
    "europe-pmc": b'[{"annotations": "',
    "jsonl": b'{"id": "1", "text": "',
    "pubtator": b"1|t|",
}
_SOURCES = {
    "obo": b"format-version: 1.2\n\n[Term]\nid: X:1\nname: ",
    "mesh": b"<DescriptorRecordSet><DescriptorRecord>",
}
_LAUGHS = "".join(f"<!ENTITY l{i + 1} '{f'&l{i};' * 10}'>" for i in range(12))
_OF_XML = {"bioc-xml": "collection", "jats": "article", "pubmed-xml": "PubmedArticleSet"}


def unpacking(_: Effort) -> Outcome:
    """4 GiB in a few megabytes, for every reader that takes packed files."""
    outcome = Outcome()
    with TemporaryDirectory() as room:
        path = Path(room, "bomb.gz")
        corpora = [one.name for one in FORMATS if not one.holds and not one.packed]
        for name in corpora:
            _write_bomb(path, _BEGINNINGS.get(name, b"a"))
            _bounded(outcome, f"gzip, {name}", partial(_read, name, path))
        for kind in ("jsonl", "table", "owl", "angel", "obograph", *_SOURCES):
            _write_bomb(path, _SOURCES.get(kind, b"{"))
            _bounded(outcome, f"gzip, {kind}", partial(read_kb, kind, path))
        _bounded(outcome, "zlib, docbin", partial(_read, "docbin", _zlib_bomb(Path(room, "a.spacy"))))
        _bounded(outcome, "zip, table", partial(read_kb, "table", _zip_bomb(Path(room, "a.xlsx"))))
    return outcome


def long_tokens(_: Effort) -> Outcome:
    """64 MiB in one comment, and in one attribute, for every reader of XML."""
    outcome = Outcome()
    with TemporaryDirectory() as room:
        path = Path(room, "a.owl")
        filling = b"a" * _LONG
        for what, content in {"comment": b"<?xml version='1.0'?><!--%b--><a/>", "attribute": b"<a b='%b'/>"}.items():
            path.write_bytes(content % filling)
            for name in _OF_XML:
                _bounded(outcome, f"{what}, {name}", partial(_read, name, path))
            for kind in ("mesh", "owl"):
                _bounded(outcome, f"{what}, {kind}", partial(read_kb, kind, path))
    return outcome


def entities(_: Effort) -> Outcome:
    """Entities that multiply, and entities that are files."""
    outcome = Outcome()
    with TemporaryDirectory() as room:
        secret, path = Path(room, "secret.txt"), Path(room, "a.xml")
        secret.write_text("a secret")
        laughs, outside = f"<!ENTITY l0 'ha'>{_LAUGHS}", f"<!ENTITY l12 SYSTEM 'file://{secret}'>"
        for name, root in _OF_XML.items():
            for what, declared in (("many", laughs), ("outside", outside)):
                path.write_text(_document(root, declared))
                _bounded(outcome, f"{what}, {name}", partial(_read_without, "a secret", name, path))
        for kind, root in (("mesh", "DescriptorRecordSet"), ("owl", "rdf:RDF")):
            for what, declared in (("many", laughs), ("outside", outside)):
                path.with_suffix(".owl").write_text(_document(root, declared))
                _bounded(outcome, f"{what}, {kind}", partial(read_kb, kind, path.with_suffix(".owl")))
    return outcome


def paths(_: Effort) -> Outcome:
    """Ids and names that lead out of the folder that is read or written."""
    outcome = Outcome()
    odd = ("../x", "/etc/x", "a/../../b", "..", ".", "a\0b", "C:\\x", "~/x", "%2e%2e/x", "x" * 5000, "\n", "con")
    for form in (one for one in FORMATS if one.sink and one.holds):
        for article_id in odd:
            with TemporaryDirectory() as room:
                target = Path(room, "in", "target")
                target.parent.mkdir()
                problem = _written(form.name, target, article_id)
                outside = [path for path in Path(room).rglob("*") if target not in (path, *path.parents)]
                check(
                    outcome, not problem and outside == [target.parent], f"{form.name}, {article_id!r:.20}: {problem}"
                )
    return outcome


def _written(form: str, target: Path, article_id: str) -> str:
    """What is raised that may not be."""
    sink = format_called(form).sink
    assert sink
    try:
        with sink(target) as put:
            put(LinkedArticle.of(Article(article_id, "", "Gout.", (Mention("Gout", 0, 4),))))
    except AngelError:
        return ""
    except Exception as error:
        return repr(error)
    return ""


def _read(form: str, path: Path) -> None:
    for _ in read_articles(path, form, lambda _: None):
        pass


def _read_without(secret: str, form: str, path: Path) -> None:
    texts = [article.text for article in read_articles(path, form, lambda _: None)]
    if any(secret in text or len(text) > 10_000_000 for text in texts):
        raise AssertionError("an entity was read")


def _bounded(outcome: Outcome, name: str, read: Callable[[], object]) -> None:
    """Reads in a process with little memory, and not for ever; an error of ours is an answer."""
    code = waited(started(partial(_limited, read)))
    check(outcome, code == 0, f"{name}: {'out of memory' if code == 3 else f'exit code {code}'}")


def _limited(read: Callable[[], object]) -> int:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _ALLOWED,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (_PATIENCE,) * 2)
    try:
        read()
    except AngelError:
        return 0
    except MemoryError:
        return 3
    return 0


def _write_bomb(path: Path, beginning: bytes) -> None:
    block = gzip.compress(b"a" * (1 << 24), 1)
    with path.open("wb") as file:
        file.write(gzip.compress(beginning))
        for _ in range(4 * _GIB >> 24):
            file.write(block)


def _zlib_bomb(path: Path) -> Path:
    packer = zlib.compressobj(1)
    with path.open("wb") as file:
        for _ in range(4 * _GIB >> 24):
            file.write(packer.compress(b"\x93" * (1 << 24)))
        file.write(packer.flush())
    return path


def _zip_bomb(path: Path) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["id", "name"])
    book.save(file := io.BytesIO())
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            with bad.open(name, "w", force_zip64=True) as member:
                for block in _blown_up(name, good.read(name)):
                    member.write(block)
    return path


def _blown_up(name: str, data: bytes) -> Iterator[bytes]:
    yield data
    if "sharedStrings" in name or "sheet1" in name:
        yield from (b" " * (1 << 24) for _ in range(4 * _GIB >> 24))


def _document(root: str, declared: str) -> str:
    names = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"' if root.startswith("rdf") else ""
    inner = {
        "collection": "<document><id>1</id><passage><offset>0</offset><text>&l12;</text></passage></document>",
        "article": "<front><article-meta><article-id pub-id-type='pmid'>1</article-id><title-group><article-title>&l12;"
        "</article-title></title-group></article-meta></front>",
        "PubmedArticleSet": "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>&l12;</ArticleTitle>"
        "</Article></MedlineCitation></PubmedArticle>",
    }.get(root, "&l12;")
    return f'<?xml version="1.0"?><!DOCTYPE {root} [{declared}]><{root} {names}>{inner}</{root}>'
