"""angel_reranker: another linker's candidates, chosen among by generating; no knowledge base of its own."""

import pytest
import spacy
from linker_toys import TOY, ruler_pipeline
from spacy.language import Language
from spacy.tokens import Span
from spacy.tokens.underscore import Underscore

from angel_spacy.candidates.restriction import MOST
from angel_spacy.component.linker import AngelLinker
from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept, KnowledgeBase

CONCEPTS = [
    Concept("C1", "Gout", ("podagra",), types=("T047",)),
    Concept("C2", "Goat", ("goats",), types=("T015",)),
    Concept("C3", "Fever", ("pyrexia",), types=("T184",)),
    Concept("C4", "Favor"),
]
FOUND = {
    "gout": [("C2", 0.9), ("C1", 0.8)],
    "fever": [("C4", 0.9), ("C3", 0.9), ("C9", 0.5)],
    "aspirin": [],
    "aspirin fever": [("C4", 0.3)],
}
SMALL = {"model": TOY, "precision": "float32"}


class Stub:
    """What scispaCy's linker is to others: pairs in `_.kb_ents`, entities in its KB. It prefers the wrong ones."""

    def __init__(self, concepts=CONCEPTS):
        self.kb = KnowledgeBase(concepts)

    def __call__(self, doc):
        for span in doc.ents:
            span._.kb_ents = FOUND.get(span.text.lower(), [])
        return doc


@Language.factory("stub_linker")
def make_stub(nlp, name):
    Span.set_extension("kb_ents", default=[], force=True)  # as scispaCy does
    return Stub()


@pytest.fixture(autouse=True)
def attributes():
    before = Underscore.span_extensions.get("kb_ents")
    yield
    if before is not None:
        Underscore.span_extensions["kb_ents"] = before


def pipeline(**config):
    nlp = ruler_pipeline()
    nlp.add_pipe("stub_linker")
    candidates = {"@misc": "angel_spacy.KbEnts.v1", "pipe": "stub_linker"}
    nlp.add_pipe("angel_reranker", config={**SMALL, "candidates": candidates, **config})
    return nlp


def test_what_another_linker_found_is_ranked_anew():
    doc = pipeline()("Gout and fever after aspirin.")
    gout, fever, aspirin = doc.ents
    assert (gout.kb_id_, fever.kb_id_, aspirin.kb_id_) == ("C1", "C3", "NIL")
    assert {one.concept_id for one in gout._.kb_candidates} == {"C1", "C2"}
    assert gout._.kb_candidates[0].types == ("T047",)
    assert gout._.kb_ents[0][0] == "C1"
    assert aspirin._.kb_nil_reason == "no candidate"


@pytest.mark.parametrize("combine", [None, "evidence"])
def test_nothing_but_the_candidates_of_the_mention_itself_is_possible(combine):
    doc = pipeline(combine=combine)("Aspirin fever is what gout is. Fever.")
    for span in doc.ents:
        allowed = {concept_id for concept_id, _ in FOUND[span.text.lower()]}
        assert {one.concept_id for one in span._.kb_candidates} <= allowed
    assert doc.ents[0].kb_id_ == "C4"  # though fever is a name of another mention's candidate


def test_a_function_of_the_users_gives_candidates():
    @spacy.registry.misc("tests.my_candidates.v1")
    def make():
        return lambda span: [Concept("D006073", "gout"), Concept("X:2", "goat"), Concept("D000001", "gouts")]

    nlp = ruler_pipeline()
    nlp.add_pipe("angel_reranker", config={**SMALL, "candidates": {"@misc": "tests.my_candidates.v1"}})
    assert [ent.kb_id_ for ent in nlp("gout").ents] == ["D006073"]


def test_more_sets_of_candidates_than_bits_are_worked_through_in_parts():
    words = {f"w{i}": "X" for i in range(MOST + 20)}

    @spacy.registry.misc("tests.own_candidates.v1")
    def make():
        return lambda span: [Concept(span.text.upper(), span.text), Concept("ALL", "other")]

    nlp = ruler_pipeline(words)
    config = {**SMALL, "batch_size": 16, "candidates": {"@misc": "tests.own_candidates.v1"}}
    nlp.add_pipe("angel_reranker", config=config)
    docs = list(nlp.pipe([" ".join(words), "w3 w5", ""]))
    assert [ent.kb_id_ for ent in docs[0].ents] == [word.upper() for word in words]
    assert [ent.kb_id_ for ent in docs[1].ents] == ["W3", "W5"]


def found(doc):
    return [(ent.kb_id_, [(one, round(p, 5)) for one, p in ent._.kb_ents]) for ent in doc.ents]


def test_a_stream_a_stored_pipeline_and_single_docs_agree(tmp_path):
    nlp, texts = pipeline(threshold=0.0), ["Gout and fever.", "", "fever gout"]
    one_by_one = [found(nlp(text)) for text in texts]
    assert list(map(found, nlp.pipe(texts))) == one_by_one
    nlp.to_disk(tmp_path / "nlp")
    again = spacy.load(tmp_path / "nlp")
    assert not (tmp_path / "nlp" / "angel_reranker" / "kb").exists()
    assert list(map(found, again.pipe(texts))) == one_by_one
    pipe = again.get_pipe("angel_reranker")
    pipe.from_bytes(pipe.to_bytes())
    assert [ent.kb_id_ for ent in again("gout").ents] == ["C1"]


def test_our_own_linker_can_be_the_one_that_finds():
    nlp = ruler_pipeline()
    linker = nlp.add_pipe("angel_linker", config={**SMALL, "attributes": "first"})
    linker.set_kb(KnowledgeBase(CONCEPTS))
    assert isinstance(linker, AngelLinker)
    candidates = {"@misc": "angel_spacy.KbEnts.v1", "pipe": "angel_linker", "attribute": "first_ents"}
    nlp.add_pipe("angel_reranker", config={**SMALL, "candidates": candidates})
    (ent,) = nlp("gout").ents
    assert ent._.kb_id == "C1"


def test_mistakes_are_told():
    nlp = ruler_pipeline()
    nlp.add_pipe("stub_linker")
    nlp.add_pipe("angel_reranker", config=SMALL)
    with pytest.raises(ConfigError, match="no component 'scispacy_linker'"):
        nlp("gout")
    nlp = pipeline()
    nlp.get_pipe("stub_linker").kb = None
    with pytest.raises(ConfigError, match=r"no kb\.cui_to_entity"):
        nlp("gout")
    failed = []
    nlp.get_pipe("angel_reranker").set_error_handler(lambda name, proc, docs, error: failed.append(name))
    assert list(nlp.pipe(["gout"])) == []
    assert failed == ["angel_reranker"]


def test_settings_hold_here_too():
    nlp = pipeline(overwrite=False, combine="evidence")
    reranker = nlp.get_pipe("angel_reranker")
    doc = nlp.make_doc("gout")
    doc.ents = [Span(doc, 0, 1, "DISEASE", kb_id="MINE")]
    assert reranker(doc).ents[0].kb_id_ == "MINE"
    reranker.threshold = 1.0
    assert nlp("gout").ents[0]._.kb_nil_reason == "below threshold"
    doc = nlp.make_doc("gout")
    doc.ents = [Span(doc, 0, 1, "DISEASE")]
    nlp.get_pipe("stub_linker")(doc)
    assert {one.candidate.concept_id for one in reranker.explain(doc.ents[0])} == {"C1", "C2"}
    with pytest.raises(ConfigError, match="leave composites out"):
        pipeline(composites=True)


def test_an_answer_does_not_depend_on_the_neighbours_candidates():
    @spacy.registry.misc("tests.shared_ids.v1")
    def make():
        return lambda span: [Concept("A", span.text), Concept("B", "stroke")]

    nlp = ruler_pipeline()
    nlp.add_pipe("angel_reranker", config={**SMALL, "candidates": {"@misc": "tests.shared_ids.v1"}})
    assert [ent.kb_id_ for ent in nlp("gout and fever").ents] == ["A", "A"]


def test_candidates_that_cannot_be_used_are_passed_over():
    @spacy.registry.misc("tests.odd_candidates.v1")
    def make():
        odd = [Concept("X", "?"), Concept("MESH:D000001", "gout"), Concept("D000001", "goat"), Concept("", "gout")]
        return lambda span: odd if span.text == "gout" else None

    nlp = ruler_pipeline()
    nlp.add_pipe("angel_reranker", config={**SMALL, "candidates": {"@misc": "tests.odd_candidates.v1"}})
    assert [ent.kb_id_ for ent in nlp("gout and fever").ents] == ["MESH:D000001", "NIL"]
