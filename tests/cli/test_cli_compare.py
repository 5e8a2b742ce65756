import json

import pytest


@pytest.fixture
def train(tmp_path):
    path = tmp_path / "train.pubtator"
    path.write_text("9|t|Toe gout.\n9|a|\n9\t0\t8\tToe gout\tDisease\tD006073\n\n")
    return path


def test_systems_stand_beside_each_other(angel, pipeline, gout_kb, corpus, train):
    output = corpus.with_name("new") / "compared.json"
    given = ("--corpus", corpus, "--kb", gout_kb, "--train", train, "--output", output)
    result = angel("compare", pipeline, "exact", "tfidf", *given)
    found = json.loads(output.read_text())
    assert list(found["systems"]) == [pipeline, "exact", "tfidf"]
    assert {row["n"] for row in found["systems"].values()} == {2}
    assert [row["accuracy"] for row in found["systems"].values()] == [1, 1, 1]
    assert found["protocol"]["name"] == "angel"
    assert "protocol angel: gold mentions, training mentions are names, lenient" in result.stdout
    assert "differ on 0 mentions" in result.stdout


def test_the_protocol_says_whether_training_mentions_are_names(angel, gout_kb, corpus, train, tmp_path):
    corpus.write_text("1|t|Toe gout here.\n1|a|\n1\t0\t8\tToe gout\tDisease\tD006073\n\n")
    output = tmp_path / "out.json"
    accuracy = {}
    for protocol in ("angel", "belb", "unseen"):
        given = ("--corpus", corpus, "--kb", gout_kb, "--train", train, "--output", output, "--protocol", protocol)
        angel("compare", "exact", "tfidf", *given)
        row = json.loads(output.read_text())["systems"]["exact"]
        accuracy[protocol] = row["n"], row["accuracy"]
    assert accuracy == {"angel": (1, 1.0), "belb": (1, 0.0), "unseen": (0, 0.0)}


def test_a_pipeline_chooses_among_what_a_baseline_finds(angel, pipeline, gout_kb, corpus, tmp_path):
    corpus.write_text("1|t|Gout, gouts.\n1|a|\n1\t0\t4\tGout\tDisease\tD006073\n1\t6\t11\tgouts\tDisease\tD006073\n\n")
    output = tmp_path / "out.json"
    systems = (pipeline, f"exact+{pipeline}", f"tfidf+{pipeline}")
    angel("compare", *systems, "--corpus", corpus, "--kb", gout_kb, "--output", output)
    rows = json.loads(output.read_text())["systems"]
    assert [rows[name]["accuracy"] for name in systems] == [1.0, 0.5, 1.0]  # exact finds nothing for "gouts"


def test_differences_are_shown(angel, gout_kb, corpus):
    corpus.write_text("1|t|Gouts here.\n1|a|\n1\t0\t5\tGouts\tDisease\tD006073\n\n")
    result = angel("compare", "exact", "tfidf", "--corpus", corpus, "--kb", gout_kb)
    assert "exact and tfidf differ on 1 mentions, exact is right on 0" in result.stdout
    assert "'gouts' in 1: tfidf D006073 Gout; not -" in result.stdout


@pytest.mark.parametrize(
    ("systems", "more", "complaint"),
    [
        (("exact", "exact"), (), "named twice"),
        (("vectors",), (), "needs --vectors FOLDER"),
        (("exact",), ("--protocol", "mine"), "use one of angel, belb, unseen"),
        (("nowhere",), (), "nowhere"),
    ],
)
def test_what_cannot_be_compared_is_said(angel, gout_kb, corpus, systems, more, complaint):
    result = angel("compare", *systems, "--corpus", corpus, "--kb", gout_kb, *more, code=1)
    assert complaint in result.output
