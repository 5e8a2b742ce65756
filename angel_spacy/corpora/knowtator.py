"""Knowtator's XML, as in CRAFT: a folder of texts, and files of annotations that name the text they belong to."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from ..files import UNREADABLE, Parts, open_bytes, read_whole
from ..records import Article, Mention
from ..xml_entities import declares_entities
from .files import MentionError, OnError, Reporter
from .fragments import fragments_of
from .xml_elements import BROKEN


def read_knowtator(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each text that some `*.xml` in the folder annotates, and for each beside such a one, the whole of
    it its abstract. Texts of one name are called by their paths, and a file belongs to the one that lies nearest.

    Labels are the prefixes of ids. What is broken raises CorpusError, or is reported to `on_error` and left out.
    """
    folder = Path(path)
    named: defaultdict[str, list[Path]] = defaultdict(list)
    for text in sorted(folder.rglob("*.txt")):
        named[text.name].append(text)
    files = _files_of_texts(folder, named, on_error)
    annotated = {text.parent for text in files}
    for text in (text for texts in named.values() for text in texts if text.parent in annotated):
        try:
            content = text.read_bytes().decode("utf8").rstrip("\n")
        except (UnicodeDecodeError, *UNREADABLE) as error:
            Reporter(text, on_error).cut_short(error)
            continue
        found = [one for file in files[text] for one in _mentions(file, content, Reporter(file, on_error))]
        found.sort(key=lambda one: (one.start, one.end))
        own = text.stem if len(named[text.name]) == 1 else text.relative_to(folder).with_suffix("").as_posix()
        if content.strip():
            yield Article(own, "", content, tuple(dict.fromkeys(found)))


def _files_of_texts(
    folder: Path, named: Mapping[str, list[Path]], on_error: OnError | None
) -> defaultdict[Path, list[Path]]:
    """The files of each text; those that belong to none are reported."""
    files: defaultdict[Path, list[Path]] = defaultdict(list)
    for file in sorted(folder.rglob("*.xml")):
        report = Reporter(file, on_error)
        if source := re.split(r"[/\\]", _source(file, report))[-1]:
            texts = _nearest(file, named.get(source, []))
            if len(texts) == 1:
                files[texts[0]].append(file)
            elif texts:
                report(f"it may belong to {texts[0]} or to {texts[1]}; put it beside its text")
            else:
                report(f"there is no text {source!r:.60} in the folder; put it there")
    return files


def _nearest(file: Path, texts: Sequence[Path]) -> list[Path]:
    """Those with which it shares the longest beginning of its path."""
    shared = [len(Path(os.path.commonpath((file, text))).parts) for text in texts]
    return [text for text, n in zip(texts, shared, strict=True) if n == max(shared)]


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
        ids = (concept,) if concept else ()
        yield Mention(text[start:end], start, end, concept.partition(":")[0], ids, fragments_of(places))


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
