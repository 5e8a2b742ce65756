"""Concepts ranked by all that speaks for them."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from linker_toys import CONCEPTS, ruler_pipeline, toy_kb, with_linker

from angel_spacy.candidates.evidence import FEATURES
from angel_spacy.candidates.weights import EvidenceWeights
from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept
from angel_spacy.models.name_encoder import KINDS, NameEncoder


def toy_encoder():
    rng = np.random.default_rng(0)
    kinds = np.zeros((2048, len(KINDS)), np.float32)
    return NameEncoder(rng.normal(size=(2048, 32)).astype(np.float32), kinds)


def linker_of(*concepts, **config):
    nlp = with_linker(ruler_pipeline(), toy_kb(concepts) if concepts else toy_kb(), **{"combine": "evidence", **config})
    linker = nlp.get_pipe("angel_linker")
    linker.encoder = toy_encoder()
    return nlp, linker


def only(feature, nil=0.0, weight=10.0):
    return EvidenceWeights({**dict.fromkeys(FEATURES, 0.0), feature: weight}, nil)


def link(nlp, linker, text, *places):
    (links,) = linker.link_mentions([nlp.make_doc(text)], [places])
    return links


def test_probabilities_sum_to_one_at_most_and_fall():
    nlp, linker = linker_of()
    for one in link(nlp, linker, "gout and feverish aspirins", (0, 4), (9, 17), (18, 26)):
        probabilities = [candidate.probability for candidate in one.candidates]
        assert probabilities == sorted(probabilities, reverse=True)
        assert 0 < sum(probabilities) <= 1


@pytest.mark.parametrize("feature", ["generated", "similar", "letters", "name"])
def test_each_source_alone_finds_a_name_of_the_kb(feature):
    nlp, linker = linker_of()
    linker.weights = only(feature)
    assert link(nlp, linker, "podagra", (0, 7))[0].concept_id == "D006073"


def test_a_number_that_the_text_does_not_give_speaks_against_a_name():
    nlp, linker = linker_of(Concept("A:1", "diabetes type 1"), Concept("A:2", "diabetes mellitus"))
    linker.weights = only("numbers", weight=-5.0)
    assert link(nlp, linker, "diabetes", (0, 8))[0].concept_id == "A:2"
    assert link(nlp, linker, "diabetes type i", (0, 15))[0].concept_id == "A:1"


def test_the_preferred_name_decides_between_homonyms():
    nlp, linker = linker_of(Concept("A:1", "acute rhinitis", ("colds",)), Concept("A:2", "cold illness", ("colds",)))
    linker.weights = only("preferred")
    assert link(nlp, linker, "two colds", (4, 9))[0].concept_id == "A:2"


def test_what_was_seen_decides_between_homonyms():
    nlp, linker = linker_of(Concept("A:1", "cold"), Concept("A:2", "common cold", ("cold",)))
    linker.set_kb(linker.kb.with_aliases([("cold", ["A:2"])] * 5), weights=only("seen"))
    assert link(nlp, linker, "a cold", (2, 6))[0].concept_id == "A:2"


def test_the_label_decides_between_kinds():
    rows = np.zeros((2048, len(KINDS)), np.float32)
    nlp, linker = linker_of(Concept("A:1", "ironitis"), Concept("A:2", "iron oxide"))
    encoder = toy_encoder()
    from angel_spacy.models.name_encoder import rows_of

    rows[rows_of("ironitis", 2048), KINDS.index("disease")] = 9
    rows[rows_of("oxide", 2048), KINDS.index("chemical")] = 9
    linker.encoder = NameEncoder(encoder._table[:, : encoder.width], rows)
    linker.weights = only("kind", weight=3.0)
    assert link(nlp, linker, "iron", (0, 4, "Disease"))[0].concept_id == "A:1"
    assert link(nlp, linker, "iron", (0, 4, "Chemical"))[0].concept_id == "A:2"


def test_nil_wins_where_little_speaks_for_anything():
    nlp, linker = linker_of(threshold=0.5)
    linker.weights = only("name", nil=5.0)
    known, unknown = link(nlp, linker, "gout zzz", (0, 4), (5, 8))
    assert known.concept_id == "D006073"
    assert unknown.concept_id is None
    assert "threshold" in unknown.nil_reason


def test_a_pipeline_keeps_encoder_and_weights(tmp_path):
    nlp, linker = linker_of()
    linker.weights = only("letters")
    linker.threshold = 0.25
    nlp.to_disk(tmp_path / "mine")
    import spacy

    again = spacy.load(tmp_path / "mine").get_pipe("angel_linker")
    assert again.weights == only("letters")
    assert again.threshold == 0.25
    names = ["gout", "fever"]
    assert again.encoder.encode(names)[0] == pytest.approx(linker.encoder.encode(names)[0], abs=0.02)


def test_a_threshold_of_one_ranking_does_not_hold_for_another():
    _, linker = linker_of()
    linker.threshold = 0.9
    linker.settings = replace(linker.settings, combine=None)
    assert linker.threshold == 0.0


@pytest.mark.parametrize("combine", ["evidence", None])
def test_repeats_share_one_answer_and_without_repeats_nothing_changes(combine):
    text = "gout, then fever, then gout again and fever, then pyrexia"
    repeated = [(0, 4), (11, 16), (23, 27), (38, 43)]
    for places in (repeated, [(0, 4), (11, 16), (50, 57)]):
        answers = {}
        for shared in (True, False):
            nlp, linker = linker_of(share_repeats=shared, combine=combine)
            answers[shared] = link(nlp, linker, text, *places)
        if places is repeated:
            assert answers[True][0].candidates == answers[True][2].candidates
            assert answers[True][1].candidates == answers[True][3].candidates
            assert answers[True][:2] == answers[False][:2]
        else:
            assert answers[True] == answers[False]


def test_repeats_are_asked_about_once():
    nlp, linker = linker_of(gate=False)
    doc = nlp.make_doc("gout and gout and gout")
    asked = linker.ask([doc, doc], [[(0, 4), (9, 13), (18, 22)], [(0, 4)]])
    assert asked.answered_by == [0, 0, 0, 1]
    assert len(asked.prompts) == 2


def test_what_one_concept_alone_is_called_is_not_read_by_the_generator():
    cold = (Concept("A:1", "cold"), Concept("A:2", "common cold", ("cold", "cc")), Concept("A:3", "fever"))
    nlp, linker = linker_of(*cold)
    text = "fever, cold, feverish, cc"
    doc = nlp.make_doc(text)
    asked = linker.ask([doc], [[(0, 5), (7, 11), (13, 21), (23, 25)]])
    read = [of.wordings for of in asked.mentions if any(i is not None for i in of.prompts)]
    assert read == [("cold",), ("feverish",)]


def prompts_read(linker, monkeypatch):
    """The prompts that the generator is asked about from now on."""
    read, answer = [], linker.generated.hypotheses

    def noted(self, prompts, *rest, **settings):
        read.extend(prompts)
        return answer(prompts, *rest, **settings)

    monkeypatch.setattr(type(linker.generated), "hypotheses", noted)
    return read


def test_what_is_sure_without_the_generator_is_not_read_by_it(monkeypatch):
    concepts = (Concept("A:1", "chronic kidney disease"), Concept("A:2", "fever"), Concept("A:3", "acute cough"))
    text, places = "kidney disease, chronic form and tiredness", [(0, 23), (33, 42)]
    for least, n_read in ((0.0, 0), (0.7, 1), (1.0, 2)):
        nlp, linker = linker_of(*concepts, gate_probability=least)
        read = prompts_read(linker, monkeypatch)
        first, _ = link(nlp, linker, text, *places)
        monkeypatch.undo()
        assert len(read) == n_read
        assert first.candidates[0].concept_id == "A:1"


def test_an_abbreviation_is_no_name_where_the_text_gives_its_long_form():
    nlp, linker = linker_of(Concept("A:1", "carcinoembryonic cancer", ("cc",)), Concept("A:2", "common cold"))
    doc = nlp.make_doc("catarrhal cold (CC) is mild")
    asked = linker.ask([doc], [[(16, 18)]])
    assert [of.wordings for of in asked.mentions] == [("CC", "catarrhal cold")]
    assert len(asked.prompts) == 2


@pytest.mark.parametrize("combine", ["evidence", None])
def test_the_gate_changes_no_first_concept(combine):
    text = "gout, feverish, podagra, aspirins and pyrexia"
    places = [(0, 4), (6, 14), (16, 23), (25, 33), (38, 45)]
    answers = []
    for settings in ({}, {"gate_probability": 1.0}, {"gate": False}):
        nlp, linker = linker_of(combine=combine, **settings)
        answers.append(link(nlp, linker, text, *places))
    _, gated, asked = answers
    firsts = [[one.concept_id for one in of] for of in answers]
    assert firsts[0] == firsts[1] == firsts[2]
    assert gated == asked if combine is None else gated[1] == asked[1]


def test_a_changed_kb_is_seen():
    nlp, linker = linker_of()
    assert link(nlp, linker, "zygosity", (0, 8))[0].concept_id != "N:1"
    linker.kb.add(Concept("N:1", "zygosity"))
    assert link(nlp, linker, "zygosity", (0, 8))[0].concept_id == "N:1"


def test_an_explanation_adds_up_to_the_probabilities():
    nlp, linker = linker_of()
    doc = nlp("a feverish gout")
    found = linker.explain(doc.char_span(11, 15, label="DISEASE"))
    assert [one.candidate for one in found] == list(doc.ents[0]._.kb_candidates)
    assert found[0].evidence["name"] == 1.0
    scores = [sum(one.parts.values()) for one in found]
    odds = [one.candidate.probability / found[0].candidate.probability for one in found]
    assert odds == pytest.approx([np.exp(score - scores[0]) for score in scores], rel=1e-3)


def test_there_is_nothing_to_explain_where_the_generator_ranks_alone():
    nlp, linker = linker_of(combine=None)
    with pytest.raises(ConfigError, match="evidence"):
        linker.explain(nlp("gout").ents[0])


def test_the_documentation_says_what_each_piece_of_evidence_is():
    page = (Path(__file__).parents[2] / "docs" / "component.md").read_text(encoding="utf8")
    for name, meaning in FEATURES.items():
        assert f"| `{name}` | {meaning} |" in page


def test_names_that_were_not_written_can_be_scored_too():
    found = {}
    for rescore in (False, True):
        nlp, linker = linker_of(beam_width=1, rescore=rescore, gate=False)
        found[rescore] = {one.candidate.concept_id: one.evidence for one in linker.explain(nlp("gout").ents[0])}
    for concept_id, evidence in found[True].items():
        assert evidence["not_generated"] == found[False][concept_id]["not_generated"]
    not_written = [one for one, evidence in found[True].items() if evidence["not_generated"]]
    assert len(not_written) == 2
    assert len({found[False][one]["generated"] for one in not_written}) == 1  # nothing is known of either
    assert all(found[True][one]["generated"] < found[True]["D006073"]["generated"] for one in not_written)


def test_the_rows_of_names_are_made_once_and_not_for_every_mention(monkeypatch):
    nlp, linker = linker_of()
    link(nlp, linker, "gout", (0, 4))
    made = []
    monkeypatch.setattr(type(linker.kb), "name_rows", lambda kb: made.append(kb))
    link(nlp, linker, "feverish gouts and aspirins", (0, 8), (9, 14), (19, 27))
    assert not made


def test_what_is_explained_is_the_answer_that_was_given():
    kb = toy_kb([*CONCEPTS, Concept("D9", "Fmf")])
    nlp = with_linker(ruler_pipeline({"gouty pain": "DISEASE", "FMF": "DISEASE"}), kb, combine="evidence")
    linker = nlp.get_pipe("angel_linker")
    doc = nlp("Gouty pain (FMF) is no gout. FMF hurts, gouty pain too.")
    assert len(doc.ents) == 4
    for ent in doc.ents:
        assert [one.candidate for one in linker.explain(ent)] == ent._.kb_candidates


def test_a_name_that_the_gate_lets_pass_is_a_candidate_however_many_look_like_it():
    words = ["alpha", "beta", "gamma", "delta", "kappa"]
    names = [" ".join(one) for one in permutations(words)]
    nlp, linker = linker_of(*(Concept(f"X:{i}", name) for i, name in enumerate(names)), gate=True, n_candidates=30)
    for i in (0, 50, 119):
        (answer,) = link(nlp, linker, names[i], (0, len(names[i])))
        assert f"X:{i}" in [one.concept_id for one in answer.candidates]
