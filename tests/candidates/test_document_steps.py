"""What a document tells of homonyms: probabilities move to what it holds, and still sum to what they did."""

from math import exp, isclose, log

from angel_spacy.candidates.reranking import HELD, held_by_document
from angel_spacy.candidates.source import Request
from angel_spacy.records import Candidate


def of(*pairs):
    return [Candidate(one, one, name, p, log(p)) for one, name, p in pairs]


def ranked(*candidates):
    requests = [Request("", 0, 0, (str(i),)) for i in range(len(candidates))]
    return held_by_document(requests, candidates)


SURE = of(("B", "cirrhosis of the liver", 0.9), ("C", "other", 0.05))
UNSURE = of(("A", "cirrhosis", 0.5), ("B", "cirrhosis", 0.4), ("C", "fibrosis", 0.05))


def test_of_one_name_the_concept_that_the_document_holds_comes_first():
    _, after = ranked(SURE, UNSURE)
    assert [one.concept_id for one in after] == ["B", "A", "C"]
    total = 1 + (HELD - 1) * 0.4
    assert isclose(after[0].probability, HELD * 0.4 / total)
    nil = 1 - sum(one.probability for one in UNSURE)
    assert isclose(sum(one.probability for one in after) + nil / total, 1.0)
    assert all(isclose(exp(one.score), one.probability) for one in after)


def test_nothing_changes_without_homonyms_or_where_the_document_is_not_sure():
    other = of(("A", "gout", 0.5), ("B", "gouty arthritis", 0.4))  # not of one name
    assert ranked(SURE, other) == [SURE, other]
    doubtful = of(("B", "cirrhosis of the liver", 0.7))
    assert ranked(doubtful, UNSURE) == [doubtful, UNSURE]
    assert ranked(UNSURE, [], UNSURE) == [UNSURE, [], UNSURE]  # a homonym is no witness for itself
