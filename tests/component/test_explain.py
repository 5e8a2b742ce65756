"""`linker.explain(span, concept_id)`: a concept beside the one that was chosen."""

import numpy as np
import pytest
from linker_toys import ENTITIES, ruler_pipeline, toy_kb, with_linker

from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept


@pytest.fixture
def linker_and_doc():
    kb = toy_kb()
    kb.add(Concept("X:1", "Acute gout", ("gout attack", "an attack of gout"), types=("Disease",)))
    nlp = with_linker(ruler_pipeline({**ENTITIES, "cure": "CHEMICAL"}), kb, combine="evidence")
    return nlp.get_pipe("angel_linker"), nlp("Gout after a cure with aspirin.")


def test_a_concept_stands_beside_the_winner(linker_and_doc):
    linker, doc = linker_and_doc
    found = linker.explain(doc.ents[0], "X:1")
    assert (found.concept.candidate.concept_id, found.winner.candidate.concept_id) == ("X:1", "D006073")
    assert found.concept.candidate.probability < found.winner.candidate.probability
    scores = [sum(one.parts.values()) for one in (found.concept, found.winner)]
    odds = found.concept.candidate.probability / found.winner.candidate.probability
    assert odds == pytest.approx(np.exp(scores[0] - scores[1]), rel=1e-3)


def test_the_names_are_spelled_token_by_token(linker_and_doc):
    linker, doc = linker_and_doc
    found = linker.explain(doc.ents[0], "X:1")
    assert (found.winner_name.name, found.name.name) == ("gout", "gout attack")
    for one in (found.name, found.winner_name):
        assert len(one.tokens) == len(one.log_probs)
        assert max(one.log_probs) <= 0
    at = found.diverges_at
    assert found.name.tokens[:at] == found.winner_name.tokens[:at]
    assert found.name.tokens[at] != found.winner_name.tokens[at]
    assert found.name.log_probs[at] < found.winner_name.log_probs[at]
    asked = linker.ask([doc], [[(0, 4, "DISEASE")]])
    prompts = linker.generated.generator.prompter.prompts([(doc.text, 0, 4)])
    (written,) = linker.generated.hypotheses(prompts, linker.settings)
    best = next(one for one in written if linker.generated.index.name(one.leaf) == "gout")
    assert sum(found.winner_name.log_probs) == pytest.approx(best.log_prob, abs=1e-4)
    assert asked.mentions[0].prompts == (None,)  # the gate answers it; here the generator was asked nevertheless


def test_the_winner_beside_itself_parts_nowhere(linker_and_doc):
    linker, doc = linker_and_doc
    found = linker.explain(doc.ents[0], "D006073")
    assert found.concept == found.winner
    assert found.diverges_at == len(found.name.tokens)


def test_what_cannot_be_explained_is_said(linker_and_doc):
    linker, doc = linker_and_doc
    with pytest.raises(ConfigError, match="no concept 'X:77' in the knowledge base"):
        linker.explain(doc.ents[0], "X:77")
    with pytest.raises(ConfigError, match="X:1 is not what a CHEMICAL may be"):
        linker.explain(doc.ents[1], "X:1")
    linker.set_kb(toy_kb([]))
    with pytest.raises(ConfigError, match="no concept"):
        linker.explain(doc.ents[0], "D006073")
