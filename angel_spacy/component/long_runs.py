"""Texts with long runs of signs, over which spaCy's tokenizer would sit for minutes or hours."""

import re

from spacy.language import Language
from spacy.tokens import Doc

_SIGNS = r"(?:['’][sS]|[^\w\s]|_){100}"  # what the tokenizer takes off a word one by one
_PIECE = re.compile(f"{_SIGNS}(?={_SIGNS})")


def to_read(nlp: Language, text: str) -> str | Doc:
    """What `nlp` and `nlp.pipe` are to be given for this text: itself, or its Doc, where it has a long run of signs.

    For each sign that spaCy's tokenizer takes off a word it searches the rest of the word, so time grows with the
    square of the run: 2,000 characters take a second, 100,000 would take an hour. Cut within the run, time grows with
    the length. The words are the same where each sign is one; a run that would have stayed one word ("x====") is
    several. Texts that are too long for `nlp.max_length` are left to it.
    """
    if len(text) > nlp.max_length:
        return text
    cuts = [piece.end() for piece in _PIECE.finditer(text)]
    if not cuts:
        return text
    pieces = [nlp.make_doc(text[start:end]) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return Doc.from_docs(pieces, ensure_whitespace=False)
