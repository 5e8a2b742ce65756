"""Every family of networks goes the whole way: decode, learn, save, load, link."""

import shutil

import pytest
import spacy
import torch
from backbones_toy import BACKBONES, backbone, best_scores
from small import SURFACES, articles, knowledge_base
from spacy.training import Example

from angel_spacy.candidates.generated import Generated
from angel_spacy.candidates.settings import Search
from angel_spacy.corpora.docbin import article_to_doc
from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.models.generator import Generator
from angel_spacy.models.toy import toy_tokenizer
from angel_spacy.prompts import CausalPromptFormat, PromptFormat
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train


def generator_of(family):
    network = backbone(family).requires_grad_(True)
    kind = PromptFormat if network.config.is_encoder_decoder else CausalPromptFormat
    return Generator(network, toy_tokenizer(), kind(context_words=4))


def found_by(generator):
    spans = [(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()]
    search = Search(beam_width=3, precision="float32")
    return Generated(generator, knowledge_base()).hypotheses(generator.prompter.prompts(spans), search)


def close(some, others):
    pairs = [(a, b) for of, same in zip(some, others, strict=True) for a, b in zip(of, same, strict=True)]
    assert all(a.leaf == b.leaf for a, b in pairs)
    torch.testing.assert_close(*(torch.tensor([one.log_prob for one in of]) for of in zip(*pairs, strict=True)))


@pytest.mark.parametrize("family", BACKBONES)
def test_the_search_finds_what_generate_finds(family):
    for ours, theirs in zip(*best_scores(backbone(family)), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize("family", BACKBONES)
def test_what_is_saved_is_what_is_loaded(family, tmp_path):
    generator = generator_of(family)
    generator.to_folder(tmp_path / "model")
    found = found_by(generator)
    close(found, found_by(Generator.from_folder(tmp_path / "model")))
    close(found, found_by(Generator.from_bytes(generator.to_bytes())))


@pytest.mark.parametrize("family", BACKBONES)
def test_every_stage_learns(family, tmp_path):
    generator_of(family).to_folder(tmp_path / "init")
    knowledge_base().to_disk(tmp_path / "kb")
    write_pubtator(articles(), tmp_path / "train.pubtator")
    common = {"bf16": False, "use_cpu": True}
    positive = {**common, "steps": 30, "batch_size": 8, "learning_rate": 0.01, "warmup_steps": 5}
    preference = {**common, "objective": "preference", "learning_rate": 1e-3}
    stages = {
        "names": {**positive, "shares": {"synonyms": 1.0}},
        "negatives": {**preference, "pairs": {"source": "synonyms", "n_pairs": 16, "n_chunks": 1}},
        "finetune": {**positive, "shares": {"synonyms": 0.0, "mentions": 1.0}},
        "prefer": {**preference, "pairs": {"n_chunks": 1, "top": 3}},
    }
    paths = {"kbs": [str(tmp_path / "kb")], "corpora": [str(tmp_path / "train.pubtator")]}
    paths |= {"init": str(tmp_path / "init"), "output": str(tmp_path / "out")}
    last = train(make_recipe({"paths": paths, "stages": stages}))
    scored = [
        sum(one.log_prob for of in found_by(Generator.from_folder(folder)) for one in of[:1])
        for folder in (tmp_path / "init", tmp_path / "out" / "finetune" / "generator", last)
    ]
    assert scored[1] > scored[0]
    assert scored[2] != scored[1]


@pytest.mark.parametrize("family", BACKBONES)
def test_the_component_learns(family, tmp_path):
    generator_of(family).to_folder(tmp_path / "model")
    knowledge_base().to_disk(tmp_path / "kb")
    nlp = spacy.blank("en")
    causal = not backbone(family).config.is_encoder_decoder
    architecture = "CausalLM" if causal else "Seq2Seq"
    model = {"@architectures": f"angel_spacy.{architecture}.v1", "path": str(tmp_path / "model")}
    kb = {"@misc": "angel_spacy.KnowledgeBase.v1", "path": str(tmp_path / "kb")}
    nlp.add_pipe("angel_linker", config={"model": model, "kb": kb, "combine": None})
    docs = [article_to_doc(nlp, one) for one in articles()]
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    nlp.initialize(lambda: examples)
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    losses = [nlp.update(examples, sgd=optimizer)["angel_linker"] for _ in range(15)]
    assert losses[-1] < losses[0]
    nlp.to_disk(tmp_path / "nlp")
    shutil.rmtree(tmp_path / "model")  # what was learnt is in the pipeline
    again = spacy.load(tmp_path / "nlp")
    linked = [[ent.kb_id_ for ent in one.ents] for one in (again.get_pipe("angel_linker")(doc.copy()) for doc in docs)]
    assert len(linked) == len(SURFACES)
    assert all(ids for ids in linked)
