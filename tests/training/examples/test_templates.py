from random import Random
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import CONCEPTS, articles, knowledge_base

from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.objectives.names import names_by_row
from angel_spacy.training.examples.data import TrainingData
from angel_spacy.training.examples.templates import TEMPLATES, TemplateSource, beginning, fill
from angel_spacy.training.sections import Shares

NAMES = names_by_row(knowledge_base())
WEIGHTS = [1.0] * len(NAMES)
DEFINITIONS = ["Narrowing of the airways {that} comes and goes. It wheezes.", "", "Pain of half the head", "", "", ""]

texts = st.text(ascii_lowercase + "{} 0é", min_size=1, max_size=12).filter(str.strip)


def drawn(source, n=400, seed=0):
    rng = Random(seed)
    return [source.sample(rng) for _ in range(n)]


def row_of(name):
    (row,) = [row for row, names in enumerate(NAMES) if name in names]
    return row


@given(st.sampled_from(TEMPLATES), texts, texts, texts, texts)
def test_the_mention_lies_where_the_example_says(template, surface, synonym, other, definition):
    words = {"synonym": synonym, "other": other, "definition": definition}
    example = fill(template, surface, words, "x")
    assert example.text[example.start : example.end] == surface
    around = example.text[: example.start] + "{mention}" + example.text[example.end :]
    assert around == template.replace("{mention}", "{{mention}}").format(**words)


@given(st.lists(st.lists(texts, min_size=1, max_size=4, unique=True), min_size=1, max_size=5), st.integers(0, 9))
def test_any_names_make_sentences_with_a_mention_and_a_right_target(names, seed):
    for row in range(len(names)):
        source = TemplateSource(names, [float(i == row) for i in range(len(names))], ["A {thing}."] * len(names))
        example = source.sample(Random(seed))
        assert example.text[example.start : example.end].strip()
        assert len(example.text) > example.end - example.start
        assert example.target in names[row]


def test_every_template_is_used_and_has_one_mention():
    assert len(set(TEMPLATES)) == len(TEMPLATES) >= 20
    assert all(template.count("{mention}") == 1 for template in TEMPLATES)
    names = [["gout", "podagra", "urate arthritis"], ["mumps"]]
    texts = [example.text for example in drawn(TemplateSource(names, [1, 0], ["Crystals in a joint.", ""]), 3000)]
    for template in TEMPLATES:
        pieces = template.partition("{mention}")[::2]
        longest = max((part for piece in pieces for part in _literals(piece)), key=len)
        assert any(longest in text for text in texts), template


def _literals(piece):
    return [part.partition("}")[2] if i else part for i, part in enumerate(piece.split("{"))]


def test_a_sentence_tells_the_definition_of_its_own_concept_only():
    for example in drawn(TemplateSource(NAMES, WEIGHTS, DEFINITIONS)):
        assert "half the head" not in example.text or row_of(example.target) == 2
        assert "airways" not in example.text or row_of(example.target) == 0
        assert "wheezes" not in example.text
    examples = drawn(TemplateSource(NAMES, WEIGHTS, DEFINITIONS))
    assert any("Narrowing of the airways {that}" in example.text for example in examples)


def test_definitions_are_not_needed():
    examples = drawn(TemplateSource(NAMES, WEIGHTS))
    assert {example.target for example in examples} == {name for names in NAMES for name in names}


def test_a_lone_concept_with_one_name_gets_a_sentence():
    for example in drawn(TemplateSource([["gout"]], [1.0]), 50):
        assert example.target == "gout"
        assert example.text[example.end :] or example.text[: example.start]


def test_the_answer_is_not_in_the_sentence_unless_it_is_the_mention():
    names = [["gout", "podagra", "urate arthritis"], ["mumps"]]
    for example in drawn(TemplateSource(names, [1, 0])):
        around = example.text[: example.start] + example.text[example.end :]
        assert example.target not in around


def test_a_weight_of_zero_is_never_drawn():
    source = TemplateSource(NAMES, [0, 1, 0, 0, 0, 0], DEFINITIONS)
    assert {row_of(example.target) for example in drawn(source)} == {1}


def test_the_same_seed_draws_the_same_sentences():
    source = TemplateSource(NAMES, WEIGHTS, DEFINITIONS)
    assert drawn(source, 50, 1) == drawn(TemplateSource(NAMES, WEIGHTS, DEFINITIONS), 50, 1)
    assert drawn(source, 50, 1) != drawn(source, 50, 2)


@pytest.mark.parametrize(
    ("definition", "n_words", "expected"),
    [
        ("A swelling, of a joint. It hurts.", 9, "A swelling, of a joint"),
        ("A swelling, of a joint. It hurts.", 2, "A swelling"),
        ("A swelling.", 9, "A swelling"),
        (" ", 9, ""),
    ],
)
def test_a_definition_is_cut_to_the_beginning_of_its_first_sentence(definition, n_words, expected):
    assert beginning(definition, n_words) == expected


def test_the_knowledge_base_of_a_run_gives_the_definitions():
    defined = Concept("T:7", "Chilblain", ("Pernio",), definition="Itching toes in winter.")
    data = TrainingData(KnowledgeBase([*CONCEPTS, defined]), articles(), [])
    ((share, source),) = data.sources(Shares(synonyms=0, templates=0.5))
    assert share == 0.5
    told = [example for example in drawn(source, 600) if "Itching toes" in example.text]
    assert told
    assert {example.target for example in told} <= {"chilblain", "pernio"}
