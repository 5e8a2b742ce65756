"""How good links are: accuracy and ranks of gold mentions.

Two readings of a right answer (Xu et al. 2020; BELHD 2024). Lenient, as published: a name of several concepts counts
as all of them. Strict: the one concept that was chosen counts. In both, one id of a composite mention is enough.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kb import KnowledgeBase
from ..records import Candidate, LinkedMention, Mention

STRING, CONCEPT, UNSEEN = "seen string", "seen concept", "unseen"
SEEN = (STRING, CONCEPT, UNSEEN)
"""What training mentions show of a gold one: its words for its concept; the concept in other words; nothing of it."""

N_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Judgement:
    """One gold mention: the ranks (from 1) of its first right candidate, None where there is none.

    `document` it stands in, its normalised `words`, the ids of its `concepts` and their `types`; `seen`, one of SEEN;
    `is_name`: its words are a name of one of the concepts; `probability` of the first candidate, 0 without one.
    """

    label: str
    linkable: bool
    rank: int | None
    strict_rank: int | None
    seen: str = UNSEEN
    document: Hashable = None
    words: str = ""
    concepts: frozenset[str] = frozenset()
    types: tuple[str, ...] = ()
    is_name: bool = False
    probability: float = 0.0


def judge(mention: Mention, candidates: Sequence[Candidate], kb: KnowledgeBase, document: Hashable = None) -> Judgement:
    """Compares candidates with the gold ids of a mention; alternative ids count as their concepts."""
    gold = frozenset(comparable_id(kb, concept_id) for concept_id in mention.concept_ids)
    strict = [comparable_id(kb, candidate.concept_id) in gold for candidate in candidates]
    lenient = [
        right or any(_row_id(kb, row) in gold for row in kb.rows_of(candidate.generated_name))
        for right, candidate in zip(strict, candidates, strict=True)
    ]
    words, rows = kb.normalise(mention.text), kb.rows(gold)
    if any((words, concept_id) in kb.seen for concept_id in gold):
        seen = STRING
    else:
        seen = UNSEEN if gold.isdisjoint(kb.seen_ids) else CONCEPT
    return Judgement(
        label=mention.label,
        linkable=bool(rows),
        rank=_first(lenient),
        strict_rank=_first(strict),
        seen=seen,
        document=document,
        words=words,
        concepts=gold,
        types=tuple(dict.fromkeys(one for row in rows for one in kb.concept(row).types)),
        is_name=not set(rows).isdisjoint(kb.rows_of(mention.text)),
        probability=candidates[0].probability if candidates else 0.0,
    )


def judge_found(
    gold: Iterable[Mention], found: Iterable[LinkedMention], kb: KnowledgeBase, document: Hashable = None
) -> list[Judgement]:
    """One of each gold mention that carries an id; where none was found at its offsets, there are no candidates."""
    candidates = {(linked.mention.start, linked.mention.end): linked.candidates for linked in found}
    return [
        judge(mention, candidates.get((mention.start, mention.end), ()), kb, document)
        for mention in gold
        if mention.concept_ids
    ]


def comparable_id(kb: KnowledgeBase, concept_id: str) -> str:
    """The form in which gold and predicted ids compare: that of the KB's concept, else the id's own, both folded."""
    row = kb.resolve(concept_id)
    return kb.fold_id(concept_id) if row is None else kb.concept(row).concept_id


def accuracy_table(judgements: Sequence[Judgement], *, seed: int = 0) -> dict[str, Any]:
    """Fractions over all mentions that carry an id, the same over linkable ones (`_linkable`: an id is in the KB), with
    95% bootstrap intervals of acc@1 over documents (1,000 resamples), lenient and strict.

    Where training mentions are names, the linkable ones are told apart by what these show of them (`seen`). `named`:
    linkable ones whose words are a name of their concept, and the others. `unique`: the mean over distinct words with
    their concepts; `per_document`: over documents; both of linkable ones.
    """
    linkable = [judgement for judgement in judgements if judgement.linkable]
    table = {**_with_interval(judgements, seed), **_with_interval(linkable, seed, "_linkable")}
    table["named"] = {
        name: _with_interval([one for one in linkable if one.is_name is is_name], seed)
        for name, is_name in (("exact", True), ("inexact", False))
    }
    if any(judgement.seen != UNSEEN for judgement in judgements):
        table["seen"] = {
            name: _with_interval([judgement for judgement in linkable if judgement.seen == name], seed) for name in SEEN
        }
    table["unique"] = _macro(linkable, lambda one: (one.words, one.concepts))
    table["per_document"] = _macro(linkable, lambda one: one.document)
    return table


def accuracy_per_label(judgements: Iterable[Judgement]) -> dict[str, dict[str, Any]]:
    """The accuracy table of each label."""
    groups: defaultdict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        groups[judgement.label].append(judgement)
    return {label: accuracy_table(group) for label, group in sorted(groups.items())}


def accuracy_per_type(judgements: Iterable[Judgement], *, most: int = 30) -> dict[str, dict[str, Any]]:
    """The fractions of the linkable mentions of each type of concept, those of the `most` frequent types."""
    groups: defaultdict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        for one in judgement.types:
            groups[one].append(judgement)
    largest = sorted(groups, key=lambda one: (-len(groups[one]), one))[:most]
    return {one: {"n": len(groups[one]), **_fractions(groups[one])} for one in largest}


def bootstrap_interval(
    right: Sequence[bool], documents: Sequence[Hashable], *, seed: int, n_resamples: int = N_RESAMPLES
) -> list[float]:
    """[low, high] of the 95% percentile interval of the mean, documents drawn with all their mentions; [0, 0] of
    nothing. Without a document (None), a mention is one by itself."""
    if not right:
        return [0.0, 0.0]
    sums, counts = by_document(np.asarray(right, np.float64), documents)
    drawn = np.random.default_rng(seed).integers(0, len(counts), (n_resamples, len(counts)))
    low, high = np.percentile(sums[drawn].sum(1) / counts[drawn].sum(1), [2.5, 97.5])
    return [float(low), float(high)]


def by_document(
    values: NDArray[np.float64], documents: Sequence[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum of the values (n,) of each document, and how many it has."""
    numbers: dict[Hashable, int] = {}
    keys = [(i,) if document is None else document for i, document in enumerate(documents)]
    of = [numbers.setdefault(key, len(numbers)) for key in keys]
    return np.bincount(of, values).astype(np.float64), np.bincount(of).astype(np.float64)


def _with_interval(judgements: Sequence[Judgement], seed: int, of: str = "") -> dict[str, Any]:
    """n, fractions and intervals of acc@1; their names end with `of`."""
    documents = [judgement.document for judgement in judgements]
    lenient = [judgement.rank == 1 for judgement in judgements]
    strict = [judgement.strict_rank == 1 for judgement in judgements]
    return {
        f"n{of}": len(judgements),
        **{f"{name}{of}": value for name, value in _fractions(judgements).items()},
        f"acc@1{of}_ci95": bootstrap_interval(lenient, documents, seed=seed),
        f"acc@1_strict{of}_ci95": bootstrap_interval(strict, documents, seed=seed),
    }


def _macro(judgements: Iterable[Judgement], key: Callable[[Judgement], Hashable]) -> dict[str, Any]:
    """The mean over groups of the share of right ones in each."""
    groups: defaultdict[Hashable, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        groups[key(judgement)].append(judgement)
    tables = [_fractions(group) for group in groups.values()] or [_fractions([])]
    return {"n": len(groups), **{name: float(np.mean([table[name] for table in tables])) for name in tables[0]}}


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
