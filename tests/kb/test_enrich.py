from angel_spacy.kb import Concept, KnowledgeBase, Provenance
from angel_spacy.kb.enrich import enriched
from angel_spacy.kb.lexica import tied

NAMES = [["kidney failure", "renal failure"], ["liver failure"], ["cold"], ["cold", "chill"]]


def test_an_entry_is_tied_to_the_row_that_owns_most_of_its_names():
    entry = ["renal failure", "kidney failure", "liver failure", "failing kidney"]
    assert list(tied(NAMES, [entry])) == [(0, ["failing kidney"])]


def test_an_entry_between_two_rows_and_one_with_shared_names_only_are_tied_to_none():
    assert list(tied(NAMES, [["renal failure", "liver failure", "organ failure"], ["cold", "a cold"]])) == [
        (None, ["organ failure"]),
        (None, ["a cold"]),
    ]


def kb():
    return KnowledgeBase(
        [Concept("D:1", "Gout", ("podagra",)), Concept("D:2", "Fever"), Concept("D:3", "Cold"), Concept("D:4", "Cold")],
        provenance=Provenance("mine", licence="CC0"),
        seen={("gout", "D:1"): 3},
    )


LEXICON = KnowledgeBase(
    [
        Concept("L:1", "GOUT", ("Uric-Acid Arthritis", "gouty disease")),
        Concept("L:2", "fever", ("Hot Sickness", "gouty disease")),
        Concept("L:3", "cold", ("Common Cold",)),
        Concept("L:4", "baldness", ("hair loss",)),
    ],
    provenance=Provenance("theirs", licence="CC BY 4.0"),
)


def test_names_of_other_vocabularies_go_to_the_concept_that_is_clearly_meant():
    rich = enriched(kb(), [LEXICON])
    assert rich["D:1"].names == ("Gout", "podagra", "Uric-Acid Arthritis")
    assert rich["D:2"].names == ("Fever", "Hot Sickness")
    assert [rich[concept_id].names for concept_id in ("D:3", "D:4")] == [("Cold",)] * 2
    assert len(rich) == 4


def test_nothing_becomes_ambiguous_and_what_was_seen_stays():
    rich = enriched(kb(), [LEXICON])
    for name in rich.names():
        assert len(rich.rows_of(name)) == max(1, len(kb().rows_of(name)))
    assert rich.seen == kb().seen
    assert (rich.provenance.source, rich.provenance.licence) == ("mine + names of theirs", "CC0; CC BY 4.0")


def test_without_lexica_nothing_changes():
    assert enriched(kb(), []).fingerprint == kb().fingerprint
