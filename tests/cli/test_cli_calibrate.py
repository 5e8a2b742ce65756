import json
from pathlib import Path

import pytest
import spacy
from tiny import tiny_pipeline


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    tiny_pipeline(threshold=0.25).to_disk(tmp_path / "mine")
    return tmp_path / "mine"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_threshold_is_shown_and_written_where_it_is_asked_for(angel, mine, corpus):
    before, output = files(mine), corpus.with_name("new") / "calibration.json"
    result = angel("calibrate", mine, corpus, "--precision", "0.5", "--output", output)
    figures = json.loads(output.read_text())
    assert files(mine) == before
    assert figures["precision"] == 0.5
    (curve,) = figures["curves"].values()
    assert curve[-1]["threshold"] == figures["threshold"]
    assert curve[0]["coverage"] == 1.0
    assert f"threshold {figures['threshold']:g}" in result.stdout
    assert "4 mentions" in result.stdout


def test_what_is_written_holds_when_the_pipeline_is_loaded_again(angel, mine, corpus):
    before, output = files(mine), corpus.with_name("calibration.json")
    angel("calibrate", mine, corpus, "--precision", 1, "--write", "--output", output)
    after = files(mine)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"angel_linker/calibration", "angel_linker/SHA256SUMS"}
    chosen = json.loads(output.read_text())["threshold"]
    assert spacy.load(mine).get_pipe("angel_linker").threshold == chosen != 0.25


def test_corpora_of_one_folder_have_a_curve_each(angel, mine, corpus):
    other, output = corpus.with_name("other.pubtator"), corpus.with_name("calibration.json")
    other.write_text(corpus.read_text())
    angel("calibrate", mine, corpus, other, "--output", output)
    assert list(json.loads(output.read_text())["curves"]) == [str(corpus), str(other)]


def test_mistakes_end_with_one_line(angel, mine, pipeline, corpus, tmp_path):
    empty = tmp_path / "empty.pubtator"
    empty.write_text("1|t|Gout.\n1|a|\n")
    for args, problem in [
        (("starter", corpus, "--write"), "save the pipeline"),
        ((mine, tmp_path / "absent"), "check the path"),
        ((mine, empty), "calibrate on annotated articles"),
        (("no_such_pipeline", corpus), "Give a pipeline folder"),
    ]:
        said = angel("calibrate", *args, code=1).stderr
        assert problem in said
        assert len(said.strip().splitlines()) == 1


def test_where_nothing_is_right_nothing_is_written(angel, mine, tmp_path):
    foreign = tmp_path / "foreign.pubtator"
    foreign.write_text("1|t|Gout was seen.\n1|a|x.\n1\t0\t4\tGout\tDISEASE\tFOO:1\n\n")
    before = (Path(mine) / "angel_linker" / "calibration").read_bytes()
    result = angel("calibrate", mine, foreign, "--write", code=1)
    assert "no mention has a right first candidate" in result.stderr
    assert (Path(mine) / "angel_linker" / "calibration").read_bytes() == before


def many(path: Path, n: int) -> Path:
    """Annotated articles on three concepts, one of which the KB lacks."""
    words = [("Gout", "Disease", "D006073"), ("aspirin", "Chemical", "D001241"), ("scurvy", "Disease", "D012614")]
    lines = []
    for number in range(n):
        texts = [words[(number + i) % 3] for i in range(2)]
        text = f"{texts[0][0]} and {texts[1][0]}."
        starts = [0, len(texts[0][0]) + 5]
        lines.append(f"{number}|t|{text}\n{number}|a|\n")
        for start, (word, label, concept_id) in zip(starts, texts, strict=True):
            lines.append(f"{number}\t{start}\t{start + len(word)}\t{word}\t{label}\t{concept_id}\n")
        lines.append("\n")
    path.write_text("".join(lines))
    return path


def test_weights_are_fitted_written_and_make_the_unknown_nil(angel, tmp_path):
    mine, dev = tmp_path / "mine", many(tmp_path / "dev.pubtator", 30)
    tiny_pipeline(combine="evidence").to_disk(mine)
    before = spacy.load(mine).get_pipe("angel_linker").weights
    output = tmp_path / "figures.json"
    result = angel("calibrate", mine, dev, "--write", "--output", output)
    assert "expected calibration error" in result.stdout
    linker = spacy.load(mine).get_pipe("angel_linker")
    figures = json.loads(output.read_text())
    assert linker.weights.to_dict() == pytest.approx(figures["weights"])
    assert linker.weights != before
    assert linker.threshold == figures["threshold"]
    doc = spacy.load(mine).make_doc("aspirin and scurvy. ")  # a random generator knows no other text
    (aspirin, scurvy) = linker.link_mentions([doc], [[(0, 7, "Chemical"), (12, 18, "Disease")]])[0]
    assert aspirin.concept_id == "D001241"
    assert scurvy.concept_id is None
    assert aspirin.candidates[0].probability > 0.8 > 0.2 > scurvy.candidates[0].probability


def test_few_articles_leave_the_weights_as_they_are(angel, tmp_path):
    mine, dev = tmp_path / "mine", many(tmp_path / "dev.pubtator", 6)
    tiny_pipeline(combine="evidence").to_disk(mine)
    before = spacy.load(mine).get_pipe("angel_linker").weights
    assert "too few" in angel("calibrate", mine, dev, "--write").stderr
    assert spacy.load(mine).get_pipe("angel_linker").weights == before
    angel("calibrate", mine, many(dev, 30), "--keep-weights", "--write")
    assert spacy.load(mine).get_pipe("angel_linker").weights == before


def test_a_corpus_that_nothing_is_fitted_on_is_judged_before_and_after(angel, tmp_path):
    tiny_pipeline(combine="evidence").to_disk(tmp_path / "evidence")
    dev, other = many(tmp_path / "dev.pubtator", 30), many(tmp_path / "other.pubtator", 25)
    output, page = tmp_path / "calibration.json", tmp_path / "calibration.html"
    options = ("--judge", other, "--output", output, "--report", page)
    told = angel("calibrate", tmp_path / "evidence", dev, *options).stdout
    corpora = json.loads(output.read_text())["corpora"]
    assert {name: one["fitted"] for name, one in corpora.items()} == {str(dev): True, str(other): False}
    errors = corpora[str(other)]["calibration_error"]
    assert errors["after"] < errors["before"]
    assert f"not fitted on; expected calibration error {errors['before']:.3f} before, {errors['after']:.3f} now" in told
    assert page.read_text().count("<svg") == 4
