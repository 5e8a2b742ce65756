"""The starter's concepts: well-formed, typed, each name with one owner, and nothing that MeSH contradicts."""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from angel_spacy.kb.concept import Concept
from angel_spacy.kb.identifiers import fold_id
from angel_spacy.kb.normalise import normalise_v1
from angel_spacy.kb.readers import FORMATS, Source

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "Disease": ROOT / "angel_spacy/starter/concepts/diseases.jsonl",
    "Chemical": ROOT / "angel_spacy/starter/concepts/chemicals.jsonl",
}
SCRIPT = ROOT / "scripts/check_starter_kb.py"
KB_DATA = ROOT.parent / "shared/data/kb"

# Abbreviations in equal use for two things; context has to tell.
AMBIGUOUS = {
    "dm": {"D003920", "D009223"},  # diabetes mellitus, myotonic dystrophy
    "mg": {"D008274", "D009157"},  # magnesium, myasthenia gravis
    "mpa": {"D017258", "D055953"},  # medroxyprogesterone acetate, microscopic polyangiitis
    "pcp": {"D010622", "D011020"},  # phencyclidine, Pneumocystis pneumonia
    "se": {"D012643", "D013226"},  # selenium, status epilepticus
    "tpa": {"D010959", "D013755"},  # tissue plasminogen activator, a phorbol ester
}


@pytest.fixture(scope="module")
def by_type() -> dict[str, list[Concept]]:
    return {kind: list(FORMATS["jsonl"].read(Source(path))) for kind, path in FILES.items()}


@pytest.fixture(scope="module")
def concepts(by_type: dict[str, list[Concept]]) -> list[Concept]:
    return [concept for group in by_type.values() for concept in group]


def test_holds_the_frequent_diseases_and_chemicals(by_type: dict[str, list[Concept]]) -> None:
    assert len(by_type["Disease"]) >= 720
    assert len(by_type["Chemical"]) >= 480
    assert sum(map(len, by_type.values())) >= 1200


def test_every_concept_has_the_type_of_its_file(by_type: dict[str, list[Concept]]) -> None:
    for kind, group in by_type.items():
        assert {concept.types for concept in group} == {(kind,)}


def test_files_are_sorted_by_id(by_type: dict[str, list[Concept]]) -> None:
    for group in by_type.values():
        ids = [concept.concept_id for concept in group]
        assert ids == sorted(ids)


def test_ids_are_mesh_ids_and_belong_to_one_concept(concepts: list[Concept]) -> None:
    assert all(re.fullmatch(r"[CD](\d{6}|\d{9})", concept.concept_id) for concept in concepts)
    alternatives = [alt for concept in concepts for alt in concept.alt_ids]
    assert all(re.fullmatch(r"C(\d{6}|\d{9})|\d{6}", alt) for alt in alternatives)
    ids = Counter(fold_id(text) for concept in concepts for text in (concept.concept_id, *concept.alt_ids))
    assert [text for text, count in ids.items() if count > 1] == []


def test_names_are_clean_and_differ_within_a_concept(concepts: list[Concept]) -> None:
    for concept in concepts:
        normalised = [normalise_v1(name) for name in concept.names]
        assert all(normalised)
        assert len(normalised) == len(set(normalised)), concept
        assert all(name == " ".join(name.split()) for name in concept.names), concept


def test_a_name_has_one_owner_unless_it_is_truly_ambiguous(concepts: list[Concept]) -> None:
    owners = defaultdict(set)
    for concept in concepts:
        for name in concept.names:
            owners[normalise_v1(name)].add(concept.concept_id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == AMBIGUOUS


def test_definitions_are_one_short_sentence(concepts: list[Concept]) -> None:
    definitions = [concept.definition for concept in concepts if concept.definition]
    assert len(definitions) >= 200
    assert all(text.endswith(".") and len(text) <= 120 for text in definitions)


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)


def test_the_check_finds_a_wrong_heading_a_wrong_id_and_a_borrowed_name(tmp_path: Path) -> None:
    mesh = tmp_path / "mesh.tsv"
    mesh.write_text("D000001\tFoot Edema\tSwollen Foot\nD000002\tRed Ear\t\nD000003\tCold Nose\t\n", encoding="utf-8")
    folder = tmp_path / "concepts"
    folder.mkdir()
    lines = [
        {"id": "D000001", "names": ["Foot Edema", "swollen foot", "oedema of foot", "foot oedemas", "FE", "red ear"]},
        {"id": "D000003", "names": ["Nose, Cold"]},
        {"id": "D000009", "names": ["Green Toe"]},
    ]
    (folder / "some.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    output = tmp_path / "metrics.json"

    assert _run("--mesh", mesh, "--concepts", folder, "--output", output).returncode == 1
    report = json.loads(output.read_text(encoding="utf-8"))
    assert [error.split(":")[0] for error in report["errors"]] == [
        "D000001 Foot Edema",
        "D000003 Nose, Cold",
        "D000009 Green Toe",
    ]
    assert (report["confirmed"], report["variants"]) == (2, 2)
    assert report["own"] == ["Foot Edema | oedema of foot", "Foot Edema | FE", "Green Toe | Green Toe"]


def test_mesh_contradicts_nothing(tmp_path: Path) -> None:
    mesh, merged = KB_DATA / "mesh_descriptors_2019.tsv.gz", KB_DATA / "mesh_medic_merged.jsonl.gz"
    if not (mesh.exists() and merged.exists()):
        pytest.skip("needs the MeSH tables of ../shared/data/kb")
    output = tmp_path / "metrics.json"
    done = _run("--mesh", mesh, "--more", merged, "--output", output)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(output.read_text(encoding="utf-8"))
    assert report["errors"] == report["unchecked"] == []
    assert (report["confirmed"] + report["variants"]) / report["names"] >= 0.8
