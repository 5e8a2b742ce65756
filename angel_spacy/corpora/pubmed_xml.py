"""PubMed's XML (`PubmedArticleSet`): titles and abstracts, one article in memory at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from ..errors import CorpusError
from ..files import UNREADABLE, open_bytes
from ..records import Article
from .files import OnError, Reporter

_CHUNK = 1 << 16
_ROOTS = {"PubmedArticle": "MedlineCitation", "PubmedBookArticle": "BookDocument"}


def read_pubmed_xml(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles with their PMID, title and labelled abstract sections; inline mark-up leaves its text.

    An article without a PMID, or without title and abstract, raises `CorpusError`, or is reported to `on_error`
    and left out. Broken XML ends the file. A document type that declares entities is always refused.
    """
    report = Reporter(Path(path), on_error)
    try:
        _refuse_entities(Path(path))
        for record, element in enumerate(_articles(Path(path)), 1):
            article = _article(element)
            if article is None:
                report("expected a PMID and a title or an abstract; complete or delete the article", record=record)
            else:
                yield article
    except (ElementTree.ParseError, expat.ExpatError, *UNREADABLE) as error:
        report.cut_short(error)


def _refuse_entities(path: Path) -> None:
    """Entities can only be declared before the root element, so only that much is parsed."""
    parser = expat.ParserCreate()
    started: list[str] = []

    def refuse(*_: object) -> NoReturn:
        raise CorpusError(f"{path}: the document type declares entities, which PubMed never does; remove the DTD")

    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda name, _: started.append(name)
    with open_bytes(path) as file:
        while not started and (chunk := file.read(_CHUNK)):
            parser.Parse(chunk, False)


def _articles(path: Path) -> Iterator[ElementTree.Element]:
    with open_bytes(path) as file:
        events = ElementTree.iterparse(file, events=("start", "end"))
        _, root = next(events)
        for event, element in events:
            if event == "end" and element.tag in _ROOTS:
                yield element
                root.clear()


def _article(element: ElementTree.Element) -> Article | None:
    citation = element.find(_ROOTS[element.tag])
    if citation is None:
        return None
    body = citation if element.tag == "PubmedBookArticle" else citation.find("Article")
    pmid = (citation.findtext("PMID") or "").strip()
    if not pmid or body is None:
        return None
    article = Article(pmid, _text(body.find("ArticleTitle")), _abstract(body.findall("Abstract/AbstractText")))
    return article if article.text else None


def _abstract(sections: list[ElementTree.Element]) -> str:
    parts = ((section.get("Label", ""), _text(section)) for section in sections)
    return " ".join(f"{label}: {text}" if label else text for label, text in parts if text)


def _text(element: ElementTree.Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
