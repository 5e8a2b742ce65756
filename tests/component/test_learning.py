"""The component learns inside spaCy: what `nlp.update` and its surroundings promise."""

import pickle
from dataclasses import asdict

import numpy as np
import pytest
import spacy
import torch
from learning_toys import LEARNER, LN2, annotated, gold, gradients, learnt, links, pipeline, same, weights
from spacy.util import load_model_from_config
from thinc.api import SGD, Adam

from angel_spacy.component.learning import Learner
from angel_spacy.component.learning_settings import Learning
from angel_spacy.errors import ConfigError, TrainingError


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
