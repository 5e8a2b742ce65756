"""BioC, as XML and as JSON: documents of passages, whose annotations have offsets in the document.

The first passage is the title where its type says so; the texts of the others, a space between them, are the abstract,
and where there are more than title and abstract the types of all are sections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from ..errors import CorpusError
from ..files import UNREADABLE, Parts, open_bytes, read_whole
from ..kb.identifiers import join_ids, split_ids
from ..records import Article, LinkedArticle, LinkedMention, Mention, Section
from ..xml_entities import declares_entities
from .files import MentionError, OnError, Reporter, check_characters
from .fragments import fragments_of
from .losses import ACROSS
from .xml_elements import BROKEN

Json = dict[str, Any]

TITLES = {"title", "front"}
_PARTS = [{"title", "front"}, {"abstract"}]
_IDS = ("identifier", "concept_id", "MESH", "mesh", "NCBI Gene", "NCBI Homologene", "normalized_id", "Identifier")
_NO_LABEL = "Entity"
_ODD = (TypeError, KeyError, ValueError, AttributeError, OverflowError)  # what values of other kinds raise
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # signs that no file of XML may hold


def read_bioc_json(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles of a collection, of documents one a line, or of an answer of PubTator 3.

    A document or an annotation that cannot be read raises CorpusError, or is reported to `on_error` and left out.
    """
    report = Reporter(Path(path), on_error)
    for record, document in enumerate(_json_documents(Path(path), report), 1):
        yield from _article(document, record, report)


def read_bioc_xml(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles of a collection, one in memory at a time; otherwise as `read_bioc_json`."""
    report = Reporter(Path(path), on_error)
    for record, document in enumerate(_xml_documents(Path(path), report), 1):
        yield from _article(document, record, report)


def bioc_json(linked: LinkedArticle) -> str:
    """One document of a collection."""
    return json.dumps(_record(linked), ensure_ascii=False)


def bioc_xml(linked: LinkedArticle) -> str:
    """One document of a collection."""
    text = ElementTree.tostring(_element(_record(linked)), encoding="unicode")
    return _NO_XML.sub(" ", text).replace("\r", "&#13;") + "\n"  # a bare return would be read as a line feed


def _json_documents(path: Path, report: Reporter) -> Iterator[Any]:
    try:
        text = read_whole(path).decode("utf8")
    except (UnicodeDecodeError, *UNREADABLE) as error:
        report.cut_short(error)
        return
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        try:
            start = place
            value, place = decoder.raw_decode(text, place)
            check_characters(value, text[start:place])
        except (ValueError, RecursionError) as error:
            report(f"expected BioC's JSON ({error}); fetch the file again", line=text.count("\n", 0, place) + 1)
            return
        yield from _documents_in(value)


def _xml_documents(path: Path, report: Reporter) -> Iterator[Json]:
    try:
        if declares_entities(path):
            raise CorpusError(f"{path}: the document type declares entities; remove the DTD")
        with open_bytes(path) as file:
            parts = Parts(file)
            for _, element in ElementTree.iterparse(parts):
                if element.tag == "document":
                    yield _document(element)
                    element.clear()
                    parts.begin()
    except (*BROKEN, *UNREADABLE) as error:
        report.cut_short(error)


def _documents_in(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return next((value[name] for name in ("documents", "PubTator3") if isinstance(value.get(name), list)), [value])
    return value if isinstance(value, list) else [value]


def _document(element: Element) -> Json:
    """A document of the XML as one of the JSON."""
    found: Json = {"id": element.findtext("id", ""), "passages": [], "annotations": _annotations(element)}
    for passage in element.iterfind("passage"):
        found["passages"].append({**_text(passage), "annotations": _annotations(passage)})
        for sentence in passage.iterfind("sentence"):
            found["passages"][-1].setdefault("sentences", []).append(
                {**_text(sentence), "annotations": _annotations(sentence)}
            )
    return found


def _text(element: Element) -> Json:
    return {
        "offset": element.findtext("offset", "0"),
        "text": element.findtext("text", ""),
        "infons": _infons(element),
    }


def _infons(element: Element) -> dict[str, str]:
    return {infon.get("key", ""): infon.text or "" for infon in element.iterfind("infon")}


def _annotations(element: Element) -> list[Json]:
    return [
        {
            "infons": _infons(one),
            "text": one.findtext("text", ""),
            "locations": [
                {"offset": place.get("offset"), "length": place.get("length")} for place in one.iterfind("location")
            ],
        }
        for one in element.iterfind("annotation")
    ]


class _Placed:
    """The text that passages make, and where an offset of the document lies in it."""

    def __init__(self, passages: Iterable[Mapping[str, Any]]) -> None:
        self.sections: list[Section] = []
        self.text = ""
        self._starts: list[tuple[int, int, int]] = []  # of a passage: its offset, its end, what to add
        for passage in passages:
            for part in passage.get("sentences") or [passage]:
                text, offset = str(part.get("text") or ""), int(part.get("offset") or 0)
                if text:
                    self._add(text, offset, str((passage.get("infons") or {}).get("type") or ""))

    def _add(self, text: str, offset: int, kind: str) -> None:
        start = len(self.text) + bool(self.text)
        self.text = f"{self.text} {text}" if self.text else text
        last = self.sections[-1] if self.sections else None
        if last and last.name == kind and kind not in TITLES:
            self.sections[-1] = Section(kind, last.start, len(self.text))
        else:
            self.sections.append(Section(kind, start, len(self.text)))
        self._starts.append((offset, offset + len(text), start - offset))

    def moved(self, offset: int, length: int) -> tuple[int, int] | None:
        """Offsets in `text`; None for what is in no passage."""
        for start, end, shift in self._starts:
            if start <= offset < offset + length <= end:
                return offset + shift, offset + length + shift
        return None


def _article(document: Any, record: int, report: Reporter) -> Iterator[Article]:
    """The article of a document, none where it is reported."""
    try:
        passages = document["passages"]
        placed = _Placed(passages)
        article_id = str(document.get("id") or document.get("pmid") or "").strip()
        rows = [document, *passages, *(one for passage in passages for one in passage.get("sentences") or ())]
        annotations = [one for row in rows for one in row.get("annotations") or ()]
    except _ODD as error:
        report(f"this is no document of BioC ({error!r}); complete or delete it", record=record)
        return
    if not article_id or not placed.text:
        report("expected an id and a text; complete or delete the document", record=record)
        return
    mentions = tuple(_mentions(annotations, placed, article_id, record, report))
    kinds = [section.name for section in placed.sections]
    has_title = len(kinds) > 0 and kinds[0] in TITLES
    title = placed.text[: placed.sections[0].end] if has_title else ""
    abstract = placed.text[len(title) + 1 :] if has_title else placed.text
    plain = all(kind in of for kind, of in zip(kinds, _PARTS, strict=False)) and len(kinds) <= len(_PARTS)
    sections = () if plain or not any(kinds) else tuple(placed.sections)
    yield Article(article_id, title, abstract, mentions, sections)


def _mentions(
    annotations: Iterable[Any], placed: _Placed, article_id: str, record: int, report: Reporter
) -> Iterator[Mention]:
    for annotation in annotations:
        try:
            places = sorted((int(one["offset"]), int(one["length"])) for one in annotation["locations"])
            infons = annotation.get("infons") or {}
            ids = next((str(infons[key]) for key in _IDS if infons.get(key)), "")
            label = str(infons.get("type") or "")
            found = [placed.moved(*place) for place in places]
        except _ODD as error:
            report(_in(article_id, f"an annotation cannot be read ({error!r})"), record=record, kind=MentionError)
            continue
        inside = [place for place in found if place is not None]
        if not inside or len(inside) < len(found):
            at = ", ".join(f"{offset}+{length}" for offset, length in places) or "no place"
            report(_in(article_id, f"an annotation at {at} is in no passage"), record=record, kind=MentionError)
            continue
        start, end = inside[0][0], max(end for _, end in inside)
        own = " ".join(placed.text[one:other] for one, other in inside)
        wanted = " ".join(str(annotation.get("text") or "").split())
        if wanted and wanted != " ".join(own.split()) and wanted != " ".join(placed.text[start:end].split()):
            problem = f"expected {wanted!r} at {places[0][0]}, the text has {own!r}"
            report(_in(article_id, problem), record=record, kind=MentionError)
            continue
        yield Mention(placed.text[start:end], start, end, label, split_ids(ids), fragments_of(inside))


def _in(article_id: str, problem: str) -> str:
    return f"article {article_id}: {problem}; correct or delete it"


def _record(linked: LinkedArticle) -> Json:
    """A document as JSON."""
    article = linked.article
    text = article.text
    sections = _passages(article)
    passages: list[Json] = [
        {
            "offset": one.start,
            "infons": {"type": one.name},
            "text": text[one.start : one.end],
            "sentences": [],
            "annotations": [],
            "relations": [],
        }
        for one in sections
    ]
    for number, mention in enumerate(linked.mentions, 1):
        passage = _passage_of(mention.mention, sections)
        if passage is not None:
            passages[passage]["annotations"].append(_annotation(str(number), mention, text))
    return {"id": article.article_id, "infons": {}, "passages": passages, "annotations": [], "relations": []}


def left_out(linked: LinkedArticle) -> dict[str, int]:
    """How many mentions BioC has no place for: its annotations lie in passages."""
    sections = _passages(linked.article)
    return {ACROSS: sum(_passage_of(one.mention, sections) is None for one in linked.mentions)}


def _passages(article: Article) -> list[Section]:
    """The sections with what stands between them, or title and abstract where there are none, or where some overlap."""
    found: list[Section] = []
    end = 0
    for one in sorted(article.sections, key=lambda section: section.start):
        if one.start < end:
            return _two(article)
        found += [*_between(article.text, end, one.start), one]
        end = one.end
    return [*found, *_between(article.text, end, len(article.text))] if found else _two(article)


def _between(text: str, start: int, end: int) -> list[Section]:
    """What is not blank there, as a passage."""
    own = text[start:end]
    left, right = len(own) - len(own.lstrip()), len(own.rstrip())
    return [Section("text", start + left, start + right)] if left < right else []


def _two(article: Article) -> list[Section]:
    """Title and abstract."""
    end = len(article.text)
    if article.title and article.abstract:
        return [Section("title", 0, len(article.title)), Section("abstract", len(article.title) + 1, end)]
    return [Section("title" if article.title else "abstract", 0, end)]


def _passage_of(mention: Mention, sections: Iterable[Section]) -> int | None:
    """The number of the passage that a mention lies in; None for one that runs over the end of a passage."""
    for number, section in enumerate(sections):
        if section.start <= mention.start and mention.end <= section.end:
            return number
    return None


def _annotation(number: str, linked: LinkedMention, text: str) -> Json:
    mention = linked.mention
    infons = {"type": mention.label or _NO_LABEL}
    if mention.concept_ids:
        infons["identifier"] = join_ids(mention.concept_ids)
    if linked.candidates:
        infons["probability"] = f"{linked.candidates[0].probability:.4f}"
        infons["name"] = linked.candidates[0].name
    places = mention.fragments or ((mention.start, mention.end),)
    own = " ".join(text[start:end] for start, end in places)
    locations = [{"offset": start, "length": end - start} for start, end in places]
    return {"id": number, "infons": infons, "text": own, "locations": locations}


def _element(document: Json) -> Element:
    root = Element("document")
    SubElement(root, "id").text = document["id"]
    for passage in document["passages"]:
        part = SubElement(root, "passage")
        _add_infons(part, passage["infons"])
        SubElement(part, "offset").text = str(passage["offset"])
        SubElement(part, "text").text = passage["text"]
        for one in passage["annotations"]:
            annotation = SubElement(part, "annotation", {"id": one["id"]})
            _add_infons(annotation, one["infons"])
            for place in one["locations"]:
                SubElement(annotation, "location", {name: str(value) for name, value in place.items()})
            SubElement(annotation, "text").text = one["text"]
    return root


def _add_infons(element: Element, infons: Mapping[str, str]) -> None:
    for key, value in infons.items():
        SubElement(element, "infon", {"key": key}).text = value
