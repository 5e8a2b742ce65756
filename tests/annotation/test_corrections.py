from dataclasses import replace

import pytest
import small

from angel_spacy.annotation.corrections import (
    ADDED,
    CONFIRMED,
    CORRECTED,
    HOMONYM,
    NO_ID,
    NOTHING_WRONG,
    REMOVED,
    UNCHANGED,
    UNKNOWN,
    Corrections,
    read_predicted,
)
from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.jsonl import jsonl_line
from angel_spacy.corpora.pubtator import pubtator_block, read_pubtator
from angel_spacy.errors import CorpusError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.toy import toy_generator
from angel_spacy.objectives.names import names_by_row
from angel_spacy.objectives.pairs import PreferencePair, read_pairs, write_pairs
from angel_spacy.records import Article, Candidate, LinkedArticle, LinkedMention, Mention
from angel_spacy.training.examples.data import TrainingData
from angel_spacy.training.pairs import PairMaker
from angel_spacy.training.sections import PairSettings

KB = KnowledgeBase(
    [
        Concept("T:1", "Renal Failure", ("Kidney Failure",), alt_ids=("T:11",)),
        Concept("T:2", "Heart Failure", ("Cardiac Failure", "Failing Heart")),
        Concept("T:3", "Common Cold", ("Cold",)),
        Concept("T:4", "Cold", ("Cold Temperature",)),  # the name "cold" means T:4 first
        Concept("T:5", "Chill", ("Cold",)),
        Concept("T:6", "cold!"),  # nothing but a homonym
    ]
)
TEXT = "Failing kidneys and a cold."
KIDNEYS, COLD = (0, 15), (22, 26)


def names(*pairs):
    """Candidates as (concept id, generated name), best first."""
    return tuple(Candidate(concept_id, "", name, 0.5, -1.0 - i) for i, (concept_id, name) in enumerate(pairs))


HEART_FIRST = names(("T:2", "failing heart"), ("T:1", "kidney failure"), ("T:4", "cold"))


def article(*mentions, text=TEXT, article_id="1"):
    """Mentions as ((start, end), ids)."""
    found = tuple(Mention(text[start:end], start, end, "DISEASE", ids) for (start, end), ids in mentions)
    return Article(article_id, "", text, found)


def linked(article, *candidates):
    """Without candidates, none were considered for any mention."""
    found = candidates or ((),) * len(article.mentions)
    return LinkedArticle(article, tuple(map(LinkedMention, article.mentions, found)))


def compare(before, after, *candidates, confirmed=False, kb=KB):
    """(pairs as chosen > rejected, counts that are not 0)."""
    compared = Corrections(kb, confirmed)
    pairs = [(pair.chosen, pair.rejected) for pair in compared.pairs([linked(before, *candidates)], [after])]
    return pairs, {name: n for name, n in compared.counts.items() if n}


def test_the_most_similar_right_name_is_preferred_to_what_the_model_wrote():
    before, after = article((KIDNEYS, ("T:2",))), article((KIDNEYS, ("T:1",)))
    assert compare(before, after, HEART_FIRST) == ([("kidney failure", "failing heart")], {CORRECTED: 1})


def test_without_candidates_the_wrong_concepts_most_similar_name_is_rejected():
    before, after = article((KIDNEYS, ("T:2",))), article((KIDNEYS, ("T:1",)))
    assert compare(before, after) == ([("kidney failure", "failing heart")], {CORRECTED: 1})
    assert compare(before, after, names(("T:9", "gone from the kb")))[0] == [("kidney failure", "failing heart")]


def test_a_pair_marks_the_mention_in_its_text():
    compared = Corrections(KB)
    (pair,) = compared.pairs([linked(article((KIDNEYS, ("T:2",))))], [article((KIDNEYS, ("T:1",)))])
    assert (pair.text, pair.start, pair.end) == (TEXT, *KIDNEYS)


@pytest.mark.parametrize("right", [("T:1",), ("T:11",), ("t:1",), ("T:9", "T:1")])
def test_alternative_ids_and_ids_beside_unknown_ones_are_understood(right):
    pairs, _ = compare(article((KIDNEYS, ("T:2",))), article((KIDNEYS, right)))
    assert pairs == [("kidney failure", "failing heart")]


def test_every_id_of_a_composite_is_right():
    before = article((COLD, ("T:4",)))
    pairs, _ = compare(before, article((COLD, ("T:1", "T:3"))), names(("T:3", "common cold"), ("T:4", "cold")))
    assert pairs == [("common cold", "cold")]
    assert compare(before, article((COLD, ("T:1", "T:4")))) == ([], {UNCHANGED: 1})


def test_of_a_right_concept_only_names_that_mean_it_first_are_chosen():
    before, cold = article((COLD, ("T:4",))), names(("T:4", "cold"), ("T:3", "cold"))
    assert compare(before, article((COLD, ("T:3",))), cold)[0] == [("common cold", "cold")]
    assert compare(before, article((COLD, ("T:5",))), cold)[0] == [("chill", "cold")]
    assert compare(before, article((COLD, ("T:6",))), cold) == ([], {HOMONYM: 1})


def test_a_mention_without_a_link_prefers_the_right_name_to_the_best_wrong_candidate():
    before, after = article((KIDNEYS, ())), article((KIDNEYS, ("T:1",)))
    assert compare(before, after, HEART_FIRST)[0] == [("kidney failure", "failing heart")]
    right_first = names(("T:1", "renal failure"), ("T:2", "cardiac failure"))
    assert compare(before, after, right_first)[0] == [("kidney failure", "cardiac failure")]
    assert compare(before, after) == ([], {NOTHING_WRONG: 1})
    assert compare(before, after, names(("T:1", "renal failure"))) == ([], {NOTHING_WRONG: 1})


def test_a_wrong_id_that_the_kb_lacks_is_nothing_to_reject():
    assert compare(article((KIDNEYS, ("X:1",))), article((KIDNEYS, ("T:1",)))) == ([], {NOTHING_WRONG: 1})


def test_what_cannot_be_preferred_is_counted():
    linked = article((KIDNEYS, ("T:2",)))
    assert compare(linked, article((KIDNEYS, ()))) == ([], {NO_ID: 1})
    assert compare(linked, article((KIDNEYS, ("X:1",)))) == ([], {UNKNOWN: 1})
    assert compare(linked, article((KIDNEYS, ("T:2",)))) == ([], {UNCHANGED: 1})
    assert compare(article((KIDNEYS, ())), article((KIDNEYS, ()))) == ([], {UNCHANGED: 1})
    assert compare(linked, article()) == ([], {REMOVED: 1})
    assert compare(article(), article((COLD, ("T:3",)))) == ([], {ADDED: 1})
    assert compare(linked, article(((0, 7), ("T:1",)))) == ([], {REMOVED: 1, ADDED: 1})


def test_unknown_ids_can_be_told():
    compared = Corrections(KB)
    assert not list(compared.pairs([linked(article((KIDNEYS, ("T:2",))))], [article((KIDNEYS, ("X:1",)))]))
    assert compared.unknown == {"X:1": 1}


def test_confirmed_links_keep_their_name_before_the_next_candidate():
    same, found = article((KIDNEYS, ("T:1",))), names(("T:1", "renal failure"), ("T:1", "kidney failure"), ("T:2", "x"))
    known = (*found[:2], *names(("T:2", "heart failure")))
    assert compare(same, same, known) == ([], {UNCHANGED: 1})
    assert compare(same, same, known, confirmed=True) == ([("renal failure", "heart failure")], {CONFIRMED: 1})
    assert compare(same, same, found, confirmed=True) == ([], {UNCHANGED: 1})  # no name of another concept
    assert compare(same, same, confirmed=True) == ([], {UNCHANGED: 1})
    nil = article((KIDNEYS, ()))
    assert compare(nil, nil, known, confirmed=True) == ([], {UNCHANGED: 1})


def test_articles_that_were_not_corrected_are_left_out():
    other = article((KIDNEYS, ("T:2",)), article_id="2")
    compared = Corrections(KB)
    predicted = [linked(other), linked(article((KIDNEYS, ("T:2",))))]
    assert len(list(compared.pairs(predicted, [article((KIDNEYS, ("T:1",)))]))) == 1


@pytest.mark.parametrize(
    ("corrected", "message"),
    [
        ([article(article_id="7")], "article 7 .* not among the predicted"),
        ([article(), article()], "article 1 .* twice"),
        ([article(text="Failing lungs and a cold.")], r"from character 8 on .*'lungs and a cold.'.*change ids only"),
        ([article(text=TEXT[1:])], "another text"),
    ],
)
def test_files_that_do_not_go_together_are_an_error(corrected, message):
    with pytest.raises(CorpusError, match=message):
        list(Corrections(KB).pairs([linked(article())], corrected))


@pytest.mark.parametrize("before_as", ["jsonl", "pubtator"])
@pytest.mark.parametrize("after_as", ["jsonl", "pubtator"])
def test_both_formats_are_read_in_any_combination(tmp_path, before_as, after_as):
    text = "Failing kidneys\nand a cold."  # PubTator has no line breaks
    before = article((KIDNEYS, ("T:2",)), (COLD, ("T:4",)), text=text)
    after = article((KIDNEYS, ("T:1",)), (COLD, ("T:4",)), text=text)
    predicted, corrected = tmp_path / f"predicted.{before_as}", tmp_path / f"corrected.{after_as}"
    cardiac = names(("T:2", "cardiac failure"))
    if before_as == "jsonl":
        predicted.write_text(jsonl_line(linked(before, cardiac, cardiac)))
    else:
        predicted.write_text(pubtator_block(before))
    corrected.write_text(jsonl_line(linked(after)) if after_as == "jsonl" else pubtator_block(after))
    read = read_articles(corrected)
    pairs = list(Corrections(KB).pairs(read_predicted(predicted), read))
    rejected = "cardiac failure" if before_as == "jsonl" else "failing heart"
    assert [(pair.chosen, pair.rejected) for pair in pairs] == [("kidney failure", rejected)]
    write_pairs(pairs, tmp_path / "pairs.jsonl")
    assert list(read_pairs(tmp_path / "pairs.jsonl")) == pairs


def test_offsets_that_were_shifted_name_the_line(tmp_path):
    path = tmp_path / "corrected.pubtator"
    path.write_text(pubtator_block(article((KIDNEYS, ("T:1",)))).replace("\t1\t16\t", "\t3\t18\t"))
    with pytest.raises(CorpusError, match=r"line 3.*correct the offsets"):
        list(read_pubtator(path))


def test_mentions_go_together_by_place_whatever_their_order_and_label():
    before = article((KIDNEYS, ("T:2",)), (COLD, ("T:4",)))
    after = article((COLD, ("T:4",)), (KIDNEYS, ("T:1",)))
    after = replace(after, mentions=tuple(replace(mention, label="OTHER") for mention in after.mentions))
    assert compare(before, after) == ([("kidney failure", "failing heart")], {CORRECTED: 1, UNCHANGED: 1})


def test_replay_without_corpora_is_made_of_names(tmp_path):
    given = [PreferencePair("cold", 0, 4, "common cold", name) for name in ("chill", "cold temperature")]
    write_pairs(given, tmp_path / "pairs.jsonl")
    settings = PairSettings(source="files", files=(str(tmp_path / "pairs.jsonl"),), n_chunks=1, replay=1.5)
    pairs = PairMaker(TrainingData(small.knowledge_base(), [], []), settings, seed=0).pairs(0, toy_generator())
    replayed = [pair for pair in pairs if pair not in given]
    assert len(replayed) == 3
    owners = {name: row for row, own in enumerate(names_by_row(small.knowledge_base())) for name in own}
    assert all(owners[pair.chosen] != owners[pair.rejected] for pair in replayed)
