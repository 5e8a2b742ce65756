"""A run that is killed, whole, at any time, and given again: the same bytes as one that was left alone."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sharding import shards_in, write
from tiny import tiny_pipeline

WORDS = ("Gout and aspirin.", "Renal failure.", "Nothing here.")


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signals")
def test_a_run_that_is_killed_and_given_again_writes_the_same(tmp_path: Path):
    pipeline, source = tmp_path / "pipeline", tmp_path / "texts.jsonl"
    tiny_pipeline().to_disk(pipeline)
    write(source, [WORDS[number % 3] for number in range(600)])
    program = [sys.executable, "-m", "spacy", "angel", "annotate", str(source), "", "--pipeline", str(pipeline)]
    program += ["--n-process", "2", "--shard-size", "20"]
    alone, often = f"{tmp_path}/alone/", f"{tmp_path}/often/"
    program[6] = alone
    subprocess.run(program, check=True, capture_output=True)
    program[6] = often
    rng = random.Random(0)
    done = Path(often, ".angel", "done")
    for _ in range(1):
        with subprocess.Popen(
            program, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            before = len(list(done.glob("*.json")))
            while run.poll() is None and len(list(done.glob("*.json"))) < before + 3:
                time.sleep(0.01)
            time.sleep(rng.random() / 5)
            os.killpg(run.pid, signal.SIGKILL)
    subprocess.run(program, check=True, capture_output=True)
    assert shards_in(Path(often)) == shards_in(Path(alone))
    manifests = [Path(folder, "manifest.jsonl").read_text() for folder in (often, alone)]
    assert manifests[0] == manifests[1]
    assert json.loads(manifests[0].splitlines()[-1])["articles"] == 600
