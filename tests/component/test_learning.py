"""The component learns inside spaCy: what `nlp.update` and its surroundings promise."""

import logging
import math
import pickle
from dataclasses import asdict

import numpy as np
import pytest
import spacy
import torch
from linker_toys import TOY, spelling_pipeline
from small import CONCEPTS, SURFACES, articles, knowledge_base
from spacy.training import Example
from spacy.util import load_model_from_config
from thinc.api import SGD, Adam

from angel_spacy.component.learning import Learner, gold_mentions, known_mentions
from angel_spacy.component.learning_settings import Learning
from angel_spacy.component.settings import Settings
from angel_spacy.corpora.docbin import article_to_doc, without_ids
from angel_spacy.errors import ConfigError, TrainingError
from angel_spacy.kb import Concept, KnowledgeBase

LEARNER = "angel_spacy.Learner.v1"
LN2 = math.log(2)


def pipeline(learner=None, kb=None, **config):
    nlp = spacy.blank("en")
    learner = {"@misc": LEARNER, **(learner or {})}
    nlp.add_pipe("angel_linker", config={"model": TOY, "learner": learner, **config})
    nlp.get_pipe("angel_linker").set_kb(knowledge_base() if kb is None else kb)
    return nlp


def gold(nlp, texts=None):
    docs = [article_to_doc(nlp, article) for article in texts or articles()]
    return [Example(without_ids(nlp, doc), doc) for doc in docs]


def annotated(nlp, text, start, end, kb_id):
    annotation = {"entities": [(start, end, "DISEASE")], "links": {(start, end): {kb_id: 1.0}}}
    return Example.from_dict(nlp.make_doc(text), annotation)


def weights(nlp):
    network = nlp.get_pipe("angel_linker").generator.network
    return {name: parameter.detach().clone() for name, parameter in network.named_parameters()}


def gradients(nlp):
    parameters = nlp.get_pipe("angel_linker").generator.network.named_parameters()
    return {name: parameter.grad.clone() for name, parameter in parameters if parameter.grad is not None}


def same(some, others):
    return some.keys() == others.keys() and all(torch.equal(some[name], others[name]) for name in some)


def links(nlp):
    docs = nlp.pipe(without_ids(nlp, example.reference) for example in gold(nlp))
    return [[(c.concept_id, round(c.score, 4)) for c in ent._.kb_candidates] for doc in docs for ent in doc.ents]


def learnt(nlp, n_updates, learn_rate=0.01, **settings):
    """The losses of so many updates on the whole toy corpus."""
    optimizer, examples = Adam(learn_rate), gold(nlp)
    return [nlp.update(examples, sgd=optimizer, **settings)["angel_linker"] for _ in range(n_updates)]


@pytest.mark.parametrize(
    ("objective", "by_token"), [("positive", 0), ("preference", 0), ("preference", 1), ("both", 0)]
)
def test_the_loss_falls_and_the_right_names_rise(objective, by_token):
    nlp = pipeline({"objective": objective, "refresh": 0, "by_token": bool(by_token), "beta": 2.0 if by_token else 0.1})
    before = nlp.evaluate(gold(nlp))
    losses = learnt(nlp, 30, learn_rate=0.004 if objective == "preference" else 0.015)
    after = nlp.evaluate(gold(nlp))
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert before["kb_mrr"] < 0.6
    assert after["kb_mrr"] > 0.9


def test_without_an_optimizer_gradients_add_up_and_the_weights_stay():
    nlp = pipeline()
    linker, before = nlp.get_pipe("angel_linker"), weights(nlp)
    examples, losses = gold(nlp), {}
    linker.update(examples, losses=losses)
    first, once = losses["angel_linker"], gradients(nlp)
    linker._learner = Learner(linker.learning)  # which draws the same again
    linker.update(examples, losses=losses)
    assert losses["angel_linker"] == pytest.approx(2 * first)
    assert same(weights(nlp), before)
    for name, gradient in gradients(nlp).items():
        torch.testing.assert_close(gradient, 2 * once[name])
    linker.finish_update(SGD(0.1))
    assert not same(weights(nlp), before)
    assert not gradients(nlp)


def test_the_optimizer_is_spacys_and_tied_weights_stay_tied():
    nlp = pipeline()
    linker, before = nlp.get_pipe("angel_linker"), weights(nlp)
    linker.update(gold(nlp))
    moved = {name: before[name] - 0.5 * gradient for name, gradient in gradients(nlp).items()}
    linker.model.finish_update(SGD(0.5, L2=0.0, grad_clip=0.0))
    for name, expected in moved.items():
        torch.testing.assert_close(weights(nlp)[name], expected)
    network = linker.generator.network
    assert network.lm_head.weight is network.get_input_embeddings().weight


def test_an_update_with_an_optimizer_is_an_update_and_its_finish():
    one, two = pipeline(), pipeline()
    one.get_pipe("angel_linker").update(gold(one), sgd=SGD(0.1))
    two.get_pipe("angel_linker").update(gold(two), sgd=None)
    two.get_pipe("angel_linker").finish_update(SGD(0.1))
    assert same(weights(one), weights(two))


@pytest.mark.parametrize("objective", ["positive", "preference"])
def test_how_many_mentions_go_through_the_network_at_once_changes_nothing(objective):
    found = []
    for batch_size in (2, 64):
        nlp = pipeline({"objective": objective, "positive_weight": 0.5}, batch_size=batch_size)
        loss = nlp.get_pipe("angel_linker").update(gold(nlp))["angel_linker"]
        found.append((loss, gradients(nlp)))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(gradient, found[1][1][name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("refresh", "fresh"), [(0, [0]), (1, [0, 1, 2, 3, 4]), (3, [0, 3])])
def test_the_reference_is_frozen_until_it_is_refreshed(refresh, fresh):
    nlp = pipeline({"objective": "preference", "refresh": refresh})
    losses = learnt(nlp, 5, learn_rate=0.003)
    # Policy and reference agree where the reference was just taken, and only there.
    assert [i for i, loss in enumerate(losses) if loss == pytest.approx(LN2, abs=1e-6)] == fresh


def test_other_weights_bring_another_reference():
    nlp = pipeline({"objective": "preference", "refresh": 0})
    learnt(nlp, 3, learn_rate=0.003)
    nlp.from_bytes(nlp.to_bytes())
    assert learnt(nlp, 1) == [pytest.approx(LN2, abs=1e-6)]


def test_the_positive_term_is_added_with_its_weight():
    losses = {}
    for weight in (0.0, 1.0, 2.0):
        nlp = pipeline({"objective": "preference", "positive_weight": weight})
        losses[weight] = nlp.get_pipe("angel_linker").update(gold(nlp))["angel_linker"]
    assert losses[0.0] == pytest.approx(LN2)
    assert losses[1.0] > LN2 + 1
    assert losses[2.0] - losses[1.0] == pytest.approx(losses[1.0] - losses[0.0], rel=1e-4)


def test_by_token_the_reference_is_left_by_means_over_tokens():
    losses = {}
    for by_token in (False, True):
        nlp = pipeline({"objective": "preference", "refresh": 0, "by_token": by_token})
        losses[by_token] = learnt(nlp, 3, learn_rate=0.003)
    assert losses[True][0] == losses[False][0] == pytest.approx(LN2)  # policy is reference
    assert losses[False][1] < losses[True][1] < LN2  # a mean over several tokens is less than their sum


def test_both_is_the_sum_of_the_two():
    losses = {}
    for objective in ("positive", "preference", "both"):
        nlp = pipeline({"objective": objective})
        losses[objective] = nlp.get_pipe("angel_linker").update(gold(nlp))["angel_linker"]
    assert losses["both"] == pytest.approx(losses["positive"] + losses["preference"])


def test_the_same_seed_gives_the_same_weights():
    runs = []
    for seed in (1, 1, 2):
        nlp = pipeline({"objective": "both", "seed": seed})
        learnt(nlp, 3)
        runs.append(weights(nlp))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_dropout_is_spacys_and_is_gone_afterwards():
    losses = {}
    for drop in (0.0, 0.9):
        nlp = pipeline()
        torch.manual_seed(0)
        losses[drop] = nlp.get_pipe("angel_linker").update(gold(nlp), drop=drop)["angel_linker"]
    assert losses[0.0] != pytest.approx(losses[0.9])
    network = nlp.get_pipe("angel_linker").generator.network
    assert not network.training
    assert network.model.decoder.dropout == 0.0


def test_preferences_are_learnt_without_dropout():
    nlp = pipeline({"objective": "preference"})
    assert learnt(nlp, 1, drop=0.9) == [pytest.approx(LN2)]


@pytest.mark.parametrize(
    "reference",
    [
        lambda nlp: [],
        lambda nlp: [Example.from_dict(nlp.make_doc(""), {})],
        lambda nlp: [Example.from_dict(nlp.make_doc("no annotation"), {})],
        lambda nlp: [Example.from_dict(nlp.make_doc("no id"), {"entities": [(0, 2, "DISEASE")]})],
        lambda nlp: [annotated(nlp, "gout", 0, 4, "NIL")],
        lambda nlp: [annotated(nlp, "gout", 0, 4, "-")],
        lambda nlp: [annotated(nlp, "gout", 0, 4, "X:404")],
        lambda nlp: [annotated(nlp, "...", 0, 3, "T:2")],
    ],
)
def test_what_has_no_usable_gold_teaches_nothing(reference):
    nlp = pipeline({"objective": "both"})
    before = weights(nlp)
    losses = nlp.get_pipe("angel_linker").update(reference(nlp), sgd=Adam(0.1), losses={"angel_linker": 1.5})
    assert losses == {"angel_linker": 1.5}
    assert same(weights(nlp), before)


def test_without_gold_neither_weights_nor_kb_are_read(tmp_path):
    nlp = spacy.blank("en")
    model = {"@architectures": "angel_spacy.Seq2Seq.v1", "path": str(tmp_path / "nowhere")}
    linker = nlp.add_pipe("angel_linker", config={"model": model})
    optimizer = nlp.initialize()
    assert nlp.update([Example.from_dict(nlp.make_doc("text"), {})], sgd=optimizer) == {"angel_linker": 0.0}
    with nlp.use_params({(1, "W"): np.zeros(1)}):
        assert linker._generated is None


def test_gold_ids_are_resolved_alternatives_and_composites_too():
    kb = KnowledgeBase([*CONCEPTS, Concept("T:7", "Rickets", alt_ids=("OLD:7",))])
    nlp = spacy.blank("en")
    docs = [annotated(nlp, "soft bones", 0, 10, kb_id).reference for kb_id in ("OLD:7", "T:2|T:404|T:1", "T:404")]
    mentions = known_mentions(gold_mentions(docs, Settings()), kb)
    assert [mention.rows for mention in mentions] == [(6,), (1, 0)]


def test_a_removed_concept_does_not_shift_the_others():
    kb = knowledge_base()
    kb.remove("T:1")
    nlp = pipeline(kb=kb)
    learnt(nlp, 30, learn_rate=0.015)
    assert nlp.evaluate(gold(nlp)[1:])["kb_acc@1"] == 1.0


def test_labels_and_spans_key_say_what_is_learnt():
    nlp = spacy.blank("en")
    doc = annotated(nlp, "gout and scurvy", 0, 4, "T:2").reference
    doc.spans["mine"] = [doc.char_span(9, 15, "CHEMICAL", "T:6")]
    found = {
        settings: [mention.text for _, mention in gold_mentions([doc], settings)]
        for settings in (Settings(), Settings(spans_key="mine"), Settings(labels=("CHEMICAL",)))
    }
    assert list(found.values()) == [["gout"], ["scurvy"], []]


@pytest.mark.parametrize(("window", "counts"), [(0, False), (None, True)])
def test_the_context_that_is_learnt_from_is_that_of_prediction(window, counts):
    losses = []
    for text in ("gout", "quite another context around gout"):
        nlp = pipeline(context_window=window)
        example = annotated(nlp, text, text.index("gout"), len(text), "T:2")
        losses.append(nlp.get_pipe("angel_linker").update([example])["angel_linker"])
    assert (losses[0] != pytest.approx(losses[1])) is counts


@pytest.mark.parametrize("objective", ["positive", "both"])
def test_a_loss_that_is_no_number_stops_the_run_and_says_what_to_do(objective):
    nlp = pipeline({"objective": objective})
    with torch.no_grad():
        next(nlp.get_pipe("angel_linker").generator.network.parameters()).fill_(torch.nan)
    with pytest.raises(TrainingError, match=r"Lower learn_rate in \[training.optimizer\]"):
        learnt(nlp, 1)
    assert not gradients(nlp)


def test_averages_stand_in_and_go_again_even_after_an_error():
    nlp = pipeline()
    optimizer = Adam(0.01, use_averages=True)
    for _ in range(3):
        nlp.update(gold(nlp), sgd=optimizer)
    linker, before = nlp.get_pipe("angel_linker"), weights(nlp)
    with nlp.use_params(optimizer.averages):
        within = weights(nlp)
    assert not same(within, before)
    key, average = next(iter(optimizer.averages.items()))
    np.testing.assert_array_equal(within[key[1]].numpy(), average)
    assert same(weights(nlp), before)

    with pytest.raises(KeyError), linker.model.use_params(optimizer.averages):
        raise KeyError
    assert same(weights(nlp), before)


def test_frozen_components_stay_as_they_are():
    nlp = pipeline()
    nlp.add_pipe("textcat_multilabel").add_label("A")
    examples = [annotated(nlp, "gout", 0, 4, "T:2")]
    examples[0].reference.cats = {"A": 1.0}
    optimizer, before = nlp.initialize(lambda: examples), weights(nlp)
    assert set(nlp.update(examples, sgd=optimizer, exclude=["angel_linker"])) == {"textcat_multilabel"}
    assert same(weights(nlp), before)
    assert nlp.update(examples, sgd=optimizer)["angel_linker"] > 0
    assert not same(weights(nlp), before)


def test_a_saved_pipeline_goes_on_learning_and_its_new_weights_are_saved(tmp_path):
    pipeline().to_disk(tmp_path / "before")
    nlp = spacy.load(tmp_path / "before")
    old, optimizer = links(nlp), nlp.resume_training()
    optimizer.learn_rate = 0.01
    for _ in range(5):
        nlp.update(gold(nlp), sgd=optimizer)
    assert links(nlp) != old
    nlp.to_disk(tmp_path / "after")
    assert links(spacy.load(tmp_path / "after")) == links(nlp)
    assert links(spacy.load(tmp_path / "before")) == old
    assert links(spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())) == links(nlp)


def test_a_copy_for_another_process_learns_the_same_way():
    linker = pipeline({"objective": "preference", "top": 7}).get_pipe("angel_linker")
    assert pickle.loads(pickle.dumps(linker)).learning == linker.learning


def test_a_config_without_learner_is_read_as_before():
    nlp = pipeline()
    assert nlp.get_pipe_config("angel_linker")["learner"] == {"@misc": LEARNER, **asdict(Learning())}
    config = nlp.config
    del config["components"]["angel_linker"]["learner"]
    assert load_model_from_config(config).get_pipe("angel_linker").learning == Learning()


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ({"objective": "negative"}, "positive, preference, both"),
        ({"label_smoothing": 1.0}, "less than 1"),
        ({"beta": 0.0}, "more than 0"),
        ({"positive_weight": -1.0}, "use 0 or more"),
        ({"top": 1}, "use 2 or more"),
        ({"refresh": -1}, "0 for never"),
    ],
)
def test_a_choice_out_of_range_is_an_error_with_its_remedy(setting, remedy):
    with pytest.raises(ConfigError, match=remedy):
        pipeline(setting)


def test_a_corpus_whose_ids_the_kb_lacks_is_refused():
    nlp = pipeline(kb=KnowledgeBase([Concept("M:1", "Madness")]))
    with pytest.raises(
        ConfigError,
        match=r"None of the 6 gold ids \(T:1, T:2, T:3, …\) is in .* Take the .*initialize",
    ):
        nlp.initialize(lambda: gold(nlp))


def test_some_ids_that_the_kb_lacks_are_counted(caplog):
    nlp = pipeline(kb=KnowledgeBase(CONCEPTS[:4]))
    nlp.initialize(lambda: gold(nlp))
    assert "2 of 6 gold ids are not in the knowledge base (T:5, T:6, …)" in caplog.text


def test_a_corpus_without_ids_is_reported_and_no_corpus_is_not(caplog):
    nlp = pipeline()
    nlp.initialize()
    assert not caplog.records
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("gout"), {"entities": [(0, 4, "DISEASE")]})])
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "it learns nothing" in caplog.text


def test_training_mentions_become_names_when_that_is_asked_for(tmp_path):
    knowledge_base().to_disk(tmp_path / "kb")
    reader = {"@misc": "angel_spacy.KnowledgeBase.v1", "path": str(tmp_path / "kb")}
    surface, concept_id = SURFACES[0]
    for aliases in (False, True):
        nlp = pipeline()
        nlp.config["initialize"]["components"]["angel_linker"] = {"kb": reader, "aliases": aliases}
        nlp.initialize(lambda nlp=nlp: gold(nlp))
        assert (surface in nlp.get_pipe("angel_linker").kb[concept_id].names) is aliases


def test_a_training_mention_that_became_a_name_is_no_answer_to_itself():
    chosen = {}
    for own_forms in (False, True):
        nlp = spelling_pipeline(knowledge_base(), learner={"@misc": LEARNER, "objective": "preference"})
        linker = nlp.get_pipe("angel_linker")
        linker.initialize(lambda nlp=nlp: gold(nlp), aliases=True)
        mentions = known_mentions(gold_mentions([example.reference for example in gold(nlp)], Settings()), linker.kb)
        learner = Learner(linker.learning) if own_forms else linker._learner
        pairs = learner._mined(linker.generator, linker.generated, mentions, 64)
        chosen[own_forms] = {pair.chosen for pair in pairs}
    surfaces = {linker.kb.normalise(surface) for surface, _ in SURFACES}
    assert chosen[True] & surfaces
    assert chosen[False]
    assert chosen[False].isdisjoint(surfaces)
