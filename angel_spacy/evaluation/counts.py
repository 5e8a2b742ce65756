"""Mentions and concepts that were found: NIL-aware precision, recall and F."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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


FOUND = {
    "right": "found with its offsets, one of its concepts",
    "wrong concept": "found with its offsets, another concept",
    "NIL": "found with its offsets, no concept",
    "boundary, right concept": "found with other offsets that overlap, one of its concepts",
    "boundary": "found with other offsets that overlap, another concept or none",
    "missed": "nothing overlaps it",
    "spurious": "not gold: a mention that overlaps none",
}
"""What becomes of gold mentions that carry ids, and what is found besides."""


def count_found(gold: Iterable[Mention], predicted: Iterable[Mention], kb: KnowledgeBase) -> Counter[str]:
    """How many mentions of each of FOUND a document has."""
    gold, predicted = list(gold), list(predicted)
    counts: Counter[str] = Counter()
    for mention in gold:
        if mention.concept_ids:
            ids = {comparable_id(kb, one) for one in mention.concept_ids}
            exact = [one for one in predicted if (one.start, one.end) == (mention.start, mention.end)]
            found = exact or [one for one in predicted if _overlap_in_text(one, mention)]
            given = {comparable_id(kb, one) for each in found for one in each.concept_ids}
            if not found:
                counts["missed"] += 1
            elif exact:
                counts["wrong concept" if not ids & given and given else "right" if given else "NIL"] += 1
            else:
                counts["boundary, right concept" if ids & given else "boundary"] += 1
    counts["spurious"] = sum(not any(_overlap_in_text(one, mention) for mention in gold) for one in predicted)
    return counts


def _overlap_in_text(first: Mention, second: Mention) -> bool:
    return first.start < second.end and second.start < first.end


def count_nil(links: Iterable[tuple[Mention, bool]], kb: KnowledgeBase) -> Counts:
    """Of gold mentions with ids, (mention, whether it got a link): NIL is right where the KB has none of the ids."""
    pairs = [(not kb.rows(mention.concept_ids), not is_linked) for mention, is_linked in links]
    right = sum(asked and given for asked, given in pairs)
    return Counts(right, sum(given for _, given in pairs), sum(asked for asked, _ in pairs))


def count_lists(links: Iterable[tuple[Mention, Iterable[str]]], kb: KnowledgeBase) -> dict[str, Any]:
    """Of gold mentions with several concepts, (mention, ids given): P, R and F of the ids, how many mentions have
    all and no other (`exact`); and of those with one, how many were given several (`split`)."""
    counts, n, exact, split = Counts(), 0, 0, 0
    for mention, given in links:
        gold, found = ({comparable_id(kb, one) for one in ids} for ids in (mention.concept_ids, given))
        if len(gold) > 1:
            n, exact = n + 1, exact + (gold == found)
            counts.right += len(gold & found)
            counts.predicted += len(found)
            counts.gold += len(gold)
        else:
            split += len(found) > 1
    return {"n": n, **counts.table(), "exact": exact, "split": split}


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
