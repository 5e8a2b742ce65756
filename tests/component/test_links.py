import pytest
import spacy
from linker_toys import CONCEPTS, links, rounded, ruler_pipeline, spelling_pipeline, toy_kb, with_linker
from spacy.tokens import Doc, Span

from angel_spacy.kb import Concept
from angel_spacy.records import Candidate

pytestmark = pytest.mark.filterwarnings("ignore:.*W036")  # the detector's matcher before it has found anything

LONG = "familial mediterranean fever"


def ids(spans):
    return [(span.text, span.label_, span.kb_id_) for span in spans]


def test_entities_get_their_concept_and_its_rivals():
    doc = spelling_pipeline()("Gout after aspirin.")
    gout, aspirin = doc.ents
    assert gout.kb_id_ == gout._.kb_id == doc[0].ent_kb_id_ == "D006073"
    assert aspirin.kb_id_ == aspirin._.kb_id == "D001241"
    assert doc[1].ent_kb_id_ == ""
    first, *rest = gout._.kb_candidates
    assert isinstance(first, Candidate)
    assert (first.concept_id, first.name, first.generated_name, first.types) == (
        "D006073",
        "Gout",
        "gout",
        ("Disease",),
    )
    assert 0.9 < first.probability <= 1
    assert {candidate.concept_id for candidate in rest} == {"D005334", "D001241"}
    assert [candidate.score for candidate in rest] == sorted((c.score for c in rest), reverse=True)
    assert gout._.kb_ents == [(c.concept_id, c.probability) for c in gout._.kb_candidates]
    assert gout._.kb_nil_reason is None


def test_scispacys_pairs_are_those_that_reached_the_threshold():
    doc = spelling_pipeline(toy_kb(CONCEPTS[:1]), threshold=0.5)("gout fever")
    gout, fever = doc.ents
    assert gout._.kb_ents == [("D006073", gout._.kb_candidates[0].probability)]
    assert fever._.kb_ents == []
    assert len(fever._.kb_candidates) == 1


def test_they_are_tuples_whatever_carried_the_doc():
    nlp = spelling_pipeline(attributes="carried")  # scispaCy's own linker may have taken kb_ents, with force
    doc = nlp("gout fever")
    carried = [doc, Doc(nlp.vocab).from_bytes(doc.to_bytes()), *nlp.pipe(["gout fever"] * 2, n_process=2)]
    pairs = [pair for one in carried for ent in one.ents for pair in ent._.carried_ents]
    assert len(pairs) == len(carried) * 2 * len(CONCEPTS)
    assert all(isinstance(pair, tuple) for pair in pairs)


def test_every_token_of_an_entity_holds_the_id():
    doc = spelling_pipeline(toy_kb([*CONCEPTS, Concept("D1", "Aspirin fever")]))("an aspirin fever")
    assert [token.ent_kb_id_ for token in doc] == ["", "D1", "D1"]


def test_the_best_concept_that_is_improbable_is_nil_with_its_candidates():
    nlp = spelling_pipeline(toy_kb(CONCEPTS[:1]), threshold=0.5)
    gout, fever = nlp("gout fever").ents
    assert (gout.kb_id_, fever.kb_id_) == ("D006073", "NIL")
    assert fever._.kb_id is None
    assert fever._.kb_nil_reason == "below threshold"
    assert [candidate.concept_id for candidate in fever._.kb_candidates] == ["D006073"]


def test_the_label_of_nil_is_yours():
    nlp = spelling_pipeline(toy_kb(CONCEPTS[:1]), threshold=0.5, nil_label="none")
    assert [ent.kb_id_ for ent in nlp("gout fever").ents] == ["D006073", "none"]


def test_a_calibrated_threshold_holds_until_a_setting_names_another():
    for config, kb_id in (({}, "NIL"), ({"threshold": 0.0}, "D006073")):
        nlp = spelling_pipeline(restrict=None, **config)
        nlp.get_pipe("angel_linker").set_kb(toy_kb(CONCEPTS[:1]), calibrated_threshold=0.9)
        assert nlp("aspirin").ents[0].kb_id_ == kb_id


def test_only_the_wanted_labels_are_linked():
    doc = spelling_pipeline(labels=["CHEMICAL"])("gout aspirin")
    assert ids(doc.ents) == [("gout", "DISEASE", ""), ("aspirin", "CHEMICAL", "D001241")]
    assert doc.ents[0]._.kb_nil_reason == "label not linked"
    assert ids(spelling_pipeline(labels=["GENE"])("gout").ents) == [("gout", "DISEASE", "")]


def test_a_label_that_one_linker_leaves_another_may_link():
    nlp = spelling_pipeline(labels=["DISEASE"])
    source = spelling_pipeline(labels=["CHEMICAL"])
    nlp.add_pipe("angel_linker", name="drugs", source=source)
    doc = nlp("gout aspirin")
    assert [(ent.kb_id_, ent._.kb_nil_reason) for ent in doc.ents] == [("D006073", None), ("D001241", None)]


@pytest.mark.parametrize(("overwrite", "kb_id"), [(True, "D006073"), (False, "mine")])
def test_ids_that_are_there_stay_unless_overwritten(overwrite, kb_id):
    nlp = spelling_pipeline(overwrite=overwrite)
    doc = nlp.make_doc("gout aspirin")
    doc.ents = [Span(doc, 0, 1, "DISEASE", kb_id="mine"), Span(doc, 1, 2, "CHEMICAL")]
    doc = nlp.get_pipe("angel_linker")(doc)
    assert [ent.kb_id_ for ent in doc.ents] == [kb_id, "D001241"]


@pytest.mark.parametrize("n", [1, 2, 50])
def test_as_many_candidates_as_asked_for(n):
    doc = spelling_pipeline(n_candidates=n)("gout")
    assert len(doc.ents[0]._.kb_candidates) == min(n, len(CONCEPTS))


def test_a_wider_beam_sees_more_concepts():
    narrow, wide = (spelling_pipeline(beam_width=width)("gout").ents[0]._.kb_candidates for width in (1, 10))
    assert (len(narrow), len(wide)) == (1, 3)


def test_spans_under_a_key_overlapping_and_of_equal_offsets():
    nlp = with_linker(ruler_pipeline(spans_key="sc"), spans_key="sc", labels=["DISEASE", "CHEMICAL"])
    doc = nlp.get_pipe("span_ruler")(nlp.make_doc("aspirin fever"))
    group = doc.spans["sc"]
    group.attrs["source"] = "rules"
    group.append(Span(doc, 0, 1, "GENE", span_id="kept"))
    assert len(group) == 4
    doc = nlp.get_pipe("angel_linker")(doc)
    found = {(span.text, span.label_): span.kb_id_ for span in doc.spans["sc"]}
    assert found["aspirin", "CHEMICAL"] == "D001241"
    assert found["fever", "DISEASE"] == "D005334"
    assert found["aspirin fever", "DISEASE"] == "D001241"
    assert found["aspirin", "GENE"] == ""  # not one of the labels
    assert doc.spans["sc"].attrs == {"source": "rules"}
    assert [span.id_ for span in doc.spans["sc"]][-1] == "kept"
    assert {span._.kb_id for span in doc.spans["sc"] if span.text == "fever"} == {"D005334"}
    assert not doc.ents


def test_a_key_that_is_not_there_is_no_work():
    doc = with_linker(spacy.blank("en"), spans_key="sc")("gout")
    assert "sc" not in doc.spans


def test_your_own_mentions_whatever_the_entities():
    nlp = spelling_pipeline()
    docs = [nlp.make_doc("gout, pyrexia"), nlp.make_doc("")]
    found = nlp.get_pipe("angel_linker").link_mentions(docs, [[(0, 4), (6, 13)], []])
    assert [[link.concept_id for link in of] for of in found] == [["D006073", "D005334"], []]
    assert not docs[0].ents


@pytest.mark.parametrize("offsets", [(-5, -1), (0, 99), (50, 60), (3, 1)])
def test_offsets_outside_the_text_are_nil_with_the_reason(offsets):
    nlp = spelling_pipeline()
    ((link, other),) = nlp.get_pipe("angel_linker").link_mentions([nlp.make_doc("gout")], [[offsets, (0, 4)]])
    assert (link.concept_id, link.candidates, link.nil_reason) == (None, (), "outside the text")
    assert other.concept_id == "D006073"


# Abbreviations


def abbreviation_pipeline(detector="angel_abbreviations", **config):
    nlp = ruler_pipeline({"FMF": "DISEASE", LONG: "DISEASE", "FMF attacks": "DISEASE"})
    if detector == "abbreviation_detector":
        pytest.importorskip("scispacy.abbreviation", reason="scispaCy is absent")
    nlp.add_pipe(detector)
    return with_linker(nlp, toy_kb([Concept("D010505", LONG), Concept("D9", "fmr1"), Concept("D8", "gout")]), **config)


TEXT = "The familial mediterranean fever (FMF) is rare. FMF hurts. FMF and FMF attacks too."


@pytest.mark.parametrize("detector", ["angel_abbreviations", "abbreviation_detector"])
def test_the_long_form_is_tried_beside_the_short_one(detector):
    doc = abbreviation_pipeline(detector)(TEXT)
    by_text = {ent.text: ent for ent in doc.ents}
    assert by_text["FMF"].kb_id_ == by_text[LONG].kb_id_ == "D010505"
    assert by_text["FMF"]._.kb_candidates[0].generated_name == LONG


def test_without_expansion_only_the_short_form_is_tried():
    doc = abbreviation_pipeline(abbreviations=False)(TEXT)
    assert {ent.kb_id_ for ent in doc.ents if ent.text == "FMF"} == {"D9"}


def test_an_abbreviation_is_one_concept_in_a_document():
    nlp = abbreviation_pipeline()
    doc = nlp(TEXT)
    found = [(ent.kb_id_, rounded(ent._.kb_candidates)) for ent in doc.ents if ent.text == "FMF"]
    assert len(found) > 2
    assert found == found[:1] * len(found)
    other = nlp("FMF alone means what it says.")
    assert other.ents[0].kb_id_ == "D9"


def test_documents_of_a_batch_do_not_share_their_abbreviations():
    nlp = abbreviation_pipeline()
    texts = [TEXT, "FMF alone.", "gouty ulcer (FMF) is another FMF."]
    assert [links(doc) for doc in nlp.pipe(texts)] == [links(nlp(text)) for text in texts]
