"""A pipeline in a folder, runs of it over files, and what they wrote."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sharding import write
from spacy.language import Language
from tiny import tiny_pipeline

from angel_spacy.annotation.shards.folder import RunFolder
from angel_spacy.annotation.shards.manifest import Totals
from angel_spacy.annotation.shards.run import Engine, Local, annotate_files
from angel_spacy.annotation.shards.work import Job

WORDS = ("Gout and aspirin.", "Renal failure.", "Nothing here.", "Zinc helps in gout.")
PARENT = os.getpid()


@Language.component("test_kills_on_boom")
def kills_on_boom(doc):
    if "boom" in doc.text and os.getpid() != PARENT:
        os.kill(os.getpid(), signal.SIGKILL)
    if "bang" in doc.text:
        raise RuntimeError("it went off")
    return doc


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> str:
    nlp = tiny_pipeline()
    nlp.add_pipe("test_kills_on_boom", first=True)
    folder = tmp_path_factory.mktemp("shards") / "pipeline"
    nlp.to_disk(folder)
    return str(folder)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twenty-three articles."""
    path = tmp_path / "in" / "texts.jsonl"
    path.parent.mkdir()
    write(path, [WORDS[number % len(WORDS)] for number in range(23)])
    return path


Run = Callable[..., Totals]


@pytest.fixture
def run(pipeline: str, tmp_path: Path) -> Run:
    """Annotates files into tmp_path/NAME and gives the totals; `done` gets the names of the shards that were done."""

    def annotate(
        *paths: Path,
        name: str = "out",
        engine: Engine | None = None,
        form: str = "jsonl",
        suffix: str = ".jsonl.gz",
        size: int = 5,
        done: list[str] | None = None,
        **job: object,
    ) -> Totals:
        names: list[str] = [] if done is None else done
        settings = job.pop("settings", {})
        work = Job(pipeline, None, settings, RunFolder(tmp_path / name, suffix), form, **job)
        totals, _ = annotate_files(
            paths,
            work,
            engine or Local(2),
            shard_size=size,
            begun=lambda _: None,
            done=lambda report: names.append(report["shard"]),
        )
        return totals

    return annotate
