"""From links to a pipeline that has learnt, as a user types it."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest
import spacy
from tiny import tiny_pipeline

from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.models.generator import Generator
from angel_spacy.objectives.pairs import read_pairs
from angel_spacy.records import Article, Mention

CONFIG = Path(__file__).parents[2] / "configs" / "corrections.cfg"
RIGHT = {"gout": "D006073", "aspirin": "D001241", "renal failure": "D051437"}
TEXTS = ["Gout after aspirin.", "Aspirin in renal failure.", "Renal failure and gout.", "Aspirin for gout."]
FAST = {"learning_rate": "0.002", "steps": "100", "batch_size": "4", "bf16": "false"}


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """The user's pipeline, with a threshold."""
    folder = tmp_path_factory.mktemp("user") / "mine"
    nlp = tiny_pipeline()
    nlp.get_pipe("angel_linker").threshold = 1e-6
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def files(tmp_path, angel, mine):
    """What the pipeline wrote, and what the user made of it."""
    texts, predicted, corrected = (tmp_path / name for name in ("in.txt", "predicted.jsonl", "corrected.jsonl"))
    texts.write_text("\n\n".join(TEXTS))
    angel("annotate", texts, predicted, "--pipeline", mine)
    corrected.write_text("".join(map(_corrected, predicted.read_text().splitlines())))
    return predicted, corrected


def _corrected(line):
    record = json.loads(line)
    for mention in record["mentions"]:
        mention["concept_ids"] = [RIGHT[mention["text"].lower()]]
    return json.dumps(record) + "\n"


def _train(angel, pairs, pipeline, into, *more, code=0):
    settings = [f"--stages.correct.{name}={value}" for name, value in FAST.items()]
    files = ("--stages.correct.pairs.files", pairs)
    return angel("train", CONFIG, "--pipeline", pipeline, "--into", into, *files, *settings, *more, code=code)


def _links(folder):
    docs = spacy.load(folder).pipe(TEXTS)
    return [(ent.text.lower(), ent._.kb_id) for doc in docs for ent in doc.ents]


def test_a_corrected_pipeline_links_as_it_was_told(angel, mine, files, tmp_path):
    pairs, into = tmp_path / "pairs.jsonl", tmp_path / "mine-2"
    said = angel("corrections", *files, pairs, "--pipeline", mine, "--confirmed").stdout
    links = _links(mine)
    wrong = [text for text, concept_id in links if RIGHT[text] != concept_id]
    assert f"({len(wrong)} corrected, {len(links) - len(wrong)} confirmed)" in said
    assert len(list(read_pairs(pairs))) == len(links) > len(wrong) > 0
    assert str(into) in _train(angel, pairs, mine, into).stdout
    assert [concept_id for _, concept_id in _links(into)] == [RIGHT[text] for text, _ in _links(into)]
    old, new = _files(mine), _files(into)
    assert {name for name in old if old[name] != new[name]} <= {name for name in old if "/model/" in name}
    assert old["angel_linker/model/model.safetensors"] != new["angel_linker/model/model.safetensors"]
    assert spacy.load(into).get_pipe("angel_linker").threshold == 1e-6
    assert "name of its own" in _train(angel, pairs, mine, into, code=1).stderr


def _files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_gives_no_pair_is_counted_and_confirmed_links_give_some(angel, mine, files, tmp_path):
    predicted, _ = files
    pairs = tmp_path / "pairs.jsonl"
    problem = angel("corrections", predicted, predicted, pairs, "--pipeline", mine, code=1).stderr
    assert "nothing to learn from (8 unchanged)" in problem.replace("\n", " ")
    assert not list(tmp_path.glob("pairs*"))
    assert "8 confirmed" in angel("corrections", predicted, predicted, pairs, "--pipeline", mine, "--confirmed").stdout


def test_ids_that_the_kb_lacks_are_named(angel, mine, files, tmp_path):
    predicted, corrected = files
    corrected.write_text(corrected.read_text().replace("D006073", "X:42", 1))
    result = angel("corrections", predicted, corrected, tmp_path / "pairs.jsonl", "--kb", mine / "angel_linker" / "kb")
    assert "X:42" in result.stderr
    assert "with no id that the KB has" in result.stdout


def test_mistakes_end_with_one_line_and_leave_files_as_they_were(angel, mine, files, tmp_path):
    predicted, corrected = files
    pairs = tmp_path / "pairs.jsonl"
    assert "no such file" in angel("corrections", predicted, tmp_path / "none", pairs, code=1).stderr
    assert "one file" in angel("corrections", predicted, corrected, corrected, code=1).stderr
    corrected.write_text(corrected.read_text().replace('renal failure."', 'renal failure!"'))
    problem = angel("corrections", predicted, corrected, pairs, "--pipeline", mine, code=1).stderr
    assert "change ids only" in problem
    assert len(problem.strip().splitlines()) == 1
    assert not list(tmp_path.glob("pairs*"))


def test_an_update_asks_for_a_pipeline_and_a_new_name(angel, mine, tmp_path):
    assert "--pipeline" in angel("train", CONFIG, "--into", tmp_path / "new", code=1).stderr
    assert "name of its own" in _train(angel, "pairs.jsonl", mine, tmp_path, code=1).stderr
    assert "--pipeline" in angel("train", CONFIG, code=1).stderr
    assert "pairs.jsonl does not exist" in _train(angel, "pairs.jsonl", mine, tmp_path / "new", code=1).stderr
    assert not (tmp_path / "new").exists()


def test_a_pipeline_alone_gives_the_generator_to_go_on_from(angel, mine, files, tmp_path):
    pairs, output = tmp_path / "pairs.jsonl", tmp_path / "training"
    angel("corrections", *files, pairs, "--pipeline", mine)
    settings = ("--stages.correct.pairs.files", pairs, "--stages.correct.steps", 1, "--paths.output", output)
    angel("train", CONFIG, "--pipeline", mine, *settings)
    before, after = (
        Generator.from_folder(path) for path in (mine / "angel_linker/model", output / "correct/generator")
    )
    assert before.tokenizer.to_str() == after.tokenizer.to_str()


def test_the_benchmark_corrects_by_gold_ids_and_judges_what_was_learnt(mine, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(CONFIG.parents[1] / "benchmarks"))
    benchmark = importlib.import_module("corrections")
    articles = [_gold(str(i), TEXTS[i % len(TEXTS)]) for i in range(6)]
    write_pubtator(articles, tmp_path / "gold.pubtator")
    (tmp_path / "fast.cfg").write_text(_faster(CONFIG.read_text()))
    kb, output = mine / "angel_linker" / "kb", tmp_path / "figures.json"
    options = {"--kb": kb, "--pipeline": mine, "--config": tmp_path / "fast.cfg", "--folder": tmp_path / "run"}
    options |= {"--articles": 4, "--seeds": 1, "--threads": 1, "--output": output}
    arguments = [str(part) for option in options.items() for part in option]
    monkeypatch.setattr(sys, "argv", ["benchmark", str(tmp_path / "gold.pubtator"), *arguments, "--confirmed"])
    benchmark.main()
    figures = json.loads(output.read_text())
    table = figures["table"]
    assert table["corrected"]["n"] == figures["corrections"] == 4
    assert (table["corrected"]["before"], table["all of the user's"]["after"]) == (0, 100)
    low, high = table["elsewhere: the rest of the corpus"]["ci95"]
    assert low <= table["elsewhere: the rest of the corpus"]["difference"] <= high


def _gold(article_id, text):
    places = sorted((match.start(), match.end()) for name in RIGHT for match in re.finditer(name, text.lower()))
    found = (Mention(text[i:j], i, j, "DISEASE", (RIGHT[text[i:j].lower()],)) for i, j in places)
    return Article(article_id, "", text, tuple(found))


def _faster(config):
    """The config with other settings of its stage."""
    before, stage, after = config.partition("[stages.correct]\n")
    head, pairs, rest = after.partition("[stages.correct.pairs]")
    kept = [line for line in head.splitlines() if line.split(" = ")[0] not in FAST]
    return "\n".join([before, stage, *kept, *(f"{k} = {v}" for k, v in FAST.items()), "", pairs + rest])
