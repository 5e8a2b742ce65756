import importlib.util
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from angel_spacy.corpora.formats import read_articles
from angel_spacy.training import run

CONFIG = """
[paths]
kbs = ["kb"]
output = "here"

[stages]

[stages.first]
steps = 1

[stages.second]
steps = 2
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "toy.cfg"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list:
    """What training was asked to do."""
    calls: list = []

    def train(recipe, only=()):
        calls.append((recipe, list(only)))
        return Path(recipe.paths.output) / "second" / "generator"

    monkeypatch.setattr(run, "train", train)
    return calls


def test_overrides_and_stages_reach_the_recipe(angel, config, trained):
    args = ("--stage", "second", "--paths.output", "there", "--stages.second.steps=5")
    assert "there/second/generator" in angel("train", config, *args).stdout
    ((recipe, only),) = trained
    assert (recipe.paths.output, recipe.stages["second"].steps, only) == ("there", 5, ["second"])


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--stage", "third"], "choose from first, second"),
        (["--steps", "5"], "--section.name VALUE"),
        (["--paths.nothing", "5"], "[paths]"),
    ],
)
def test_mistakes_end_with_one_line(angel, config, trained, args, problem):
    result = angel("train", config, *args, code=1)
    assert problem in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not trained


def test_an_absent_config_and_one_without_stages_are_one_line(angel, tmp_path, trained):
    assert "no training config" in angel("train", tmp_path / "absent.cfg", code=1).stderr
    (tmp_path / "empty.cfg").write_text('[paths]\nkbs = ["kb"]\noutput = "here"\n')
    assert "add one" in angel("train", tmp_path / "empty.cfg", code=1).stderr


def test_without_accelerate_the_extra_is_named(angel, config, trained, monkeypatch: pytest.MonkeyPatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "accelerate" else real(name))
    assert 'pip install "angel-spacy[train]"' in angel("train", config, code=1).stderr


def test_a_corpus_becomes_training_data_of_spacy(angel, corpus):
    target = corpus.with_name("train.spacy")
    assert "2 articles, 4 mentions" in angel("corpus", "convert", corpus, target).stdout
    first, _ = DocBin().from_disk(target).get_docs(spacy.blank("en").vocab)
    assert [(ent.text, ent.kb_id_) for ent in first.ents] == [
        ("Gout", "MESH:D006073"),
        ("aspirin", "D000001"),
        ("pain", ""),
    ]


def test_mentions_that_no_entity_can_be_are_spans(angel, tmp_path):
    source, rows = tmp_path / "nested.pubtator", ["1|t|Breast cancer.", "1|a|"]
    rows += [f"1\t{start}\t13\t{text}\tDISEASE\tD1" for start, text in ((0, "Breast cancer"), (7, "cancer"))]
    source.write_text("\n".join(rows))
    assert "1 articles, 2 mentions" in angel("corpus", "convert", source, tmp_path / "out.spacy").stdout
    (doc,) = DocBin().from_disk(tmp_path / "out.spacy").get_docs(spacy.blank("en").vocab)
    assert [ent.text for ent in doc.ents] == ["Breast cancer"]
    assert [span.text for span in doc.spans["mentions"]] == ["Breast cancer", "cancer"]


def test_a_bad_record_of_a_corpus_is_reported_or_stops(angel, corpus):
    with corpus.open("a") as file:
        file.write("neither title nor abstract\n")
    target = corpus.with_name("train.spacy")
    assert "record 3, line 11" in angel("corpus", "convert", corpus, target).stderr
    assert "record 3" in angel("corpus", "convert", corpus, target, "--strict", code=1).stderr
    assert "choose one of these" in angel("corpus", "convert", corpus, target, "--from", "bioc", code=1).stderr


def test_corpora_become_one_in_another_format_and_what_is_lost_is_told(angel, corpus, tmp_path):
    both = tmp_path / "both.json"
    assert "4 articles, 8 mentions" in angel("corpus", "convert", corpus, corpus, both).stdout
    ids = tmp_path / "ids.txt"
    ids.write_text(f"{next(read_articles(both)).article_id}\n")
    result = angel("corpus", "convert", both, tmp_path / "brat", "--to", "brat", "--ids", ids, code=0)
    assert "titles apart from the text" in result.stderr
    assert sorted(path.suffix for path in (tmp_path / "brat").iterdir()) == [".ann", ".txt"]
    assert "give the output another name" in angel("corpus", "convert", both, tmp_path / "brat", code=1).stderr


def test_a_damaged_file_does_not_flood_the_screen(angel, tmp_path):
    source = tmp_path / "a.jsonl"
    source.write_text("".join(f"rubbish {i}\n" for i in range(500)) + '{"id": "1", "text": "Gout."}\n')
    lines = angel("corpus", "convert", source, tmp_path / "b.json").stderr.strip().splitlines()
    assert len(lines) < 30
    assert "500 problems in all" in lines[-1]
