"""Several ways to link the same mentions, against one of them: paired bootstrap over documents."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..records import Candidate
from .accuracy import Judgement, bootstrap_interval, by_document
from .protocols import Protocol

N_RESAMPLES = 10_000


@dataclass(frozen=True)
class System:
    """The answers of one way: a judgement and the candidates of each mention, and how long they took in all."""

    judgements: Sequence[Judgement]
    candidates: Sequence[Sequence[Candidate]]
    seconds: float


@dataclass(frozen=True)
class Difference:
    """A mention that two systems answer differently, one of them right."""

    document: Hashable
    words: str
    gold: str
    first: str
    other: str
    first_is_right: bool


def compared(systems: Mapping[str, System], protocol: Protocol, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """For each system n, accuracy with its interval, ms a mention, and, but for the first, the difference to the first:
    its 95% interval, and p, twice the share of resamples in which it lies on the other side of 0 (paired bootstrap over
    documents, 10,000 resamples; Efron and Tibshirani 1993, chapter 16)."""
    names = list(systems)
    of_first = _right(systems[names[0]], protocol)
    table = {}
    for name, system in systems.items():
        right, documents = _right(system, protocol), _documents(system, protocol)
        row: dict[str, Any] = {
            "n": len(right),
            "accuracy": float(np.mean(right)) if right else 0.0,
            "ci95": bootstrap_interval(right, documents, seed=seed),
            "ms_per_mention": 1000 * system.seconds / max(1, len(system.judgements)),
        }
        if name != names[0]:
            row |= _difference(right, of_first, documents, seed)
        table[name] = row
    return table


def differences(first: System, other: System, protocol: Protocol) -> Iterator[Difference]:
    """The mentions that one of the two alone has right."""
    for i, (mine, yours) in enumerate(zip(first.judgements, other.judgements, strict=True)):
        right = protocol.is_right(mine)
        if protocol.judged(mine) and right != protocol.is_right(yours):
            ids, answer, of_other = "|".join(sorted(mine.concepts)), first.candidates[i], other.candidates[i]
            yield Difference(mine.document, mine.words, ids, _first_name(answer), _first_name(of_other), right)


def _difference(
    right: Sequence[bool], of_first: Sequence[bool], documents: Sequence[Hashable], seed: int
) -> dict[str, Any]:
    if not right:
        return {"difference": 0.0, "difference_ci95": [0.0, 0.0], "p": 1.0}
    gains, counts = by_document(np.asarray(right, np.float64) - np.asarray(of_first, np.float64), documents)
    rng, drawn = np.random.default_rng(seed), []
    for _ in range(N_RESAMPLES // 100):  # a hundred at a time: corpora have thousands of documents
        some = rng.integers(0, len(counts), (100, len(counts)))
        drawn.append(gains[some].sum(1) / counts[some].sum(1))
    means = np.concatenate(drawn)
    beyond = min((means <= 0).mean(), (means >= 0).mean())
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        "difference": float(gains.sum() / counts.sum()),
        "difference_ci95": [float(low), float(high)],
        "p": float(min(1.0, 2 * beyond)),
    }


def _right(system: System, protocol: Protocol) -> list[bool]:
    return [protocol.is_right(one) for one in system.judgements if protocol.judged(one)]


def _documents(system: System, protocol: Protocol) -> list[Hashable]:
    return [one.document for one in system.judgements if protocol.judged(one)]


def _first_name(candidates: Sequence[Candidate]) -> str:
    return f"{candidates[0].concept_id} {candidates[0].name}" if candidates else "-"
