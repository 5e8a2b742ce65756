import json

import pytest
from tiny import tiny_pipeline

FRACTIONS = {"acc@1", "acc@1_strict", "acc@5", "mrr"}


def test_gold_mentions_give_the_stable_names(angel, pipeline, gout_kb, corpus):
    output = corpus.with_name("new") / "metrics.json"
    result = angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--output", output)
    metrics = json.loads(output.read_text())
    assert (metrics["n"], metrics["n_linkable"]) == (3, 2)
    for name in FRACTIONS:
        assert metrics[name] == pytest.approx(2 / 3)
        assert metrics[f"{name}_linkable"] == 1
    assert metrics["mentions/s"] > 0
    assert metrics["per_label"]["Chemical"]["acc@1"] == 0
    protocol = metrics["protocol"]
    assert (protocol["kb"]["names"], protocol["kb"]["licence"], protocol["articles"]) == (2, "CC0", 2)
    assert (protocol["mentions"], protocol["aliases"], protocol["bad_records"]) == ("gold", [], 0)
    for words in ("acc@1_strict", "66.7", "100.0", "Lenient", "jsonl/tiny.jsonl", str(corpus)):
        assert words in result.stdout


def test_the_precision_is_float32_unless_told_otherwise(angel, pipeline, corpus):
    output = corpus.with_name("metrics.json")
    default = {"beam_width": 10, "beam_margin": None, "exact_match": "off", "combine": None}
    result = angel("evaluate", pipeline, corpus, "--output", output)
    assert json.loads(output.read_text())["protocol"]["mode"] == {"precision": "float32", **default}
    assert "mode: precision float32, beam width 10, exact match off\n" in result.stdout
    given = ("--precision", "bfloat16", "--exact-match", "skip", "--beam-margin", 3)
    result = angel("evaluate", pipeline, corpus, *given, "--output", output)
    metrics = json.loads(output.read_text())
    assert metrics["protocol"]["mode"] == {
        "precision": "bfloat16",
        "beam_width": 10,
        "beam_margin": 3,
        "exact_match": "skip",
        "combine": None,
    }
    assert "beam margin 3.0, exact match skip" in result.stdout
    assert metrics["acc@1_linkable"] == 1  # gout and podagra are names of the KB


def test_aliases_add_the_names_of_a_corpus(angel, pipeline, gout_kb, corpus):
    output, extra = corpus.with_name("metrics.json"), corpus.with_name("extra.pubtator")
    extra.write_text(
        "1|t|Toe pain.\n1|a|Tophi.\n1\t0\t8\tToe pain\tDisease\tD006073\n1\t10\t15\tTophi\tDisease\tD006073\n"
    )
    aliases = ("--aliases", corpus, "--aliases", extra)
    angel("evaluate", pipeline, corpus, "--kb", gout_kb, *aliases, "--output", output)
    protocol = json.loads(output.read_text())["protocol"]
    assert protocol["kb"]["names"] == 4
    assert protocol["aliases"] == [str(corpus), str(extra)]


def test_a_limit_reads_the_first_articles_only(angel, pipeline, corpus):
    output = corpus.with_name("metrics.json")
    angel("evaluate", pipeline, corpus, "--limit", 1, "--output", output)
    assert json.loads(output.read_text())["n"] == 2


def test_predicted_mentions_are_judged_end_to_end(angel, gout_kb, pipeline, corpus):
    output = corpus.with_name("metrics.json")
    result = angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--predict", "--output", output)
    metrics = json.loads(output.read_text())
    assert metrics["n"] == 3
    assert metrics["n_predicted"] == 2  # Gout and aspirin; the rules do not know Podagra
    assert metrics["mentions"]["all"] == pytest.approx({"p": 1 / 2, "r": 1 / 3, "f": 0.4})
    assert metrics["protocol"]["mentions"] == "predicted"
    assert "document concepts" in result.stdout
    assert "DISEASE" in result.stdout


def test_labels_of_which_none_agrees_are_not_listed(angel, gout_kb, pipeline, corpus):
    corpus.write_text(corpus.read_text().replace("Disease", "Ill"))
    result = angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--predict")
    assert "40.0" in result.stdout
    assert "DISEASE" not in result.stdout
    assert "ILL" not in result.stdout


def test_aliases_keep_the_threshold_of_the_pipeline(angel, corpus, tmp_path):
    nlp = tiny_pipeline()
    linker = nlp.get_pipe("angel_linker")
    linker.set_kb(linker.kb, calibrated_threshold=1.0)
    nlp.to_disk(tmp_path / "sceptic")
    output = tmp_path / "metrics.json"
    angel("evaluate", tmp_path / "sceptic", corpus, "--predict", "--aliases", corpus, "--output", output)
    assert json.loads(output.read_text())["mentions"]["all"]["r"] == 0


def test_bad_records_are_reported_and_counted(angel, pipeline, corpus):
    with corpus.open("a") as file:
        file.write("3|t|Gout.\n3|a|\n3\t0\t99\tGout\tDisease\tD1\n")
    output = corpus.with_name("metrics.json")
    result = angel("evaluate", pipeline, corpus, "--output", output)
    assert "record 3, line 13" in result.stderr
    assert json.loads(output.read_text())["protocol"]["bad_records"] == 1


def test_a_corpus_without_anything_to_judge_gives_zeros_and_is_warned_of(angel, pipeline, tmp_path):
    (tmp_path / "empty.pubtator").write_text("1|t|Gout.\n1|a|\n1\t0\t4\tGout\tDISEASE\t-1\n")
    said = angel("evaluate", pipeline, tmp_path / "empty.pubtator", "--output", tmp_path / "metrics.json").stderr
    assert "no mention carries a concept id" in said
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert (metrics["n"], metrics["acc@1"]) == (0, 0)


def test_a_missing_corpus_is_one_line(angel, pipeline, tmp_path):
    assert "check the path" in angel("evaluate", pipeline, tmp_path / "absent", code=1).stderr


def test_errors_are_told_by_kind_with_examples(angel, pipeline, gout_kb, corpus):
    output = corpus.with_name("metrics.json")
    result = angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--errors", "--output", output)
    metrics = json.loads(output.read_text())
    assert (metrics["n"], metrics["errors"]["kinds"]["own name"]["n"]) == (3, 2)
    (wrong,) = metrics["errors"]["wrong"]
    assert (wrong["mention"], wrong["kind"], wrong["gold_name"]) == ("aspirin", "not in KB", "D000001")
    assert "not in KB: 'aspirin' -> " in result.stdout
    few = angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--errors", "--examples", 0).stdout
    assert "not in KB: no gold id is in the KB" in few
    assert "'aspirin'" not in few
    assert "leave --predict out" in angel("evaluate", pipeline, corpus, "--errors", "--predict", code=1).stderr


def test_a_report_has_the_figures_that_are_printed(angel, pipeline, gout_kb, corpus):
    page, text = corpus.with_name("new") / "report.html", corpus.with_name("report.md")
    angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--report", page, "--errors")
    angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--report", text)
    for words in ("66.7", "acc@1_strict", "not in KB", "Expected calibration error", "<svg"):
        assert words in page.read_text()
    assert "| all | 3 | 66.7" in text.read_text()
    assert "name the report" in angel("evaluate", pipeline, corpus, "--report", "x.pdf", code=1).stderr


def test_the_protocol_tells_its_one_figure(angel, pipeline, gout_kb, corpus):
    told = angel("evaluate", pipeline, corpus, "--kb", gout_kb, "--protocol", "belb").stdout
    assert "protocol belb: 100.0% (100.0 to 100.0) of 2" in told
    assert "protocol angel:" in angel("evaluate", pipeline, corpus, "--aliases", corpus).stdout
    names = ("--protocol", "belb", "--aliases", corpus, "--output", corpus.with_name("metrics.json"))
    angel("evaluate", pipeline, corpus, "--kb", gout_kb, *names)
    metrics = json.loads(corpus.with_name("metrics.json").read_text())
    assert metrics["protocol"]["kb"]["names"] == 2  # what training shows is known, but no name
    assert metrics["seen"]["seen string"]["n"] == 2
    assert "use one of angel, belb, unseen" in angel("evaluate", pipeline, corpus, "--protocol", "x", code=1).stderr
    assert "leave --predict out" in angel("evaluate", pipeline, corpus, "--predict", "--take-out", 0.1, code=1).stderr


def test_concepts_that_are_taken_out_are_nil_at_a_threshold(angel, pipeline, corpus):
    output = corpus.with_name("metrics.json")
    angel("evaluate", pipeline, corpus, "--take-out", 1, "--threshold", 1, "--output", output)
    metrics = json.loads(output.read_text())
    assert metrics["n_linkable"] == 0
    assert metrics["nil"] == {"p": 1.0, "r": 1.0, "f": 1.0}
