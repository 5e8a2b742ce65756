from random import Random

from small import articles, knowledge_base

from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.training.examples.data import TrainingData
from angel_spacy.training.sections import Shares


def test_lexica_give_surfaces_and_the_knowledge_base_gives_targets():
    lexicon = KnowledgeBase(
        [Concept("L:1", "asthma", ("airway tightness",)), Concept("L:9", "baldness", ("hair loss",))]
    )
    data = TrainingData(knowledge_base(), articles(), ["An airway tightness was seen."], lexica=[lexicon])
    (_, tied_source), (_, other_source) = data.sources(Shares(synonyms=0, lexica=1))
    rng = Random(0)
    drawn = [tied_source.sample(rng) for _ in range(50)]
    assert any(example.text == "airway tightness" for example in drawn)
    kb_names = {"asthma", "bronchial asthma", "wheezy chest", "wheezing lungs"}
    assert {example.target for example in drawn} <= kb_names
    assert {other_source.sample(rng).target for _ in range(50)} == {"baldness", "hair loss"}
    ((_, found),) = data.sources(Shares(synonyms=0, dictionary=1))
    assert any(
        example.text[example.start : example.end] == "airway tightness" for example in map(found.sample, [rng] * 9)
    )
