"""The trials of hardening say what goes wrong, and that nothing does."""

import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from angel_spacy.errors import CorpusError  # noqa: E402
from benchmarks.hardening import bombs, corpora, fuzz, kbs, requests  # noqa: E402
from benchmarks.hardening.corpus_texts import TEXTS  # noqa: E402
from benchmarks.hardening.kb_texts import SOURCES  # noqa: E402
from benchmarks.hardening.trials import Effort, Outcome  # noqa: E402

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="watched by /proc")


@pytest.fixture
def effort(tmp_path: Path) -> Effort:
    return Effort(60, 15, 1, 1, 0, tmp_path / "kept")


def target(read) -> fuzz.Target:
    return fuzz.Target("toy", [{"a.txt": b"Gout."}], read)


def test_every_format_has_a_valid_sample():
    assert set(TEXTS) | {one.name for one in corpora.FORMATS if one.sink} == {one.name for one in corpora.FORMATS}
    assert set(SOURCES) == kbs.FORMATS.keys() - kbs.FROM_PACKAGES


@pytest.mark.parametrize("name", ["jsonl", "pubtator", "brat"])
def test_a_reader_of_ours_takes_what_is_made_of_its_samples(effort: Effort, name: str):
    form = next(one for one in corpora.FORMATS if one.name == name)
    found = fuzz.watched(corpora._target(form), effort)
    assert (found.n, found.faults) == (15, {})


def test_an_error_of_ours_is_none_and_another_is_kept(effort: Effort):
    def read(folder: Path) -> None:
        raise CorpusError("told")

    def broken(folder: Path) -> None:
        raise KeyError("untold")

    assert not fuzz.watched(target(read), effort).faults
    (fault,) = fuzz.watched(target(broken), effort).faults
    assert "KeyError" in fault
    assert "KeyError" in next(effort.kept.rglob("fault.txt")).read_text()


def test_a_process_that_hangs_or_dies_is_followed_by_another(effort: Effort, monkeypatch):
    monkeypatch.setattr(fuzz, "HANGS_AFTER", 0.5)
    seen = iter(range(100))

    def read(folder: Path) -> None:
        if next(seen) == 3:
            time.sleep(60)

    found = fuzz.watched(target(read), effort)
    assert found.n == 15
    assert any("hangs at input 3" in fault for fault in found.faults)


def test_the_service_takes_what_is_made_of_valid_requests(effort: Effort):
    pytest.importorskip("fastapi", reason="the service needs the extra `serve`")
    found = fuzz.watched(requests.target(), effort)
    assert (found.n, found.faults) == (15, {})


def test_a_request_at_which_the_service_fails_is_found(tmp_path: Path, monkeypatch):
    class Failing:
        def ask(self, *_):
            return 500, {}, b"{}"

    monkeypatch.setattr(requests, "_service", Failing)
    for name, content in requests.target().samples[0].items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AssertionError, match="500"):
        requests._asked(tmp_path)


def test_the_same_seed_makes_the_same_inputs():
    one = fuzz.Target("toy", [{"a.txt": b"Gout hurts."}], print)
    assert [fuzz.input_of(one, 0, n) for n in range(50)] == [fuzz.input_of(one, 0, n) for n in range(50)]
    assert fuzz.input_of(one, 1, 0) != fuzz.input_of(one, 0, 0)


def test_memory_that_is_not_bounded_is_found():
    outcome = Outcome()
    bombs._bounded(outcome, "greedy", lambda: bytes(8 << 30))
    bombs._bounded(outcome, "modest", lambda: bytes(1 << 20))
    assert (outcome.n, outcome.wrong) == (2, ["greedy: out of memory"])
