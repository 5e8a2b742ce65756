"""A knowledge base of six concepts and six articles: enough to train on in a second."""

from pathlib import Path

from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.toy import toy_generator
from angel_spacy.records import Article, Mention

CONCEPTS = [
    Concept("T:1", "Asthma", ("Bronchial Asthma", "Wheezy Chest")),
    Concept("T:2", "Gout", ("Gouty Arthritis", "Urate Arthritis")),
    Concept("T:3", "Migraine", ("Sick Headache", "Hemicrania")),
    Concept("T:4", "Measles", ("Rubeola", "Morbilli")),
    Concept("T:5", "Mumps", ("Epidemic Parotitis",)),
    Concept("T:6", "Scurvy", ("Vitamin C Deficiency",)),
]
SURFACES = [
    ("wheezing lungs", "T:1"),
    ("painful toe", "T:2"),
    ("half sided head pain", "T:3"),
    ("red spotted fever", "T:4"),
    ("swollen cheeks", "T:5"),
    ("sailors' gums", "T:6"),
]


def knowledge_base():
    return KnowledgeBase(CONCEPTS)


def article(number, surface, concept_ids, before="A case of ", after=" in a village."):
    start = len(before)
    mention = Mention(surface, start, start + len(surface), "DISEASE", concept_ids)
    return Article(str(number), "", before + surface + after, (mention,))


def articles():
    return [article(i, surface, (concept_id,)) for i, (surface, concept_id) in enumerate(SURFACES)]


def prompter(**settings):
    return toy_generator(**settings).prompter


def write(folder: Path, **files: str) -> Path:
    """The folder, with these files in it; two underscores stand for a dot in a name."""
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf8")
    return folder
