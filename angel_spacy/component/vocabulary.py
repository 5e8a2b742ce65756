"""A vocabulary that does not grow with the texts that were read: spaCy keeps every word that it meets."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from spacy.language import Language

MANY_WORDS = 200_000  # the first ones stay, which are the frequent ones


def bounded_vocabulary(nlp: Language) -> AbstractContextManager[Any]:
    """A block in which Docs are made, used and dropped: once the vocabulary is large, what it learns within is
    forgotten at the end. A Doc of within must not be touched afterwards. Blocks may be nested."""
    if nlp.vocab.in_memory_zone or len(nlp.vocab.strings) < MANY_WORDS:
        return nullcontext()
    zone: AbstractContextManager[Any] = nlp.memory_zone()
    return zone
