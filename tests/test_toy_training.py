"""All stages of the toy configuration, as `spacy project run train` starts them."""

import json
import subprocess
import sys
from pathlib import Path

from angel_spacy.models.name_encoder import NameEncoder

PACKS = ("mesh_2025", "open_ontologies", "unii", "icd10cm_2026")
ROOT = Path(__file__).parents[1]
STAGES = ["pretrain", "broaden", "negatives", "finetune", "prefer"]


def run(folder, *command):
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_toy_goes_through_all_stages_and_gets_better(tmp_path):
    for name in ("configs", "scripts"):
        (tmp_path / name).symlink_to(ROOT / name)
    run(tmp_path, "scripts/link_assets.py", "nowhere", "--size", "toy")
    run(tmp_path, "scripts/name_pack.py", "assets/names.jsonl", *[f"assets/names/{name}.jsonl" for name in PACKS])
    for kind, source, kb in (
        ("medic", "medic.txt", "medic"),
        ("jsonl", "merged.jsonl", "merged"),
        ("ssslm", "phenotype.tsv", "phenotype"),
        ("jsonl", "names.jsonl", "names"),
    ):
        run(tmp_path, "-m", "spacy", "angel", "kb", "build", kind, f"assets/{source}", f"kb/{kb}")
    run(tmp_path, "-m", "spacy", "angel", "train", "configs/generator-toy.cfg", "--threads", "1")
    output = tmp_path / "training" / "toy"
    reads = ("--generator", str(output / "prefer" / "generator"))
    run(tmp_path, "-m", "spacy", "angel", "train-encoder", "configs/generator-toy.cfg", "--threads", "1", *reads)
    assert NameEncoder.from_file(output / "encoder").encode(["asthma"])[0].shape == (1, 32)
    metrics = {name: json.loads((output / name / "metrics.json").read_text()) for name in STAGES}
    assert all((output / name / "generator" / "model.safetensors").exists() for name in STAGES)
    assert metrics["negatives"]["n_pairs"] > 100
    assert metrics["prefer"]["n_pairs"] > 10
    first, last = metrics["pretrain"]["dev"], metrics["prefer"]["dev"][metrics["prefer"]["chosen_chunk"] + 1]
    assert sum(last.values()) > sum(first.values())
