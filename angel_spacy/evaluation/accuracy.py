"""How good links are: accuracy and ranks of gold mentions, NIL-aware precision, recall and F of predicted ones.

Two readings of a right answer (Xu et al. 2020; BELHD 2024). Lenient, as published: a name of several concepts counts
as all of them. Strict: the one concept that was chosen counts. In both, one id of a composite mention is enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kb import KnowledgeBase, fold_id, split_ids
from ..records import Candidate

if TYPE_CHECKING:
    from spacy.training import Example

ANY = "all"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One gold mention: the ranks (from 1) of its first right candidate, None where there is none.

    `seen`: the KB has a training mention of one of its concepts as a name.
    """

    label: str
    linkable: bool
    rank: int | None
    strict_rank: int | None
    seen: bool = False


def judge(label: str, gold_ids: Iterable[str], candidates: Sequence[Candidate], kb: KnowledgeBase) -> Judgement:
    """Compares candidates with gold ids; alternative ids count as their concepts."""
    gold = {_resolved(kb, concept_id) for concept_id in gold_ids}
    strict = [_resolved(kb, candidate.concept_id) in gold for candidate in candidates]
    lenient = [
        right or any(_row_id(kb, row) in gold for row in kb.rows_of(candidate.generated_name))
        for right, candidate in zip(strict, candidates, strict=True)
    ]
    return Judgement(
        label=label,
        linkable=any(kb.resolve(concept_id) is not None for concept_id in gold),
        rank=_first(lenient),
        strict_rank=_first(strict),
        seen=not gold.isdisjoint(kb.seen_ids),
    )


def accuracy_table(judgements: Sequence[Judgement], *, seed: int = 0) -> dict[str, Any]:
    """Fractions over all mentions that carry an id, the same over linkable ones (`_linkable`: an id is in the KB),
    and a 95% bootstrap interval of acc@1 over mentions (1,000 resamples). Where training mentions are names, the
    linkable ones of concepts without any (`_unseen`) are counted too: what the model was never shown."""
    parts = {"linkable": [judgement for judgement in judgements if judgement.linkable]}
    if any(judgement.seen for judgement in judgements):
        parts["unseen"] = [judgement for judgement in parts["linkable"] if not judgement.seen]
    table: dict[str, Any] = {"n": len(judgements), **_fractions(judgements)}
    table["acc@1_ci95"] = bootstrap_interval([judgement.rank == 1 for judgement in judgements], seed=seed)
    for name, part in parts.items():
        table[f"n_{name}"] = len(part)
        table.update({f"{measure}_{name}": value for measure, value in _fractions(part).items()})
        table[f"acc@1_{name}_ci95"] = bootstrap_interval([judgement.rank == 1 for judgement in part], seed=seed)
    return table


def accuracy_per_label(judgements: Iterable[Judgement]) -> dict[str, dict[str, Any]]:
    """The accuracy table of each label."""
    groups: defaultdict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        groups[judgement.label].append(judgement)
    return {label: accuracy_table(group) for label, group in sorted(groups.items())}


def bootstrap_interval(right: Sequence[bool], *, seed: int, n_resamples: int = 1000) -> list[float]:
    """[low, high] of the mean's 95% percentile bootstrap interval; [0, 0] of nothing."""
    if not right:
        return [0.0, 0.0]
    values = np.asarray(right, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(n_resamples)]
    low, high = np.percentile(means, [2.5, 97.5])
    return [float(low), float(high)]


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


Linked = tuple[int, int, str, tuple[str, ...]]  # start, end, label, concept ids; no ids: NIL


def count_links(gold: Iterable[Linked], predicted: Iterable[Linked], kb: KnowledgeBase) -> dict[str, Counts]:
    """End-to-end counts of one document, for all labels together and for the mentions of each.

    A mention is its offsets, with all ids given there. A predicted one is right when the gold one has one of its ids;
    NIL predicts nothing, and a gold mention without id asks for nothing.
    """
    expected, found = _mentions(gold, kb), _mentions(predicted, kb)
    return {
        label: _overlap(expected.get(label, {}), found.get(label, {})) for label in sorted({*expected, *found, ANY})
    }


def count_concepts(gold: Iterable[Linked], predicted: Iterable[Linked], kb: KnowledgeBase) -> dict[str, Counts]:
    """Counts of the distinct concepts of one document by label and for all, wherever they are mentioned."""
    counts: defaultdict[str, Counts] = defaultdict(Counts)
    expected, found = _concepts(gold, kb), _concepts(predicted, kb)
    for label in {ANY, *expected, *found}:
        here, there = expected.get(label, set()), found.get(label, set())
        counts[label] = Counts(len(here & there), len(there), len(here))
    return dict(counts)


def add_counts(total: dict[str, Counts], more: dict[str, Counts]) -> None:
    """Adds `more` to `total`, in place."""
    for label, counts in more.items():
        sums = total.setdefault(label, Counts())
        sums.right += counts.right
        sums.predicted += counts.predicted
        sums.gold += counts.gold


def score_examples(
    examples: Iterable["Example"],
    *,
    kb: KnowledgeBase,
    spans_key: str | None = None,
    nil_label: str = "NIL",
    **_: Any,
) -> dict[str, Any]:
    """spaCy's scores of Examples whose reference spans carry `kb_id`s (composites joined by `|`)."""
    judgements: list[Judgement] = []
    totals: dict[str, Counts] = {}
    for example in examples:
        gold = [_linked(span, nil_label) for span in _spans(example.reference, spans_key)]
        predicted = _spans(example.predicted, spans_key)
        add_counts(totals, count_links(gold, [_linked(span, nil_label) for span in predicted], kb))
        # Spans of the same offsets share their candidates, so any of them will do.
        candidates = {(span.start_char, span.end_char): span._.kb_candidates for span in predicted}
        judgements += [
            judge(label, ids, candidates.get((start, end), []), kb) for start, end, label, ids in gold if ids
        ]
    scores = {f"kb_{name}": value for name, value in accuracy_table(judgements).items()}
    scores.update({f"kb_{name}": value for name, value in totals.get(ANY, Counts()).table().items()})
    per_label = accuracy_per_label(judgements)
    scores["kb_per_label"] = {
        label: {**per_label.get(label, {}), **counts.table()} for label, counts in totals.items() if label != ANY
    }
    return scores


def _fractions(judgements: Sequence[Judgement]) -> dict[str, float]:
    n = max(1, len(judgements))
    ranks = [judgement.rank for judgement in judgements]
    return {
        "acc@1": sum(rank == 1 for rank in ranks) / n,
        "acc@1_strict": sum(judgement.strict_rank == 1 for judgement in judgements) / n,
        "acc@5": sum(rank is not None and rank <= 5 for rank in ranks) / n,
        "mrr": sum(1 / rank for rank in ranks if rank) / n,
    }


_Mentions = dict[tuple[int, int], set[str]]  # offsets -> concept ids


def _mentions(linked: Iterable[Linked], kb: KnowledgeBase) -> dict[str, _Mentions]:
    """The mentions that carry an id, by label and for all."""
    found: defaultdict[str, _Mentions] = defaultdict(lambda: defaultdict(set))
    for start, end, label, ids in linked:
        for key in (ANY, label) if ids else ():
            found[key][start, end].update(_resolved(kb, one) for one in ids)
    return found


def _overlap(expected: _Mentions, found: _Mentions) -> Counts:
    right = sum(not ids.isdisjoint(expected.get(offsets, ())) for offsets, ids in found.items())
    return Counts(right, len(found), len(expected))


def _concepts(linked: Iterable[Linked], kb: KnowledgeBase) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for _, _, label, ids in linked:
        for concept_id in ids:
            found[label].add(_resolved(kb, concept_id))
            found[ANY].add(_resolved(kb, concept_id))
    return found


def _resolved(kb: KnowledgeBase, concept_id: str) -> str:
    row = kb.resolve(concept_id)
    return fold_id(concept_id) if row is None else _row_id(kb, row)


def _row_id(kb: KnowledgeBase, row: int) -> str:
    return fold_id(kb.concept(row).concept_id)


def _first(right: Sequence[bool]) -> int | None:
    return right.index(True) + 1 if True in right else None


def _spans(doc: Any, spans_key: str | None) -> list[Any]:
    return list(doc.ents if spans_key is None else doc.spans.get(spans_key, ()))


def _linked(span: Any, nil_label: str) -> Linked:
    kb_id = "" if span.kb_id_ == nil_label else span.kb_id_
    return span.start_char, span.end_char, span.label_, split_ids(kb_id)
