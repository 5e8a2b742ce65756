"""Mentions and concepts that were found: NIL-aware precision, recall and F."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..kb import KnowledgeBase
from ..records import Mention
from .accuracy import comparable_id

ANY = "all"

_Ids = dict[tuple[int, int], set[str]]  # offsets -> concept ids


@dataclass(slots=True)
class Counts:
    """True positives, predictions and gold items."""

    right: int = 0
    predicted: int = 0
    gold: int = 0

    def table(self) -> dict[str, float]:
        """Precision, recall and F1; 0 where nothing was predicted or nothing is gold."""
        p = self.right / self.predicted if self.predicted else 0.0
        r = self.right / self.gold if self.gold else 0.0
        return {"p": p, "r": r, "f": 2 * p * r / (p + r) if p + r else 0.0}


def count_links(gold: Iterable[Mention], predicted: Iterable[Mention], kb: KnowledgeBase) -> dict[str, Counts]:
    """End-to-end counts of one document, for all labels together and for the mentions of each.

    A mention is its offsets, with all ids given there. A predicted one is right when the gold one has one of its ids;
    NIL predicts nothing, and a gold mention without id asks for nothing.
    """
    expected, found = _by_offsets(gold, kb), _by_offsets(predicted, kb)
    return {
        label: _overlap(expected.get(label, {}), found.get(label, {})) for label in sorted({*expected, *found, ANY})
    }


def count_concepts(gold: Iterable[Mention], predicted: Iterable[Mention], kb: KnowledgeBase) -> dict[str, Counts]:
    """Counts of the distinct concepts of one document by label and for all, wherever they are mentioned."""
    expected, found = _concepts(gold, kb), _concepts(predicted, kb)
    counts = {}
    for label in {ANY, *expected, *found}:
        here, there = expected.get(label, set()), found.get(label, set())
        counts[label] = Counts(len(here & there), len(there), len(here))
    return counts


def add_counts(total: dict[str, Counts], more: dict[str, Counts]) -> None:
    """Adds `more` to `total`, in place."""
    for label, counts in more.items():
        sums = total.setdefault(label, Counts())
        sums.right += counts.right
        sums.predicted += counts.predicted
        sums.gold += counts.gold


def _by_offsets(mentions: Iterable[Mention], kb: KnowledgeBase) -> dict[str, _Ids]:
    """The ids of the mentions that carry any, by label and for all."""
    found: defaultdict[str, _Ids] = defaultdict(lambda: defaultdict(set))
    for mention in mentions:
        for key in (ANY, mention.label) if mention.concept_ids else ():
            found[key][mention.start, mention.end].update(comparable_id(kb, one) for one in mention.concept_ids)
    return found


def _overlap(expected: _Ids, found: _Ids) -> Counts:
    right = sum(not ids.isdisjoint(expected.get(offsets, ())) for offsets, ids in found.items())
    return Counts(right, len(found), len(expected))


def _concepts(mentions: Iterable[Mention], kb: KnowledgeBase) -> dict[str, set[str]]:
    return {label: set().union(*of.values()) for label, of in _by_offsets(mentions, kb).items()}
