"""The UMLS Metathesaurus and RxNorm: tables with bars between the fields (Rich Release Format)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept, languages_by_name
from .source import Source, chosen, distinct, flag, numbered_lines

Key = tuple[int, bool, bool, bool]

_TAGS = {
    "BAQ": "eu",
    "CHI": "zh",
    "CZE": "cs",
    "DAN": "da",
    "DUT": "nl",
    "ENG": "en",
    "EST": "et",
    "FIN": "fi",
    "FRE": "fr",
    "GER": "de",
    "GRE": "el",
    "HEB": "he",
    "HUN": "hu",
    "ITA": "it",
    "JPN": "ja",
    "KOR": "ko",
    "LAV": "lv",
    "NOR": "no",
    "POL": "pl",
    "POR": "pt",
    "RUS": "ru",
    "SCR": "hr",
    "SPA": "es",
    "SWE": "sv",
    "TUR": "tr",
    "UKR": "uk",
}
"""UMLS's code of a language -> its tag."""

_SUPPRESSED = frozenset("OEY")  # obsolete, by an editor, by a source


@dataclass(frozen=True, slots=True)
class _Atom:
    """A row of MRCONSO: a name that a vocabulary gives a concept."""

    concept_id: str
    language: str
    vocabulary: str
    term_type: str
    name: str
    is_suppressed: bool
    is_preferred: tuple[bool, bool, bool]  # its term, its string in the term, itself in the string
    line: int


def read_umls(
    source: Source,
    *,
    vocabularies: str = "",
    languages: str = "ENG",
    suppressible: bool | str = False,
    types: str = "",
    definitions: bool | str = True,
) -> Iterator[Concept]:
    """The concepts of MRCONSO.RRF with the semantic types of MRSTY.RRF and a definition of MRDEF.RRF.

    `vocabularies` (SAB), `languages` (LAT, `ENG` or `en`) and `types` (TUI) are those that are wanted, "" for all;
    `suppressible`: with the atoms that UMLS advises to leave out. The preferred name is that of the best atom by
    MRRANK.RRF, or, where that is missing, by UMLS's own marks. The tables must be in the order of concept ids, as
    they are published.
    """
    files = source.find("MRCONSO.RRF")
    source.version = source.version or _release(source)
    codes = {tag: code for code, tag in _TAGS.items()}
    spoken = frozenset(codes.get(one.lower(), one.upper()) for one in chosen(languages))
    wanted = _Wanted(source, files[0], chosen(vocabularies), spoken, flag(suppressible))
    ranks = _ranks(source.find("MRRANK.RRF", needed=False))
    semantic = _Beside(source.find("MRSTY.RRF", needed=False), 1)
    defined = _Beside(source.find("MRDEF.RRF", needed=False) if flag(definitions) else [], 5, suppressed=6)
    only = chosen(types)
    last = ""
    for concept_id, of in groupby(_atoms(files), attrgetter("concept_id")):
        atoms = list(of)
        if concept_id <= last:
            raise KnowledgeBaseError(
                f"{files[0]}, line {atoms[0].line}: {concept_id} comes behind {last}; sort the table by its ids."
            )
        last = concept_id
        kept = [atom for atom in atoms if wanted(atom)]
        own = distinct(semantic.of(concept_id))
        definition = next(iter(defined.of(concept_id)), "")
        if not kept:
            continue
        if only and only.isdisjoint(own):
            source.skip("another semantic type", f"{concept_id} {kept[0].name!r}", files[0], kept[0].line)
            continue
        yield _concept(concept_id, kept, ranks, own, definition)
    for beside in (semantic, defined):
        beside.check_rest()


def read_rxnorm(
    source: Source, *, vocabularies: str = "RXNORM", term_types: str = "", suppressible: bool | str = False
) -> Iterator[Concept]:
    """The concepts of RXNCONSO.RRF with the types of RXNSTY.RRF.

    `vocabularies` (SAB) and `term_types` (TTY: IN for ingredients, BN for brand names, SCD for clinical drugs …) are
    those that are wanted, "" for all. Ingredients' names come before those of brands, these before those of drugs.
    """
    files = source.find("RXNCONSO.RRF")
    wanted = _Wanted(source, files[0], chosen(vocabularies), frozenset(), flag(suppressible))
    of_type = chosen(term_types)
    atoms: dict[str, list[_Atom]] = {}
    for atom in _atoms(files):
        if wanted(atom):
            atoms.setdefault(atom.concept_id, []).append(atom)
    semantic: dict[str, list[str]] = {}
    for _, fields in _fields(source.find("RXNSTY.RRF", needed=False), 4):
        semantic.setdefault(fields[0], []).append(fields[1])
    ranks = {("RXNORM", kind): -place for place, kind in enumerate(_RXNORM_ORDER)}
    for concept_id, own in atoms.items():
        if of_type and of_type.isdisjoint(atom.term_type for atom in own):
            source.skip("another term type", f"{concept_id} {own[0].name!r}", files[0], own[0].line)
            continue
        yield _concept(concept_id, own, ranks, distinct(semantic.get(concept_id, ())), "")


_RXNORM_ORDER = ("IN", "PIN", "MIN", "BN", "SCDC", "SCDF", "SCDG", "SBDC", "SBDF", "SBDG", "SCD", "SBD", "GPCK", "BPCK")


class _Wanted:
    """Whether an atom is wanted; the others are noted as skipped."""

    def __init__(
        self,
        source: Source,
        path: Path,
        vocabularies: frozenset[str],
        languages: frozenset[str],
        suppressible: bool,
    ) -> None:
        self._source, self._path = source, path
        self._vocabularies, self._languages, self._suppressible = vocabularies, languages, suppressible

    def __call__(self, atom: _Atom) -> bool:
        reason = self._against(atom)
        if reason:
            self._source.skip(reason, f"{atom.concept_id} {atom.name!r}", self._path, atom.line)
        return not reason

    def _against(self, atom: _Atom) -> str:
        if self._languages and atom.language not in self._languages:
            return f"names in another language ({atom.language})"
        if self._vocabularies and atom.vocabulary not in self._vocabularies:
            return "names of another vocabulary"
        return "suppressible names" if atom.is_suppressed and not self._suppressible else ""


_BEHIND_ALL = "\U0010ffff"


class _Beside:
    """A field of a table that is in the order of concept ids, read along with another one."""

    def __init__(self, paths: list[Path], field: int, suppressed: int | None = None) -> None:
        """`suppressed`: the field that says whether a row is."""
        self._paths = paths
        kept = (
            fields
            for _, fields in _fields(paths, field + 1)
            if suppressed is None or fields[suppressed : suppressed + 1] != ["O"]
        )
        rows = ((fields[0], fields[field]) for fields in kept)
        self._groups = groupby(rows, itemgetter(0))
        self._key, self._values = "", [""]

    def of(self, concept_id: str) -> list[str]:
        """What the concept has; ids must be asked for in order."""
        while self._key < concept_id:
            self._key, rows = self._next()
            self._values = [value for _, value in rows]
        return self._values if self._key == concept_id else []

    def check_rest(self) -> None:
        """Raises KnowledgeBaseError when what was not asked for is not in order either."""
        while self._key != _BEHIND_ALL:
            self._key, _ = self._next()

    def _next(self) -> tuple[str, Iterator[tuple[str, str]]]:
        key, rows = next(self._groups, (_BEHIND_ALL, iter(())))
        if key < self._key:
            names = ", ".join(map(str, self._paths))
            raise KnowledgeBaseError(f"{names}: {key} stands behind {self._key}; sort it by concept, as NLM does.")
        return key, rows


def _concept(
    concept_id: str, atoms: list[_Atom], ranks: dict[tuple[str, str], int], types: tuple[str, ...], definition: str
) -> Concept:
    def order(atom: _Atom) -> Key:
        return (ranks.get((atom.vocabulary, atom.term_type), -1_000_000), *atom.is_preferred)

    name = max(atoms, key=order).name
    others = distinct((atom.name for atom in atoms), but=name)
    spoken = languages_by_name((atom.name, _TAGS.get(atom.language, atom.language.lower())) for atom in atoms)
    languages = tuple(spoken[one] for one in (name, *others))
    return Concept(concept_id, name, others, (), types, definition, languages=languages)


def _atoms(paths: list[Path]) -> Iterator[_Atom]:
    for number, of in _fields(paths, 17):
        if of[0] and of[14].strip():
            preferred = (of[2] == "P", of[4] == "PF", of[6] == "Y")
            yield _Atom(of[0], of[1], of[11], of[12], of[14].strip(), of[16] in _SUPPRESSED, preferred, number)


def _ranks(paths: list[Path]) -> dict[tuple[str, str], int]:
    """(vocabulary, term type) -> rank, the higher the better."""
    ranks: dict[tuple[str, str], int] = {}
    for number, of in _fields(paths, 3):
        if not re.fullmatch(r"[0-9]{1,9}", of[0].strip()):
            raise KnowledgeBaseError(f"{paths[0]}, line {number}: expected a rank, got {of[0]!r:.60}: is it MRRANK?")
        ranks[of[1], of[2]] = int(of[0])
    return ranks


def _release(source: Source) -> str:
    for path in source.find("release.dat", needed=False):
        for _, line in numbered_lines(path):
            if line.startswith("umls.release.name="):
                return line.partition("=")[2].strip()
    return ""


def _fields(paths: list[Path], least: int) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of a table in parts, none where there is none."""
    for number, line in numbered_lines(*paths) if paths else ():
        fields = line.split("|")
        if len(fields) < least:
            raise KnowledgeBaseError(
                f"{paths[0]}, line {number}: expected {least} fields or more with bars, got {len(fields)}: is it RRF?"
            )
        yield number, fields
