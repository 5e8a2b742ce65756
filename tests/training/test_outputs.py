import json

import pytest

from angel_spacy.training.outputs import read_metrics, write_metrics


def test_metrics_are_written_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "stage" / "metrics.json"
    write_metrics({"loss": 0.7}, path)
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_metrics({"loss": 0.1}, path)
    assert read_metrics(path) == json.loads(path.read_text()) == {"loss": 0.7}
