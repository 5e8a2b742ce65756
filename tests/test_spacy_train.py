"""`spacy train configs/linker.cfg`, in toy size."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from small import CONCEPTS, SURFACES, articles, knowledge_base
from spacy.cli.train import train
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as train_nlp
from spacy.util import load_config, registry

from angel_spacy.corpora.docbin import docbin_sink
from angel_spacy.models.toy import toy_generator
from angel_spacy.records import LinkedArticle

CONFIG = Path(__file__).parent.parent / "configs" / "linker.cfg"
FEW_STEPS = {
    "training.max_steps": 40,
    "training.eval_frequency": 20,
    "training.batcher.size": 50,
    "training.optimizer.learn_rate.warmup_steps": 2,
    "training.optimizer.learn_rate.initial_rate": 0.015,
}
IN_ANOTHER_PROCESS = """
import json, sys, spacy
from spacy.util import registry
read = registry.readers.get("angel_spacy.GoldMentions.v1")(sys.argv[1])
last, best = map(spacy.load, sys.argv[2:])
docs = last.pipe(example.predicted for example in read(last))
links = [[ent.kb_id_, round(ent._.kb_candidates[0].score, 4)] for doc in docs for ent in doc.ents]
print(json.dumps([links, best.evaluate(read(best))["kb_acc@1"]]))
"""


@pytest.fixture
def corpus(tmp_path):
    """A DocBin, a KB folder and a generator folder as our commands leave them."""
    with docbin_sink(tmp_path / "gold.spacy") as put:
        for article in articles():
            put(LinkedArticle.of(article))
    knowledge_base().to_disk(tmp_path / "kb")
    toy_generator().to_folder(tmp_path / "generator")
    return tmp_path


def overrides(folder, **more):
    gold = str(folder / "gold.spacy")
    paths = {"train": gold, "dev": gold, "kb": str(folder / "kb"), "generator": str(folder / "generator")}
    paths = {f"paths.{name}": path for name, path in paths.items()}
    return paths | FEW_STEPS | {"components.angel_linker.combine": None} | more


def gold_mentions(nlp, folder):
    return list(registry.readers.get("angel_spacy.GoldMentions.v1")(str(folder / "gold.spacy"))(nlp))


def links(nlp, folder):
    docs = nlp.pipe(example.predicted for example in gold_mentions(nlp, folder))
    return [[ent.kb_id_, round(ent._.kb_candidates[0].score, 4)] for doc in docs for ent in doc.ents]


def elsewhere(folder):
    """The links of model-last and the accuracy of model-best."""
    pipelines = [folder / "out" / "model-last", folder / "out" / "model-best"]
    arguments = [sys.executable, "-W", "ignore", "-c", IN_ANOTHER_PROCESS, folder / "gold.spacy", *pipelines]
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_was_trained_is_what_another_process_loads(corpus):
    nlp = init_nlp(load_config(CONFIG, overrides(corpus), interpolate=True))
    untrained = links(nlp, corpus)
    (corpus / "out").mkdir()
    with (corpus / "log").open("w") as log:
        train_nlp(nlp, corpus / "out", stdout=log, stderr=log)
    table = (corpus / "log").read_text()
    assert "LOSS ANGEL" in table
    assert "KB_ACC@1" in table
    trained = links(nlp, corpus)
    assert trained != untrained
    for gone in ("generator", "kb"):
        shutil.rmtree(corpus / gone)
    performance = json.loads((corpus / "out" / "model-best" / "meta.json").read_text())["performance"]
    links_of_last, accuracy_of_best = elsewhere(corpus)
    assert links_of_last == trained
    assert accuracy_of_best == pytest.approx(performance["kb_acc@1"])
    assert accuracy_of_best > 0.5


def test_a_run_is_repeated_by_its_seed(corpus, capsys):
    for out in ("one", "two"):
        train(CONFIG, corpus / out, overrides=overrides(corpus) | {"training.max_steps": 3})
    one, two = (
        (corpus / out / "model-last" / "angel_linker" / "model" / "model.safetensors").read_bytes()
        for out in ("one", "two")
    )
    assert one == two


def test_it_learns_behind_a_frozen_component_that_finds_the_mentions(corpus, capsys):
    ruler = spacy.blank("en")
    patterns = [{"label": "DISEASE", "pattern": surface} for surface, _ in SURFACES[:5]]
    ruler.add_pipe("entity_ruler").add_patterns(patterns)
    ruler.to_disk(corpus / "ruler")
    config = load_config(CONFIG, overrides(corpus))
    config["nlp"]["pipeline"] = ["entity_ruler", "angel_linker"]
    config["components"]["entity_ruler"] = {"source": str(corpus / "ruler")}
    config["corpora"]["dev"] = dict(config["corpora"]["train"])  # mentions as the ruler finds them
    config["training"]["frozen_components"] = ["entity_ruler"]
    config["training"]["score_weights"]["ents_f"] = 0.0
    config.to_disk(corpus / "linker.cfg")
    train(corpus / "linker.cfg", corpus / "out")
    nlp = spacy.load(corpus / "out" / "model-best")
    assert nlp.pipe_names == ["entity_ruler", "angel_linker"]
    (entity,) = nlp("A case of wheezing lungs in a village.").ents
    assert entity.kb_id_ in {concept.concept_id for concept in CONCEPTS}
    assert 0.5 < nlp.meta["performance"]["kb_acc@1"] <= 5 / 6


def test_gold_mentions_are_asked_without_their_ids(tmp_path):
    nlp = spacy.blank("en")
    doc = nlp.make_doc("Gout-like pain")
    doc.ents = [doc.char_span(0, 4, "DISEASE", "T:2")]
    doc.spans["all"] = [doc.char_span(0, 14, "DISEASE", "T:9")]
    DocBin(["ENT_IOB", "ENT_TYPE", "ENT_KB_ID"], docs=[doc]).to_disk(tmp_path / "gold.spacy")
    other = spacy.blank("en")
    other.tokenizer.infix_finditer = None  # tokens of its own do not matter
    (example,) = gold_mentions(other, tmp_path)
    assert [(ent.text, ent.label_, ent.kb_id_) for ent in example.predicted.ents] == [("Gout", "DISEASE", "")]
    assert [(span.text, span.kb_id_) for span in example.predicted.spans["all"]] == [("Gout-like pain", "")]
    assert [ent.kb_id_ for ent in example.reference.ents] == ["T:2"]
    assert example.reference.spans["all"][0].kb_id_ == "T:9"
