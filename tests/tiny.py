"""A whole pipeline that takes no time: a rule NER and the toy generator over three concepts."""

import spacy

from angel_spacy.kb import Concept, KnowledgeBase, Provenance
from angel_spacy.records import Article

WORDS = {"gout": "DISEASE", "renal failure": "DISEASE", "aspirin": "CHEMICAL", "نقرس": "DISEASE"}
CONCEPTS = [
    Concept("D006073", "Gout", ("podagra",)),
    Concept("D051437", "Renal failure", ("kidney failure",)),
    Concept("D001241", "Aspirin", ("acetylsalicylic acid",), alt_ids=("D999999",)),
]


def tiny_kb(concepts=CONCEPTS):
    return KnowledgeBase(concepts, provenance=Provenance("jsonl/tiny.jsonl", "1", "2024-05-01", "CC0"))


def tiny_pipeline(concepts=CONCEPTS, **config):
    nlp = spacy.blank("en")
    patterns = [{"label": label, "pattern": words} for words, label in WORDS.items()]
    nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"}).add_patterns(patterns)
    toy = {"@architectures": "angel_spacy.ToySeq2Seq.v1"}
    nlp.add_pipe("angel_linker", config={"model": toy, "combine": None, **config}).set_kb(tiny_kb(concepts))
    return nlp


def articles(*texts):
    """Articles without a title, numbered from 0."""
    return [Article(str(number), "", text) for number, text in enumerate(texts)]
