"""Lists of names: "breast and ovarian cancer" is two concepts, where that is asked for."""

import time

import pytest
import spacy
from linker_toys import ruler_pipeline, with_linker
from spacy.tokens import DocBin

from angel_spacy.component.composites import composed, readings
from angel_spacy.component.linked import linked_mentions
from angel_spacy.component.links import Link
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.records import Candidate

KB = [
    Concept("D1", "breast cancer"),
    Concept("D2", "ovarian cancer"),
    Concept("D3", "head and neck cancer"),
    Concept("D4", "head cancer"),
    Concept("D5", "neck cancer"),
    Concept("D6", "gout"),
]
LISTS = {"breast and ovarian cancer": "DISEASE", "head and neck cancer": "DISEASE", "gout": "DISEASE"}
TEXT = "breast and ovarian cancer , head and neck cancer , gout"


@pytest.mark.parametrize(
    ("mention", "reading"),
    [
        ("breast and ovarian cancer", ("breast cancer", "ovarian cancer")),
        ("brain, breast, and prostate cancer", ("brain cancer", "breast cancer", "prostate cancer")),
        ("breast/ovarian cancer", ("breast cancer", "ovarian cancer")),
        ("basal and squamous cell carcinoma", ("basal cell carcinoma", "squamous cell carcinoma")),
        ("cardiac dilation and dysfunction", ("cardiac dilation", "cardiac dysfunction")),
        ("cancer of the renal pelvis or bladder", ("cancer of the renal pelvis", "cancer of the bladder")),
        ("deficiency of C6 and C7", ("deficiency of C6", "deficiency of C7")),
        ("nausea as well as vomiting", ("nausea", "vomiting")),
        ("both breast AND ovarian cancer", ("breast cancer", "ovarian cancer")),
        ("cancer of both breast and ovary", ("cancer of breast", "cancer of ovary")),
        ("breast  and\n ovarian cancer", ("breast cancer", "ovarian cancer")),
    ],
)
def test_what_names_of_a_list_share_is_written_out(mention, reading):
    assert reading in readings(mention)


@pytest.mark.parametrize("mention", ["gout", "", "and", "1,25-dihydroxyvitamin D", "androgen", "pain and pain", " or "])
def test_what_is_no_list_has_no_reading(mention):
    assert readings(mention) == []


def test_readings_of_hostile_mentions_are_few_and_quick():
    started = time.perf_counter()
    assert readings("a" + " " * 100_000 + "b") == []
    assert len(readings("word " * 2_000 + ", " + "word " * 2_000 + "end")) < 20
    readings("of " * 20_000 + "and to")
    assert time.perf_counter() - started < 5


def links(nlp):
    return [(ent.text, ent._.kb_ids, ent._.kb_id, ent.kb_id_) for ent in nlp(TEXT).ents]


@pytest.mark.parametrize("combine", [None, "evidence"])
def test_a_list_gets_all_its_concepts_and_a_name_with_an_and_its_own(combine):
    nlp = with_linker(ruler_pipeline(LISTS), KnowledgeBase(KB), combine=combine, composites=True)
    cancers, neck, gout = links(nlp)
    assert cancers == ("breast and ovarian cancer", ["D1", "D2"], "D1", "D1")
    assert neck[1:] == (["D3"], "D3", "D3")
    assert gout[1:] == (["D6"], "D6", "D6")


def test_unless_asked_a_mention_has_one_concept_at_most():
    nlp = with_linker(ruler_pipeline(LISTS), KnowledgeBase(KB))
    assert [len(ids) for _, ids, *_ in links(nlp)] == [1, 1, 1]
    nlp.get_pipe("angel_linker").threshold = 1.0
    assert all((ids, first) == ([], None) for _, ids, first, _ in links(nlp))


def test_the_mentions_beside_a_list_are_answered_as_without_it():
    plain = with_linker(ruler_pipeline(LISTS), KnowledgeBase(KB))
    lists = with_linker(ruler_pipeline(LISTS), KnowledgeBase(KB), composites=True)
    assert links(lists)[1:] == links(plain)[1:]


def test_all_ids_of_a_list_are_stored_and_exported():
    nlp = with_linker(ruler_pipeline(LISTS), KnowledgeBase(KB), composites=True)
    stored = DocBin(store_user_data=True, docs=[nlp(TEXT)]).to_bytes()
    (doc,) = DocBin(store_user_data=True).from_bytes(stored).get_docs(spacy.blank("en").vocab)
    cancers = linked_mentions(doc, None)[0]
    assert cancers.mention.concept_ids == ("D1", "D2")
    assert [one.concept_id for one in cancers.candidates[:2]] == ["D1", "D2"]
    doc.ents[0]._.kb_id = "D6"  # somebody corrects it
    assert doc.ents[0]._.kb_ids == ["D6"]


def candidate(concept_id, probability):
    return Candidate(concept_id, concept_id, concept_id, probability, probability - 1)


def link(concept_id, probability):
    return Link((concept_id,), (candidate(concept_id, probability),), None, 1)


@pytest.mark.parametrize(
    ("whole", "first", "second", "ids"),
    [
        (0.6, 0.9, 0.8, ("A", "B")),
        (0.6, 0.9, 0.55, ("W",)),  # the whole is likelier than one of the names
        (0.1, 0.9, 0.4, ("W",)),  # more likely wrong than right
        (0.95, 0.99, 0.99, ("W",)),  # a name by itself
    ],
)
def test_when_a_mention_is_a_list(whole, first, second, ids):
    assert composed(link("W", whole), [[link("A", first), link("B", second)]]).concept_ids == ids


def test_names_of_one_concept_are_no_list_and_the_best_reading_wins():
    whole = link("W", 0.2)
    assert composed(whole, [[link("A", 0.9), link("A", 0.9)]]) is whole
    assert composed(whole, [[link("A", 0.9), Link((), (), "no candidate")]]) is whole
    read = [[link("A", 0.6), link("B", 0.9)], [link("A", 0.8), link("C", 0.8)]]
    assert composed(whole, read).concept_ids == ("A", "C")
