"""JATS, the XML of PubMed Central: full texts with their sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from ..errors import CorpusError
from ..files import UNREADABLE
from ..records import Article, Section
from .files import OnError, Reporter
from .xml_elements import BROKEN, pieces

_LEFT_OUT = {"table", "tex-math", "math", "fn-group", "ref-list", "alternatives", "supplementary-material", "object-id"}
_BLOCKS = {"p", "title", "label", "list-item", "caption", "disp-quote", "def", "term"}
_NAMESPACE = re.compile(r"\sxmlns=(\"[^\"]*\"|'[^']*')")  # the default one, which says nothing here
_IDS = ("pmcid", "pmc", "pmid", "doi")  # in the order in which one is an article's own


def read_jats(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles with title, abstract and body; `sections` are the title, the abstract and the parts of the body.

    Tables, formulas, references and notes are left out. A broken article, or one without an id or a text, raises
    CorpusError, or is reported to `on_error`. Files that declare entities are refused.
    """
    report = Reporter(Path(path), on_error)
    try:
        for record, piece in enumerate(pieces(Path(path), {"article": ""}), 1):
            if "<!ENTITY" in piece.before:
                raise CorpusError(f"{report.path}: the document type declares entities; remove the DTD")
            if not piece.text:
                continue
            try:
                article = _article(ElementTree.fromstring(_NAMESPACE.sub("", piece.text, count=1)))
            except BROKEN as error:
                report(f"the article is broken ({error}); fetch it again", record=record, line=piece.line)
                continue
            if article:
                yield article
            else:
                report("expected an id and a text; complete or delete the article", record=record, line=piece.line)
    except (UnicodeError, *UNREADABLE) as error:
        report.cut_short(error)


def _article(root: Element) -> Article | None:
    meta = root.find("front/article-meta")
    if meta is None:
        return None
    ids = {one.get("pub-id-type", ""): (one.text or "").strip() for one in meta.iterfind("article-id")}
    key = next((ids[kind] for kind in _IDS if ids.get(kind)), "")
    title = _words(meta.find("title-group/article-title"))
    parts = [("abstract", _words(one)) for one in meta.iterfind("abstract") if not one.get("abstract-type")]
    parts += _body(root.find("body"))
    parts = [(name, text) for name, text in parts if text]
    if not key or not (title or parts):
        return None
    sections, start = [Section("title", 0, len(title))] if title else [], len(title) + bool(title)
    for name, text in parts:
        sections.append(Section(name, start, start + len(text)))
        start += len(text) + 1
    return Article(key, title, " ".join(text for _, text in parts), (), tuple(sections))


def _body(body: Element | None) -> list[tuple[str, str]]:
    """The parts of a body: what stands before its sections, then each of them under its title."""
    found: list[tuple[str, str]] = []
    for part in body if body is not None else ():
        if part.tag == "sec":
            found.append((_words(part.find("title")) or "section", _words(part)))
        elif found and found[-1][0] == "body":
            found[-1] = "body", f"{found[-1][1]} {_words(part)}".strip()
        else:
            found.append(("body", _words(part)))
    return found


def _words(element: Element | None) -> str:
    """The text of an element with single blanks, also between its blocks."""
    return " ".join("".join(_texts(element)).split()) if element is not None else ""


def _texts(element: Element) -> Iterator[str]:
    if element.tag.rpartition("}")[2] in _LEFT_OUT:
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield " " if child.tag in _BLOCKS else ""
        yield child.tail or ""
