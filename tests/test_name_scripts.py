"""The scripts that make and check names to learn from."""

import json
import subprocess
import sys
from pathlib import Path

from angel_spacy.kb import Concept, KnowledgeBase

ROOT = Path(__file__).parents[1]
WRITTEN = """T:1\tGout\turic acid disease|podagric|fever
T:2\tFever\thot|pyrexial|feverish state|podagric
T:9\tUnknown\tnothing known
"""


def run(script, *arguments):
    command = [sys.executable, str(ROOT / "scripts" / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_names_at_fault_are_said_and_left_out(tmp_path):
    KnowledgeBase([Concept("T:1", "Gout"), Concept("T:2", "Fever")]).to_disk(tmp_path / "kb")
    path = tmp_path / "names.tsv"
    path.write_text(WRITTEN)
    done = run("check_names.py", path, "--kb", tmp_path / "kb")
    assert done.returncode == 1
    for fault in (
        "'fever': a name of T:2",
        "'podagric': written for two concepts",
        "T:9 Unknown: '': the id is in no knowledge base",
        "8 names of 3 concepts, 4 faults",
    ):
        assert fault in done.stdout
    assert run("check_names.py", path, "--kb", tmp_path / "kb", "--write").returncode == 0
    assert path.read_text() == "T:1\tGout\turic acid disease\nT:2\tFever\thot|pyrexial|feverish state\n"
    assert run("check_names.py", path, "--kb", tmp_path / "kb").returncode == 0


def test_the_written_names_can_be_built_and_name_nothing_twice(tmp_path):
    rows = [
        (concept_id, name)
        for path in sorted((ROOT / "configs" / "names").glob("*.tsv"))
        for line in path.read_text(encoding="utf8").splitlines()
        for concept_id, _, names in [line.split("\t")]
        for name in names.split("|")
    ]
    assert len(rows) > 30_000
    normalise = KnowledgeBase().normalise
    owner = {}
    for concept_id, name in rows:
        assert owner.setdefault(normalise(name), concept_id) == concept_id, name


def test_a_pack_keeps_names_that_texts_use_and_says_what_they_name(tmp_path):
    toys = ROOT / "configs" / "toy" / "names"
    done = run("name_pack.py", tmp_path / "names.jsonl", *sorted(toys.glob("*.jsonl")))
    assert done.returncode == 0, done.stderr
    found = {one["id"]: one["types"] for one in map(json.loads, (tmp_path / "names.jsonl").read_text().splitlines())}
    assert found == {
        "ICD10CM:J45": ["disease"],
        "ICD10CM:W00": [],
        "TOYM:1": ["disease"],
        "TOYM:2": ["disease"],
        "TOYM:3": ["chemical"],
        "TOYM:4": ["anatomy"],
        "TOYM:5": ["chemical"],
        "MONDO:1": ["disease"],
        "EFO:2": [],
        "UNII:1": ["chemical"],
    }


def test_abbreviation_pairs_are_counted(tmp_path):
    texts, pairs = tmp_path / "texts.jsonl", tmp_path / "pairs.jsonl"
    articles = [
        {"id": "1", "title": "Multiple sclerosis (MS).", "abstract": "Testosterone (T, 5 mg/kg) was given."},
        {"id": "2", "title": "Nothing short here.", "abstract": ""},
        {"id": "3", "title": "Not judged (NJ).", "abstract": ""},
    ]
    texts.write_text("".join(json.dumps(one) + "\n" for one in articles))
    right = [{"id": "1", "short": "MS", "long": "Multiple sclerosis"}, {"id": "1", "short": "X", "long": "Y"}]
    pairs.write_text("".join(json.dumps(one) + "\n" for one in [*right, {"id": "2"}]))
    printed = run("abbreviation_pairs.py", texts, "--pairs", pairs).stdout
    assert "2 articles, 2 pairs" in printed
    rows = {line.split("  ")[0]: line for line in printed.splitlines()}
    assert [rows["scispaCy's"].split("(")[i].split()[-1] for i in (0, 1)] == ["100.0", "50.0"]
    assert [rows["both"].split("(")[i].split()[-1] for i in (0, 1)] == ["50.0", "50.0"]  # T is no pair that was judged
