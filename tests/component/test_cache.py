"""Equal prompts are decoded once, in a batch and later; nobody can tell but by the time it takes."""

from dataclasses import replace

import pytest
import torch
from linker_toys import CONCEPTS, TEXTS, links, ruler_pipeline, toy_kb, with_linker
from spacy.training import Example

from angel_spacy.candidates.answer_cache import AnswerCache
from angel_spacy.kb import Concept
from angel_spacy.models.architecture import generator_shim
from angel_spacy.models.generator import Generator
from angel_spacy.models.toy import toy_generator
from angel_spacy.records import Hypothesis, Prompt


@pytest.fixture
def decoded(monkeypatch):
    """The prompts that were decoded."""
    prompts, session = [], Generator.session

    def counting(generator, batch, *args, **kwargs):
        prompts.extend(batch)
        return session(generator, batch, *args, **kwargs)

    monkeypatch.setattr(Generator, "session", counting)
    return prompts


def toy(**config):
    return with_linker(ruler_pipeline(), spelling=False, **{"context_window": 0, **config})


def change(linker, **settings):
    linker.settings = replace(linker.settings, **settings)


@pytest.mark.parametrize("context", [0, None])
def test_the_links_are_those_without_a_cache(context):
    expected = [links(doc) for doc in toy(cache_size=0, context_window=context).pipe(TEXTS)]
    assert any(expected)
    for size in (1, 3, 10_000):
        nlp = toy(cache_size=size, context_window=context)
        for _ in range(2):
            assert [links(doc) for doc in nlp.pipe(TEXTS * 2)] == expected * 2
            assert [links(nlp(text)) for text in TEXTS] == expected


@pytest.mark.parametrize(("size", "later"), [(0, 4), (2, 2), (10_000, 0)])
def test_equal_prompts_are_decoded_once_a_batch_and_the_last_ones_not_again(decoded, size, later):
    nlp = toy(cache_size=size)
    list(nlp.pipe(TEXTS))
    assert len(decoded) == len(set(decoded)) == 4  # gout, fever, aspirin, aspirin fever
    decoded.clear()
    list(nlp.pipe(TEXTS))
    assert len(decoded) == later


def test_another_context_is_another_prompt(decoded):
    nlp = toy(context_window=None)
    nlp("gout and fever")
    nlp("gout or fever")
    assert len(decoded) == 4


def test_what_was_asked_for_longest_ago_is_forgotten_first():
    cache, (a, b, c) = AnswerCache(), (Prompt((i,), (9,)) for i in range(3))
    found = (Hypothesis(0, -1.0, 2),)
    for prompt in (a, b):
        cache.keep({prompt: found}, 2)
    cache.keep(cache.known([a], ()), 2)
    cache.keep({c: found}, 2)
    assert len(cache) == 2
    assert cache.known([a, b, c], ()) == {a: found, c: found}
    cache.keep({}, 0)
    assert len(cache) == 0


def test_where_the_prefix_begins_makes_another_prompt():
    cache = AnswerCache()
    cache.keep({Prompt((1, 2), (3,)): ()}, 9)
    assert cache.known([Prompt((1,), (2, 3)), Prompt((1, 2), (3,))], ()) == {Prompt((1, 2), (3,)): ()}


@pytest.mark.parametrize(
    "setting", [{"beam_width": 2}, {"beam_margin": 1.0}, {"precision": "bfloat16"}, {"beam_margin": 0.0}]
)
def test_other_settings_find_anew(decoded, setting):
    nlp = toy()
    before = links(nlp("gout"))
    change(nlp.get_pipe("angel_linker"), **setting)
    found = links(nlp("gout"))
    assert len(decoded) == 2
    assert found == links(toy(**setting)("gout"))
    change(nlp.get_pipe("angel_linker"), beam_width=10, beam_margin=None, precision="float32")
    assert links(nlp("gout")) == before


def test_how_many_are_decoded_together_or_kept_does_not(decoded):
    nlp = toy()
    nlp("gout")
    change(nlp.get_pipe("angel_linker"), batch_size=3, n_candidates=1, threshold=1.0, cache_size=5)
    (ent,) = nlp("gout").ents
    assert (len(decoded), len(ent._.kb_candidates), ent._.kb_id) == (1, 1, None)


def test_a_changed_kb_is_seen():
    nlp = toy(kb=toy_kb(CONCEPTS[:1]))
    kb = nlp.get_pipe("angel_linker").kb
    nlp("gout")
    kb.add(Concept("D1", "Ua"))
    assert {c.concept_id for c in nlp("gout").ents[0]._.kb_candidates} == {"D006073", "D1"}
    kb.remove("D006073")
    assert {c.concept_id for c in nlp("gout").ents[0]._.kb_candidates} == {"D1"}


def scores(nlp):
    return [candidate.score for ent in nlp("gout and fever").ents for candidate in ent._.kb_candidates]


def by_torch(nlp):
    with torch.no_grad():
        for parameter in nlp.get_pipe("angel_linker").generator.network.parameters():
            parameter.mul_(1.5)


def by_spacy(nlp):
    doc = nlp("gout and fever")
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.05
    nlp.update([Example(nlp.make_doc(doc.text), doc)], sgd=optimizer)


def by_another_generator(nlp):
    generator_shim(nlp.get_pipe("angel_linker").model).generator = toy_generator(seed=3)


@pytest.mark.parametrize("change_weights", [by_torch, by_spacy, by_another_generator])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_changed_weights_are_seen(change_weights, precision):
    nlp = toy(precision=precision)
    before = scores(nlp)
    change_weights(nlp)
    after = scores(nlp)
    assert after != pytest.approx(before, abs=1e-3)
    change(nlp.get_pipe("angel_linker"), cache_size=0)
    assert scores(nlp) == pytest.approx(after, abs=1e-5)


def test_averages_are_seen_and_their_end_too():
    nlp = toy()
    before, linker = scores(nlp), nlp.get_pipe("angel_linker")
    shim = generator_shim(linker.model)
    averages = {(shim.id, name): 2 * one.detach().numpy() for name, one in linker.generator.network.named_parameters()}
    with nlp.use_params(averages):
        assert scores(nlp) != pytest.approx(before, abs=1e-3)
    assert scores(nlp) == before
