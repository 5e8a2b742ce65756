"""PubMed's XML (`PubmedArticleSet`): titles and abstracts, one article in memory at a time."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from ..errors import CorpusError
from ..files import UNREADABLE
from ..records import Article
from .files import OnError, Reporter
from .xml_elements import Piece, pieces

_CITATIONS = {"PubmedArticle": "MedlineCitation", "PubmedBookArticle": "BookDocument"}
_ARTICLES = {**_CITATIONS, "MedlineCitation": ""}  # alone in a MedlineCitationSet
_SET = re.compile(r"<(/?)(?:PubmedArticleSet|MedlineCitationSet)\b[^<>]*>")
_FRAME = re.compile(  # what does not end goes to the end of the text, so that each stretch is looked at once
    r"\ufeff|<!--.*?(?:-->|(?P<a>\Z))|<\?.*?(?:\?>|(?P<b>\Z))|<!DOCTYPE[^\[>]*(?:>|(?P<c>\Z)|\[.*?(?:\]\s*>|(?P<d>\Z)))"
    r"|<(?P<tag>Delete\w+)\b.*?(?:</(?P=tag)>|(?P<e>\Z))",
    re.DOTALL | re.IGNORECASE,
)
_NO_TITLE = {"", "not available"}
_NO_LABEL = {"UNLABELLED", "UNLABELED", "UNASSIGNED"}

_PMID = re.compile(r"<PMID[^<>]*>\s*(\w+)")
_VERSION = re.compile(r'<PMID[^<>]*\bVersion\s*=\s*["\'](\d{1,9})')

_ASK_PUBMED = "fetch the articles from PubMed (efetch with db=pubmed and retmode=xml)"
_JATS = ("JATS, the XML of PubMed Central", _ASK_PUBMED)
_OTHERS = {
    "article": _JATS,
    "collection": ("BioC XML", _ASK_PUBMED),
    **dict.fromkeys(
        ("efetchresult", "esearchresult", "esummaryresult", "elinkresult", "epostresult"),
        ("an answer of E-utilities without articles", _ASK_PUBMED),
    ),
    "html": ("a web page", "save PubMed XML in its place"),
    "pmc-articleset": _JATS,
}
_UNKNOWN = ("something else", "delete it, or fetch the file again")


def read_pubmed_xml(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles with their PMID, title and labelled abstract sections; inline mark-up leaves its text.

    Several answers of E-utilities may follow one another. What is no article, is broken, or lacks a PMID or both title
    and abstract raises `CorpusError`, or is reported to `on_error` and left out; what follows is read.
    A document type that declares entities is always refused.
    """
    return (article for _, article in versions(path, on_error))


def versions(path: Path, on_error: OnError | None) -> Iterator[tuple[int, Article]]:
    """(version, article) of each; PubMed counts the versions of the few that have several."""
    report = Reporter(Path(path), on_error)
    is_open = False
    try:
        for record, piece in enumerate(pieces(Path(path), _ARTICLES), 1):
            is_open = _check_before(piece.before, is_open, record, report)
            article = _read(piece, record, report) if piece.text else None
            if article:
                version = _VERSION.search(piece.text)
                yield int(version[1]) if version else 1, article
        if is_open:
            report.cut_short(EOFError("the set of articles does not end"))
    except (UnicodeError, *UNREADABLE) as error:
        report.cut_short(error)


def deleted(path: Path) -> list[str]:
    """The PMIDs that an update file takes back, as far as it can be read."""
    found: list[str] = []
    with suppress(UnicodeError, *UNREADABLE):  # which is told when its articles are read
        for piece in pieces(path, {"DeleteCitation": ""}):
            if piece.text:
                found += _PMID.findall(piece.text)
    return found


def _check_before(text: str, is_open: bool, record: int, report: Reporter) -> bool:
    """Whether a set of articles is open after `text`, as it `is_open` before; reports what else there is in it."""
    if "<!ENTITY" in text:
        problem = "the document type declares entities, which PubMed never does; remove the DTD"
        raise CorpusError(f"{report.path}: {problem}")
    text = _FRAME.sub(_endless, text)
    tags = _SET.findall(text)
    if rest := _SET.sub("", text).strip():
        tag = re.match(r"<([\w-]+)", rest)
        looks, remedy = _OTHERS.get(tag[1].lower() if tag else "", _UNKNOWN)
        report(f"expected PubMed's articles, found {looks} ({' '.join(rest[:100].split())!r}); {remedy}", record=record)
    return tags[-1] != "/" if tags else is_open


def _endless(frame: re.Match[str]) -> str:
    """What begins as a part of the frame and does not end."""
    return "" if frame.group(*"abcde") == (None,) * 5 else frame[0]


def _read(piece: Piece, record: int, report: Reporter) -> Article | None:
    """The article of a piece; None when it is reported."""
    line, problem = piece.line, "expected a PMID and a title or an abstract; complete or delete the article"
    try:
        if article := _article(ElementTree.fromstring(piece.text)):
            return article
    except ElementTree.ParseError as error:
        broken = expat.ErrorString(error.code) if piece.is_whole else "its end is missing"
        pmid = _PMID.search(piece.text)
        problem = f"article {pmid[1] if pmid else 'without PMID'} is broken ({broken}); mend it, or fetch it again"
        line += error.position[0] - 1
    except (UnicodeEncodeError, RecursionError):
        problem = "expected UTF-8 text, or what the file declares, found other bytes; save the file as UTF-8"
    report(problem, record=record, line=line)
    return None


def _article(element: ElementTree.Element) -> Article | None:
    citation = element.find(_CITATIONS[element.tag]) if element.tag in _CITATIONS else element
    if citation is None:
        return None
    body = citation if element.tag == "PubmedBookArticle" else citation.find("Article")
    pmid = (citation.findtext("PMID") or "").strip()
    if not pmid or body is None:
        return None
    article = Article(pmid, _title(body), _abstract(body.findall("Abstract/AbstractText")))
    return article if article.text else None


def _title(body: ElementTree.Element) -> str:
    """The title, in its own language where there is no other."""
    title = _text(body.find("ArticleTitle"))
    is_absent = title.strip("[]. ").lower() in _NO_TITLE
    return (is_absent and _text(body.find("VernacularTitle"))) or title


def _abstract(sections: list[ElementTree.Element]) -> str:
    parts = ((_label(section), _text(section)) for section in sections)
    return " ".join(f"{label}: {text}" if label else text for label, text in parts if text)


def _label(section: ElementTree.Element) -> str:
    label = section.get("Label", "").strip(": ")
    return "" if label.upper() in _NO_LABEL else label


def _text(element: ElementTree.Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
