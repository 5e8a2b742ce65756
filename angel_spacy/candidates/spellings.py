"""Other spellings of a mention: vocabularies and authors differ, and a mention is tried in both forms."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from ..kb.variants import KINDS, Place, greek, rewritten


def plain_spelling(mention: str) -> str:
    """The mention with Greek letters by name, Arabic numerals and American English: the mention itself at times."""
    for kind in KINDS:
        mention = rewritten(mention, [place for place in kind(mention) if place.plainer])
    return mention


@lru_cache(4096)
def spellings(mention: str) -> tuple[str, ...]:
    """All other spellings of a mention, its plain one first where that is another."""
    found = {mention: None}
    for kind in KINDS:
        found = dict.fromkeys(form for text in found for form in _forms(text, kind))
    return tuple(text for text in found if text != mention)


def _forms(text: str, kind: Callable[[str], Iterator[Place]]) -> Iterator[str]:
    """The text with all places of a kind in the plainer form, as it is, and all in the other form."""
    places = list(kind(text))
    plainer = [place for place in places if place.plainer]
    yield rewritten(text, plainer)
    if kind is greek:  # "17 beta" for "17beta"
        yield " ".join(rewritten(text, [place._replace(other=f" {place.other} ") for place in plainer]).split())
    yield text
    yield rewritten(text, [place for place in places if not place.plainer])
