import json
import math

import pytest

from angel_spacy.errors import TrainingError
from angel_spacy.training.trainer import DivergenceWatch, newest_checkpoint, read_metrics, write_metrics


def test_metrics_are_written_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "stage" / "metrics.json"
    write_metrics({"loss": 0.7}, path)
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_metrics({"loss": 0.1}, path)
    assert read_metrics(path) == json.loads(path.read_text()) == {"loss": 0.7}


def test_a_checkpoint_that_was_not_written_to_its_end_is_no_checkpoint(tmp_path):
    assert newest_checkpoint(tmp_path / "absent") is None
    for step, whole in ((9, True), (10, True), (200, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            (folder / "trainer_state.json").write_text("{}")
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-10"


@pytest.mark.parametrize("losses", [[2.0] * 60 + [math.nan], [2.0] * 60 + [math.inf], [2.0] * 80 + [30.0] * 80])
def test_the_watch_sees_what_is_no_number_and_what_rises(losses):
    watch = DivergenceWatch()
    with pytest.raises(TrainingError, match="diverge"):
        _ = [watch.see(loss, step) for step, loss in enumerate(losses)]


def test_the_watch_lets_a_mixture_be_whose_sources_differ():
    watch = DivergenceWatch()
    for step in range(800):
        watch.see((1.4, 4.4, 3.9, 2.0)[step // 16 % 4], step)


def test_the_watch_lets_a_run_be_that_falls_with_spikes():
    watch = DivergenceWatch()
    for step in range(2000):
        watch.see(9 / (1 + step / 100) + (8 if step % 100 == 0 else 0), step)


def test_a_checkpoint_whose_state_is_cut_short_is_no_checkpoint(tmp_path):
    for step, state in ((5, "{}"), (6, '{"global_')):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-5"
