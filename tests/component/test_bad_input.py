import logging

import pytest
from linker_toys import CONCEPTS, ruler_pipeline, spelling_pipeline, toy_kb, with_linker
from spacy.tokens import Span

from angel_spacy.kb import Concept


@pytest.fixture(scope="module")
def nlp():
    return spelling_pipeline()


@pytest.fixture(scope="module")
def toy():
    """With weights, so that what the text does to the model is seen."""
    return with_linker(ruler_pipeline(), spelling=False)


def linked(nlp, text, *offsets):
    """The links of the given characters of a text."""
    ((*found,),) = nlp.get_pipe("angel_linker").link_mentions([nlp.make_doc(text)], [offsets])
    return found


@pytest.mark.parametrize("text", ["", " ", "\n\t", "Nothing to link here."])
def test_nothing_to_link(nlp, text):
    doc = nlp(text)
    assert doc.text == text
    assert not doc.ents


@pytest.mark.parametrize("mention", [" ", "\n\n", "...", "()", "—", "…", "🙂", "\x00", "\u0301", "±", "_"])
def test_a_mention_without_a_word_is_nil_with_the_reason(nlp, mention):
    doc = nlp.make_doc("gout")
    text = f"the {mention} of"
    (link,) = linked(nlp, text, (4, 4 + len(mention)))
    assert (link.concept_id, link.candidates) == (None, ())
    assert link.nil_reason == "empty mention"
    doc = nlp.make_doc("gout , gout")
    doc.ents = [Span(doc, 1, 2, "DISEASE"), Span(doc, 2, 3, "DISEASE")]
    doc = nlp.get_pipe("angel_linker")(doc)
    assert [ent.kb_id_ for ent in doc.ents] == ["NIL", "D006073"]
    assert doc.ents[0]._.kb_nil_reason == "empty mention"


@pytest.mark.parametrize(
    "text",
    [
        "🙂 gout 👩‍👩‍👧 🏳️‍🌈",
        "cafe\u0301 gout n\u0303ame\u0301",
        "النقرس gout مرض",
        "\u202egout\u202c",
        "nul \x00 gout \x00\x01\x7f",
        "</s> gout <s> <pad> </s>",
        "START gout END is gout is",
        "gout" + "\u200b" * 50,
        "x" * 5000 + " gout " + "y" * 5000,
    ],
)
def test_strange_context_is_only_context(toy, text):
    start = text.index("gout")
    (link,) = linked(toy, text, (start, start + 4))
    assert link.concept_id in {concept.concept_id for concept in CONCEPTS}
    assert all(-1e4 < candidate.score <= 0 for candidate in link.candidates)


@pytest.mark.parametrize(
    "mention", ["النقرس", "ñandú", "cafe\u0301", "what is gout is", "</s>", "<pad> gout", "痛風", "1"]
)
def test_strange_mentions_are_linked_like_any_other(toy, mention):
    (link,) = linked(toy, f"of {mention} in", (3, 3 + len(mention)))
    assert len(link.candidates) == 3


def test_an_end_of_sentence_that_is_written_out_is_text(nlp):
    generator = nlp.get_pipe("angel_linker").generator
    (prompt,) = generator.prompter.prompts([("gout </s> <s> <pad>", 0, 4)])
    assert prompt.input_ids.count(generator.special.eos) == 1
    assert prompt.input_ids.count(generator.special.pad) == 0
    (prompt,) = generator.prompter.prompts([("</s>", 0, 4)])
    assert prompt.prefix_ids.count(generator.special.eos) == 1  # BART starts its decoder with it


def test_a_mention_that_contains_is(nlp):
    concepts = [Concept("D1", "what is gout"), Concept("D2", "what"), Concept("D3", "gout")]
    linker = spelling_pipeline(toy_kb(concepts)).get_pipe("angel_linker")
    ((link,),) = linker.link_mentions([nlp.make_doc("What is gout?")], [[(0, 12)]])
    assert link.concept_id == "D1"
    assert link.candidates[0].probability > 0.8


def test_a_mention_longer_than_the_model(toy):
    text = "gout " * 500
    long, short = linked(toy, text, (0, 2000), (0, 4))
    assert len(long.candidates) == len(short.candidates) == 3


def test_a_long_document_is_read_as_far_as_the_context_goes(toy):
    short, long = (("word " * n + "gout" + " word" * n, n) for n in (200, 10_000))
    (near,), (far,) = (linked(toy, text, (5 * n, 5 * n + 4)) for text, n in (short, long))
    assert near == far


def test_names_longer_than_the_model_are_left_out_and_counted(caplog):
    concepts = [*CONCEPTS, Concept("D1", "very " * 20 + "long"), Concept("D2", "short", ("x" * 200,))]
    nlp = with_linker(ruler_pipeline(), toy_kb(concepts), spelling=False)
    with caplog.at_level(logging.WARNING, "angel_spacy"):
        doc = nlp("gout")
        nlp("gout")
    assert "D1" not in {candidate.concept_id for candidate in doc.ents[0]._.kb_candidates}
    (record,) = caplog.records
    assert record.getMessage().startswith("2 of 10 names are longer than the 64 tokens that the model allows")


def test_every_name_too_long_is_nil():
    nlp = with_linker(ruler_pipeline(), toy_kb([Concept("D1", "x" * 200)]), spelling=False)
    assert nlp("gout").ents[0]._.kb_id is None
