"""Mentions of several concepts at once, "breast and ovarian cancer", read as lists of names that share words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..candidates.source import Candidates, Request
from .links import Link, decide

_JOINT = re.compile(r",? (?:and/or|and|or|nor|as well as) | ?& ?|, |(?<=[a-z])/(?=[a-z])", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:both|either|neither) ", re.IGNORECASE)
_OF = re.compile(r"(.+ (?:of|in|to)(?: the)?) (.+)", re.IGNORECASE)
_MOST_PARTS = 8
_MOST_SHARED = 3  # words
_LEAST_OF_PART, _MOST_OF_WHOLE = 0.5, 0.9

Reading = tuple[str, ...]


def readings(mention: str) -> list[Reading]:
    """The ways to read a mention as a list of names, none where it has no "and", comma or slash.

    What names share is written out in each: the last words ("C6 and C7 deficiency"), the first ("cardiac dilation and
    dysfunction"), those before an "of" ("cancer of the colon or lung"), or none ("nausea, vomiting").
    """
    mention = _BOTH.sub("", " ".join(mention.split()))
    parts = [part for part in _JOINT.split(mention) if part]
    if not 2 <= len(parts) <= _MOST_PARTS:
        return []
    return [reading for reading in dict.fromkeys(_written_out(parts)) if len(set(reading)) == len(reading)]


def decide_all(
    requests: Sequence[Request], candidates: Sequence[Candidates], threshold: float, *, has_names: bool = True
) -> list[Link]:
    """The links of a document's mentions; requests about parts of them stand behind those about the wholes."""
    links = [decide(*one, threshold, has_names=has_names) for one in zip(requests, candidates, strict=True)]
    lists: defaultdict[int, defaultdict[int, list[Link]]] = defaultdict(lambda: defaultdict(list))
    for request, link in zip(requests, links, strict=True):
        if request.part_of is not None:
            number, reading = request.part_of
            lists[number][reading].append(link)
    n_wholes = sum(request.part_of is None for request in requests)
    return [composed(link, list(lists[i].values())) if i in lists else link for i, link in enumerate(links[:n_wholes])]


def composed(whole: Link, parts: Sequence[Sequence[Link]]) -> Link:
    """The link of a mention that may be a list: of all concepts of its most probable reading, where each name has its
    own, the least probable one is as probable as the one concept of the whole and more likely right than wrong, and the
    whole is no sure name by itself ("head and neck cancer").

    `parts` are the links of each reading's names. The first candidates are then those concepts, in the mention's order.
    """
    best = max((links for links in parts if _is_list(links)), key=_least, default=None)
    of_whole = whole.candidates[0].probability if whole.candidates else 0.0
    if best is None or of_whole > _MOST_OF_WHOLE or _least(best) < max(of_whole, _LEAST_OF_PART):
        return whole
    firsts = [link.candidates[0] for link in best]
    ids = tuple(one.concept_id for one in firsts)
    others = (one for one in whole.candidates if one.concept_id not in ids)
    return replace(whole, concept_ids=ids, candidates=(*firsts, *others), nil_reason=None, n_accepted=len(ids))


def _written_out(parts: Sequence[str]) -> Iterator[Reading]:
    *before, last = parts
    words = last.split()
    for n in range(max(1, len(words) - _MOST_SHARED), len(words)):  # "… cell" + "carcinoma", "…" + "cell carcinoma"
        head = " ".join(words[n:])
        yield (*(f"{part} {head}" for part in before), last)
    first = parts[0].split()
    for n in range(1, min(len(first), _MOST_SHARED + 1)):
        modifiers = " ".join(first[:n])
        yield (parts[0], *(f"{modifiers} {part}" for part in parts[1:]))
    if of := _OF.fullmatch(parts[0]):
        yield (parts[0], *(f"{of[1]} {part}" for part in parts[1:]))
    yield tuple(parts)


def _is_list(links: Sequence[Link]) -> bool:
    """Whether each name has a link and a concept of its own."""
    return len({link.concept_id for link in links} - {None}) == len(links)


def _least(links: Sequence[Link]) -> float:
    return min(link.candidates[0].probability for link in links)
