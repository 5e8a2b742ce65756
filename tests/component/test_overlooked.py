import pytest
import spacy
from spacy.tokens import Span

from angel_spacy.component.overlooked import overlooked


def marked(text, *words, label="DISEASE"):
    """A Doc whose first places of the words are entities."""
    doc = spacy.blank("en")(text)
    spans = [doc.char_span(text.index(one), text.index(one) + len(one), label=label) for one in words]
    doc.set_ents(spans)
    return doc


def more(doc):
    return [(span.text, span.label_, span.start_char) for span in overlooked(doc, doc.ents)]


@pytest.mark.parametrize(
    ("text", "long", "found"),
    [
        ("Haemolytic anaemia (HA) is rare.", "Haemolytic anaemia", [("HA", "DISEASE", 20)]),
        ("An acute haemolytic anaemia [AHA; n = 5] is rare.", "haemolytic anaemia", [("AHA", "DISEASE", 29)]),
        ("Haemolytic anaemia (XY) is rare.", "Haemolytic anaemia", []),
        ("Haemolytic anaemia (rare) and HA.", "Haemolytic anaemia", []),
    ],
)
def test_an_abbreviation_behind_what_it_is_short_for_is_a_mention(text, long, found):
    assert more(marked(text, long)) == found


def test_words_that_are_a_mention_once_are_one_elsewhere():
    doc = marked("Renal Failure: renal failure, failure, Renal.", "Renal Failure")
    assert more(doc) == [("renal failure", "DISEASE", 15)]


def test_an_abbreviation_that_was_found_in_brackets_is_found_elsewhere():
    doc = marked("HA hurts. Haemolytic anaemia (HA) is rare; ha! HAs", "Haemolytic anaemia")
    assert more(doc) == [("HA", "DISEASE", 30), ("HA", "DISEASE", 0)]


def test_words_that_are_mostly_left_unmarked_are_left():
    doc = marked("Lead is a metal. " + "Leads lead. " * 3, "Lead", label="CHEMICAL")
    assert more(doc) == []
    doc = marked("Lead is a metal, lead lead. ", "Lead", label="CHEMICAL")
    assert [start for *_, start in more(doc)] == [17, 22]


def test_longer_words_go_first_and_nothing_overlaps():
    doc = marked("pain, chest pain; chest pain and pain", "pain", "chest pain")
    assert more(doc) == [("chest pain", "DISEASE", 18), ("pain", "DISEASE", 33)]


def test_what_others_marked_or_blocked_stays():
    doc = spacy.blank("en")("gout gout gout gout")
    doc.set_ents([Span(doc, 0, 1, "DISEASE"), Span(doc, 1, 2, "WORD")], blocked=[doc[2:3]])
    assert [span.start for span in overlooked(doc, [doc.ents[0]])] == [3]


def test_a_document_without_mentions_has_none():
    assert more(spacy.blank("en")("")) == more(spacy.blank("en")("Gout (G).")) == []


@pytest.mark.parametrize(
    ("word", "short"), [("Arsenic", "As"), ("Indium", "In"), ("Helium", "He"), ("Isoniazid", "Is")]
)
def test_ordinary_words_are_not_taken_for_short_symbols(word, short):
    doc = marked(f"{word} ({short}) was measured {short.lower()} planned. {short} rose.", word, label="CHEMICAL")
    assert {text for text, *_ in more(doc)} == {short}
