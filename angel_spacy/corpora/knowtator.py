"""Knowtator's XML, as in CRAFT: a folder of texts, and files of annotations that name the text they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from ..files import UNREADABLE, Parts, open_bytes, read_whole
from ..records import Article, Mention
from ..xml_entities import declares_entities
from .files import MentionError, OnError, Reporter
from .xml_elements import BROKEN


def read_knowtator(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each text that some `*.xml` in the folder annotates, the whole of it its abstract.

    Labels are the prefixes of ids. What is broken raises CorpusError, or is reported to `on_error` and left out.
    """
    folder = Path(path)
    texts = {text.name: text for text in sorted(folder.rglob("*.txt"))}
    mentions: defaultdict[str, list[Path]] = defaultdict(list)
    for file in sorted(folder.rglob("*.xml")):
        if source := _source(file, Reporter(file, on_error)):
            mentions[source].append(file)
    for name in sorted(mentions):
        report = Reporter(texts.get(name, mentions[name][0]), on_error)
        if name not in texts:
            report(f"there is no text {name!r:.60} in the folder; put it there")
            continue
        try:
            text = report.path.read_bytes().decode("utf8").rstrip("\n")
        except (UnicodeDecodeError, *UNREADABLE) as error:
            report.cut_short(error)
            continue
        found = [one for file in mentions[name] for one in _mentions(file, text, Reporter(file, on_error))]
        found.sort(key=lambda one: (one.start, one.end))
        yield Article(name.removesuffix(".txt"), "", text, tuple(dict.fromkeys(found)))


def _source(file: Path, report: Reporter) -> str:
    """The text that a file annotates, "" where it is no file of Knowtator, or cannot be read."""
    try:
        with open_bytes(file) as opened:
            for _, element in ElementTree.iterparse(Parts(opened), events=["start"]):
                return element.get("textSource", "") if element.tag == "annotations" else ""
    except (*BROKEN, *UNREADABLE) as error:
        report.cut_short(error)
    return ""


def _mentions(file: Path, text: str, report: Reporter) -> Iterator[Mention]:
    try:
        if declares_entities(file):
            report("the document type declares entities; remove the DTD")
            return
        root = ElementTree.fromstring(read_whole(file))
    except (*BROKEN, *UNREADABLE) as error:
        report.cut_short(error)
        return
    concepts = {one.get("id", ""): _concept(one) for one in root.iterfind("classMention")}
    for number, annotation in enumerate(root.iterfind("annotation"), 1):
        key = annotation.find("mention")
        places = _places(annotation)
        if not places or not all(0 <= start < end <= len(text) for start, end in places):
            report("an annotation is outside of its text; correct it", record=number, kind=MentionError)
            continue
        start, end = places[0][0], max(end for _, end in places)
        concept = concepts.get(key.get("id", ""), "") if key is not None else ""
        fragments = tuple(places) if len(places) > 1 else ()
        ids = (concept,) if concept else ()
        yield Mention(text[start:end], start, end, concept.partition(":")[0], ids, fragments)


def _places(annotation: Element) -> list[tuple[int, int]]:
    """The offsets of its parts, none where they are no numbers."""
    try:
        return sorted((int(one.get("start", -1)), int(one.get("end", -1))) for one in annotation.iterfind("span"))
    except ValueError:
        return []


def _concept(mention: Element) -> str:
    kind = mention.find("mentionClass")
    concept_id = "" if kind is None else kind.get("id", "")
    return concept_id if ":" in concept_id else concept_id.replace("_", ":", 1)
