"""Wordings that are names of exactly one concept: off, preferred, or not decoded at all."""

import pytest
from linker_toys import CONCEPTS, TEXTS, links, ruler_pipeline, toy_kb, with_linker
from spacy.tokens import Doc, Span

from angel_spacy.candidates.generated import Generated
from angel_spacy.kb import Concept
from angel_spacy.records import Candidate

COLDS = [Concept("D1", "Cold"), Concept("D2", "Coldness", ("cold",))]
GOUT = Candidate("D006073", "Gout", "gout", 1.0, 0.0, ("Disease",))
MODES = ("prefer", "skip")


def toy(concepts=CONCEPTS, words=("gout", "podagra", "cold", "fevers", "fmf", "FMF"), **config):
    nlp = ruler_pipeline(dict.fromkeys(words, "DISEASE"))
    return with_linker(nlp, toy_kb(concepts), spelling=False, **config)


def candidates(nlp, text):
    return [ent._.kb_candidates for ent in nlp(text).ents]


def ids(found):
    return [candidate.concept_id for candidate in found]


@pytest.fixture
def asked(monkeypatch):
    """How many prompts each call of the generator gets."""
    counts, find = [], Generated.candidates

    def counting(generated, prompts, search, **settings):
        counts.append(len(prompts))
        return find(generated, prompts, search, **settings)

    monkeypatch.setattr(Generated, "candidates", counting)
    return counts


def test_off_is_the_default_and_leaves_it_to_the_generator():
    found = [links(doc) for doc in toy().pipe(TEXTS)]
    assert found == [links(doc) for doc in toy(exact_match="off").pipe(TEXTS)]
    assert all(candidate[3] < 0 for doc in found for ent in doc for candidate in ent[-1])


def test_skip_gives_the_one_concept_and_asks_nothing(asked):
    assert candidates(toy(exact_match="skip"), "Gout.") == [[GOUT]]
    assert asked == [0]


def test_prefer_puts_the_one_concept_in_front_of_the_others_in_their_order(asked):
    nlp = toy()
    (generated,) = candidates(nlp, "Gout.")
    (found,) = candidates(toy(exact_match="prefer"), "Gout.")
    assert found[0] == GOUT
    assert ids(found[1:]) == [concept_id for concept_id in ids(generated) if concept_id != "D006073"]
    assert asked == [1, 1]


@pytest.mark.parametrize("n", [1, 2])
def test_prefer_inserts_what_the_generator_did_not_reach_and_keeps_to_the_number(n):
    nlp = toy(exact_match="prefer", beam_width=1, n_candidates=n)
    for text, concept_id in (("gout", "D006073"), ("podagra", "D006073")):
        (found,) = candidates(nlp, text)
        assert found[0].concept_id == concept_id
        assert len(set(ids(found))) == len(found) <= n


@pytest.mark.parametrize("mode", MODES)
def test_the_name_is_the_one_that_was_met(mode):
    (found,) = candidates(toy(exact_match=mode), "PODAGRA")
    assert (found[0].concept_id, found[0].name, found[0].generated_name) == ("D006073", "Gout", "podagra")


@pytest.mark.parametrize("mode", MODES)
def test_other_words_and_names_of_two_concepts_are_the_generators(mode, asked):
    concepts = [*CONCEPTS, *COLDS]
    assert candidates(toy(concepts, exact_match=mode), "fevers") == candidates(toy(concepts), "fevers")
    assert candidates(toy(concepts, exact_match=mode), "cold") == candidates(toy(concepts), "cold")
    assert asked == [1, 1, 1, 1]


@pytest.mark.parametrize("mode", MODES)
def test_a_hit_is_linked_whatever_the_threshold(mode):
    gout, fevers = toy(exact_match=mode, threshold=1.0)("gout and fevers").ents
    assert (gout.kb_id_, gout._.kb_nil_reason) == ("D006073", None)
    assert (fevers.kb_id_, fevers._.kb_nil_reason) == ("NIL", "below threshold")


@pytest.mark.parametrize("mode", MODES)
def test_a_kb_that_changes_counts_at_once(mode):
    nlp = toy(exact_match=mode)
    kb = nlp.get_pipe("angel_linker").kb
    other = Concept("D1", "Podagric", ("podagra",))
    kb.add(other)
    assert candidates(nlp, "podagra") == candidates(toy([*CONCEPTS, other]), "podagra")
    kb.remove("D1")
    assert nlp("podagra").ents[0]._.kb_candidates[0].score == 0.0


@pytest.mark.parametrize("mode", MODES)
def test_a_mention_without_a_word_stays_nil(mode):
    nlp = toy(exact_match=mode)
    ((link, outside),) = nlp.get_pipe("angel_linker").link_mentions([nlp.make_doc("- gout")], [[(0, 1), (3, 99)]])
    assert link.nil_reason == "empty mention"
    assert outside.nil_reason == "outside the text"


# Abbreviations

LONG = "familial mediterranean fever"
FMF = Concept("D010505", LONG)


def abbreviated(nlp, n=2):
    """A Doc with `n` mentions FMF, which it says is the long form."""
    if not Doc.has_extension("abbreviations"):
        Doc.set_extension("abbreviations", default=[])
    doc = nlp.make_doc("FMF here " * n)
    doc._.abbreviations = [{"short_text": "FMF", "long_text": LONG}]
    doc.ents = [Span(doc, 2 * i, 2 * i + 1, "DISEASE") for i in range(n)]
    return [ent._.kb_candidates for ent in nlp.get_pipe("angel_linker")(doc).ents]


@pytest.mark.parametrize("mode", MODES)
def test_the_long_form_can_be_the_name(mode, asked):
    found = abbreviated(toy([*CONCEPTS, FMF], exact_match=mode))
    assert [of[0].concept_id for of in found] == ["D010505"] * 2
    assert [of[0].generated_name for of in found] == [LONG] * 2
    assert asked == [2 if mode == "prefer" else 0]  # two wordings; the mentions share their answer


@pytest.mark.parametrize("mode", MODES)
def test_the_mentions_own_wording_comes_first(mode):
    found = abbreviated(toy([FMF, Concept("D9", "fmf")], exact_match=mode))
    assert [of[0].concept_id for of in found] == ["D9"] * 2


@pytest.mark.parametrize("mode", MODES)
def test_an_ambiguous_short_form_leaves_it_to_the_long_one(mode):
    found = abbreviated(toy([FMF, Concept("D8", "a", ("fmf",)), Concept("D9", "b", ("fmf",))], exact_match=mode))
    assert [of[0].concept_id for of in found] == ["D010505"] * 2


def test_behind_a_hit_the_others_are_those_of_the_mention_that_won_its_group():
    concepts = [*CONCEPTS, FMF]
    (generated, _), (found, other) = (abbreviated(toy(concepts, exact_match=mode)) for mode in ("off", "prefer"))
    assert found == other
    assert ids(found[1:]) == [concept_id for concept_id in ids(generated) if concept_id != "D010505"]
    assert found[1] == next(candidate for candidate in generated if candidate.concept_id != "D010505")


def test_a_hit_that_skips_is_the_only_candidate_where_evidence_is_weighed_too():
    nlp = toy(exact_match="skip", combine="evidence")
    (ent,) = nlp("gout").ents
    assert [(one.probability, one.score) for one in ent._.kb_candidates] == [(1.0, 0.0)]
