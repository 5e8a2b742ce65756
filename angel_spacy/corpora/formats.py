"""The formats, a line each: how a file is told, read and written, and what help texts and messages say of it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ConfigError, CorpusError
from ..files import UNREADABLE, is_packed, open_bytes, unpacked_name
from ..records import Article, LinkedArticle
from .bioc import bioc_json, bioc_xml, left_out, read_bioc_json, read_bioc_xml
from .brat import brat_sink, read_brat
from .docbin import docbin_sink, read_docbin
from .europe_pmc import read_europe_pmc
from .files import CutShortError, MentionError, OnError
from .jats import read_jats
from .jsonl import jsonl_line, read_jsonl, read_linked
from .knowtator import read_knowtator
from .label_studio import BETWEEN, HEAD, TAIL, label_studio_task, read_label_studio
from .losses import ALL, FRAGMENTS, SECTIONS, TITLES
from .parquet import parquet_sink, read_linked_parquet, read_parquet
from .published import read_askapatient, read_cometa, read_marked
from .pubmed_xml import read_pubmed_xml
from .pubtator import pubtator_block, read_pubtator
from .sinks import Sink, text_sink
from .text import read_text
from .webanno import read_webanno, webanno_sink

Reader = Callable[[Path, OnError | None], Iterator[Article]]


def _pubtator(linked: LinkedArticle) -> str:
    return pubtator_block(linked.article)


@dataclass(frozen=True, slots=True)
class Format:
    """`read` gives the articles of a file, `sink` opens one for writing; None: the format is read only.

    A file is of the format whose pattern `called` is in its name; else of the one whose `suffixes` its name has, where
    that is one alone and `suffix_tells`; else of the first with the suffix whose `beginning`, a pattern of bytes,
    matches its first bytes; where no suffix fits, of the first one whose beginning does. A folder is of the format that
    it `holds` a file of, by a pattern for paths. `keeps`: see `losses`. A `packed` file is not written as gzip.
    `linked` reads what was considered for the mentions, too.
    """

    name: str
    help: str
    read: Reader
    sink: Sink | None = None
    suffixes: tuple[str, ...] = ()
    suffix_tells: bool = True
    called: str = "(?!)"
    beginning: bytes = rb"(?!)"
    holds: str = ""
    packed: bool = False
    keeps: frozenset[str] = ALL
    linked: Callable[[Path, OnError | None], Iterator[LinkedArticle]] | None = None


_BIOC = frozenset({FRAGMENTS, SECTIONS, TITLES})
_XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<collection><source/><date/><key/>\n'
_JSON_HEAD = '{"source": "", "date": "", "key": "", "infons": {}, "documents": [\n'

FORMATS = (
    Format(
        "jsonl",
        "JSONL",
        read_jsonl,
        text_sink(jsonl_line),
        (".jsonl",),
        beginning=rb'\{\s*["}]',
        linked=read_linked,
    ),
    Format(
        "pubtator",
        "PubTator",
        read_pubtator,
        text_sink(_pubtator),
        (".pubtator",),
        beginning=rb"[^|\t\n]+\|[ta]\|",
        keeps=frozenset({TITLES}),
    ),
    Format(
        "bioc-xml",
        "BioC XML",
        read_bioc_xml,
        text_sink(bioc_xml, head=_XML_HEAD, tail="</collection>\n", lost=left_out),
        (".xml",),
        beginning=rb"(?s)(?=.*?<(collection|document)\b).*",
        keeps=_BIOC,
    ),
    Format(
        "bioc-json",
        "BioC JSON",
        read_bioc_json,
        text_sink(bioc_json, head=_JSON_HEAD, between=",\n", tail="\n]}\n", lost=left_out),
        (".json",),
        beginning=rb'(?s)[\[{].*"(passages|documents|PubTator3)"\s*:',
        keeps=_BIOC,
    ),
    Format(
        "jats",
        "JATS full text",
        read_jats,
        None,
        (".xml", ".nxml"),
        beginning=rb"(?s).*?<(article|pmc-articleset)[\s>]",
    ),
    Format(
        "pubmed-xml",
        "PubMed XML",
        read_pubmed_xml,
        None,
        (".xml",),
        beginning=rb"(?i)<([?!][a-z-]|\w+(\s[^<>]*)?>\s*<)",
    ),
    Format(
        "europe-pmc",
        "Europe PMC annotations",
        read_europe_pmc,
        None,
        (".json",),
        beginning=rb'(?s)(?!.*"data"\s*:)[\[{].*"(extId|pmcid)"\s*:',
    ),
    Format(
        "label-studio",
        "Label Studio JSON",
        read_label_studio,
        text_sink(label_studio_task, head=HEAD, between=BETWEEN, tail=TAIL),
        (".json",),
        beginning=rb'(?s)\[\s*\{.*"(data|annotations|predictions)"\s*:',
        keeps=frozenset({TITLES}),
    ),
    Format(
        "cometa",
        "COMETA",
        read_cometa,
        None,
        (".csv", ".tsv"),
        suffix_tells=False,
        beginning=rb"[^\n]*\bGeneral SNOMED ID\b",
    ),
    Format("marked", "source and label files", read_marked, None, (".source",)),
    Format("askapatient", "AskAPatient", read_askapatient, None, called=r"AskAPatient.*\.txt(\.gz)?$"),
    Format(
        "parquet",
        "Parquet",
        read_parquet,
        parquet_sink,
        (".parquet",),
        beginning=rb"PAR1",
        packed=True,
        linked=read_linked_parquet,
    ),
    Format(
        "docbin",
        "spaCy's DocBin",
        read_docbin,
        docbin_sink,
        (".spacy",),
        packed=True,
        keeps=frozenset({SECTIONS, TITLES}),
    ),
    Format("knowtator", "Knowtator XML, as CRAFT", read_knowtator, None, holds="*.knowtator.xml"),
    Format("brat", "brat standoff", read_brat, brat_sink, holds="*.ann", keeps=frozenset({FRAGMENTS})),
    Format(
        "webanno",
        "WebAnno TSV",
        read_webanno,
        webanno_sink,
        (".tsv",),
        suffix_tells=False,
        beginning=rb"#FORMAT=WebAnno TSV 3",
        holds="*.tsv",
        keeps=frozenset(),
    ),
    Format("text", "plain text (each paragraph is an article)", read_text, None, beginning=b""),  # it begins anyhow
)

_OF_OTHERS = (".obo", ".owl", ".ttl", ".rdf", ".rrf", ".ann", ".a1", ".a2", ".label")  # what is never plain text
_HEAD = 4096  # bytes that are enough to see how a file begins


def read_articles(
    path: Path,
    format: str | None = None,  # noqa: A002 the word that users of a command line expect
    on_error: OnError | None = None,
    *,
    texts_only: bool = False,
) -> Iterator[Article]:
    """Articles of a file or a folder, in the named format or the one that `guess_format` finds.

    The first bad record raises `CorpusError`; with `on_error` each is reported with its number and left out.
    `texts_only` leaves the mentions out, and says nothing of what is wrong with them.
    """
    path = Path(path)
    if not path.exists():
        raise CorpusError(f"{path}: there is no such file; check the path")
    read = format_called(format or guess_format(path)).read
    return _without_mentions(read, path, on_error) if texts_only else read(path, on_error)


def read_linked_articles(
    path: Path,
    format: str | None = None,  # noqa: A002 the word that users of a command line expect
    on_error: OnError | None = None,
) -> Iterator[LinkedArticle]:
    """As `read_articles`, with the candidates of mentions where the format has them."""
    linked = format_called(format or guess_format(path)).linked if path.exists() else None
    return linked(path, on_error) if linked else map(LinkedArticle.of, read_articles(path, format, on_error))


def guess_format(path: Path) -> str:
    """The name of the format by the file's suffix, `.gz` aside, and by how it begins; of a folder by what it holds."""
    if path.is_dir():
        return _of_folder(path).name
    if found := next((one for one in FORMATS if re.search(one.called, path.name)), None):
        return found.name
    known = _by_suffix(path)
    if len(known) == 1 and known[0].suffix_tells:
        return known[0].name
    *others, text = FORMATS
    head = _head(path)
    for one in (*known, *others):
        if re.match(one.beginning, head):
            return one.name
    if known:
        names = listed(one.name for one in known)
        raise CorpusError(f"{path}: it begins as no file of {names} does; name its format, or check the file")
    if suffix_of(path) in _OF_OTHERS:
        raise CorpusError(f"{path}: that is no corpus; `kb build` reads vocabularies, name the folder of annotations")
    return text.name


def format_to_write(path: Path, name: str | None = None) -> Format:
    """The format of this name, or the one that the suffix of a file to write names; those that are folders are written
    by name. Raises ConfigError."""
    files = [one for one in FORMATS if one.sink and not one.holds]
    known = [one for one in FORMATS if one.name == name] if name else [one for one in _by_suffix(path) if one in files]
    found = next((one for one in known if one.sink), None)
    if found and found.packed and is_packed(path):
        raise ConfigError(f"{path}: {found.help} is packed as it is; leave .gz out of the name.")
    if found is None:
        suffixes = listed(dict.fromkeys(suffix for one in files for suffix in one.suffixes))
        folders = listed(one.name for one in FORMATS if one.sink and one.holds)
        wrong = f"{name} cannot be written" if name else "that name tells of no format that can be written"
        raise ConfigError(f"{path}: {wrong}. End the name with {suffixes}, .gz behind it or not, or name {folders}.")
    return found


def listed(words: Iterable[str]) -> str:
    """The words as a sentence has them: `a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def format_called(name: str) -> Format:
    """The format with this name. Raises CorpusError."""
    found = next((one for one in FORMATS if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in FORMATS)
        raise CorpusError(f"expected a format of {names}, found {name!r}; choose one of these")
    return found


def _of_folder(path: Path) -> Format:
    for one in FORMATS:
        if one.holds and next(path.rglob(one.holds), None):
            return one
    held = listed(f"{one.holds} ({one.help})" for one in FORMATS if one.holds)
    raise CorpusError(f"{path}: the folder holds no {held}; name a file, or the format")


def _by_suffix(path: Path) -> list[Format]:
    return [one for one in FORMATS if suffix_of(path) in one.suffixes]


def suffix_of(path: Path) -> str:
    """What the name ends with, `.gz` aside, in small letters."""
    return Path(unpacked_name(path)).suffix.lower()


def _head(path: Path) -> bytes:
    try:
        with open_bytes(path) as file:
            return file.read1(_HEAD).lstrip()
    except UNREADABLE as error:
        raise CutShortError(f"{path}: cannot be read ({error}); check the path, or fetch the file again") from error


def _without_mentions(read: Reader, path: Path, on_error: OnError | None) -> Iterator[Article]:
    def report(error: CorpusError) -> None:
        if isinstance(error, MentionError):
            return
        if on_error is None:
            raise error
        on_error(error)

    return (replace(article, mentions=()) for article in read(path, report))
