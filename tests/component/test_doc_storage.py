import pickle

import pytest
import spacy
from linker_toys import links, ruler_pipeline, spelling_pipeline, with_linker
from spacy.tokens import Doc, DocBin, Span

from angel_spacy.records import Candidate

TEXT = "Gout and fever after aspirin."


@pytest.fixture(scope="module")
def nlp():
    return spelling_pipeline(threshold=0.01)


@pytest.fixture(scope="module")
def doc(nlp):
    return nlp(TEXT)


def by_bytes(doc, nlp):
    return Doc(spacy.blank("en").vocab).from_bytes(doc.to_bytes())


def by_pickle(doc, nlp):
    return pickle.loads(pickle.dumps(doc))


def by_docbin(doc, nlp):
    stored = DocBin(docs=[doc], store_user_data=True).to_bytes()
    return next(iter(DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab)))


@pytest.mark.parametrize("copied", [by_bytes, by_pickle, by_docbin])
def test_links_survive(doc, nlp, copied):
    copy = copied(doc, nlp)
    assert links(copy) == links(doc)
    for ent, other in zip(copy.ents, doc.ents, strict=True):
        assert all(isinstance(candidate, Candidate) for candidate in ent._.kb_candidates)
        assert ent._.kb_candidates == other._.kb_candidates
        assert [tuple(pair) for pair in ent._.kb_ents] == other._.kb_ents


def test_a_default_docbin_keeps_the_ids(doc, nlp):
    stored = DocBin(docs=[doc]).to_bytes()
    copy = next(iter(DocBin().from_bytes(stored).get_docs(nlp.vocab)))
    assert [ent.kb_id_ for ent in copy.ents] == [ent.kb_id_ for ent in doc.ents]
    assert [ent._.kb_id for ent in copy.ents] == [ent._.kb_id for ent in doc.ents] == [e.kb_id_ for e in doc.ents]
    assert copy.ents[0]._.kb_candidates == []


def test_an_entity_as_a_doc_of_its_own_keeps_its_id(doc):
    (ent,) = doc.ents[1].as_doc().ents
    assert ent._.kb_id == ent.kb_id_ == "D005334"


def test_nil_is_no_id_where_nothing_was_stored(nlp):
    doc = nlp.make_doc("a b")
    doc.ents = [Span(doc, 0, 1, "DISEASE", kb_id="NIL"), Span(doc, 1, 2, "DISEASE")]
    assert [ent._.kb_id for ent in doc.ents] == [None, None]


def test_an_id_can_be_set_by_hand(nlp):
    doc = nlp.make_doc("a b")
    doc[:1]._.kb_id = "D1"
    assert (doc[:1]._.kb_id, doc[1:]._.kb_id) == ("D1", None)


def test_nil_survives_with_its_reason(nlp):
    (ent,) = by_bytes(with_linker(ruler_pipeline({"ua": "ENTITY"}), threshold=0.9)("ua"), nlp).ents
    assert (ent.kb_id_, ent._.kb_id) == ("NIL", None)
    assert ent._.kb_nil_reason == "below threshold"
    assert len(ent._.kb_candidates) == 3


def test_spans_under_a_key_survive(nlp):
    piped = with_linker(ruler_pipeline(spans_key="sc"), spans_key="sc")
    doc = piped("aspirin fever")
    copy = by_bytes(doc, piped)

    def values(doc):
        return [(span.text, span.kb_id_, span._.kb_id, span._.kb_candidates) for span in doc.spans["sc"]]

    assert values(copy) == values(doc)
    assert all(kb_id for _, kb_id, *_ in values(copy))
