"""How good links are: accuracy and ranks of gold mentions.

Two readings of a right answer (Xu et al. 2020; BELHD 2024). Lenient, as published: a name of several concepts counts
as all of them. Strict: the one concept that was chosen counts. In both, one id of a composite mention is enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kb import KnowledgeBase
from ..records import Candidate, LinkedMention, Mention


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
    gold = {comparable_id(kb, concept_id) for concept_id in gold_ids}
    strict = [comparable_id(kb, candidate.concept_id) in gold for candidate in candidates]
    lenient = [
        right or any(_row_id(kb, row) in gold for row in kb.rows_of(candidate.generated_name))
        for right, candidate in zip(strict, candidates, strict=True)
    ]
    return Judgement(
        label=label,
        linkable=bool(kb.rows(gold)),
        rank=_first(lenient),
        strict_rank=_first(strict),
        seen=not gold.isdisjoint(kb.seen_ids),
    )


def judge_found(gold: Iterable[Mention], found: Iterable[LinkedMention], kb: KnowledgeBase) -> list[Judgement]:
    """One of each gold mention that carries an id; where none was found at its offsets, there are no candidates."""
    candidates = {(linked.mention.start, linked.mention.end): linked.candidates for linked in found}
    return [
        judge(mention.label, mention.concept_ids, candidates.get((mention.start, mention.end), ()), kb)
        for mention in gold
        if mention.concept_ids
    ]


def comparable_id(kb: KnowledgeBase, concept_id: str) -> str:
    """The form in which gold and predicted ids compare: that of the KB's concept, else the id's own, both folded."""
    row = kb.resolve(concept_id)
    return kb.fold_id(concept_id) if row is None else kb.concept(row).concept_id


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


def _fractions(judgements: Sequence[Judgement]) -> dict[str, float]:
    n = max(1, len(judgements))
    ranks = [judgement.rank for judgement in judgements]
    return {
        "acc@1": sum(rank == 1 for rank in ranks) / n,
        "acc@1_strict": sum(judgement.strict_rank == 1 for judgement in judgements) / n,
        "acc@5": sum(rank is not None and rank <= 5 for rank in ranks) / n,
        "mrr": sum(1 / rank for rank in ranks if rank) / n,
    }


def _row_id(kb: KnowledgeBase, row: int) -> str:
    return kb.concept(row).concept_id


def _first(right: Sequence[bool]) -> int | None:
    return right.index(True) + 1 if True in right else None
