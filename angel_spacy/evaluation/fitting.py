"""The weights of the evidence, fitted on annotated mentions: multinomial logistic regression over concepts and NIL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from spacy.language import Language

from ..candidates.evidence import AGAINST, FEATURES, Evidence
from ..candidates.weighing import Weighed
from ..candidates.weights import EvidenceWeights
from ..component.given import batches, gold_docs
from ..component.linker import AngelLinker
from ..errors import ConfigError
from ..records import Article
from .coverage import check_ids
from .sureness import Sureness

Floats = NDArray[np.float64]

_LEAST_SPREAD = 1e-3
PENALTY = 1e-3  # of the squared weights, for evidence brought to unit variance
_BOUNDS = [*((None, 0.0) if name in AGAINST else (0.0, None) for name in FEATURES), (None, None)]  # NIL is free


@dataclass(frozen=True)
class Case:
    """One annotated mention of the article `document`: the evidence, and which of its rows are right (n_rows,)."""

    document: str
    evidence: Evidence
    right: NDArray[np.bool_]


def cases(nlp: Language, linker: AngelLinker, articles: Iterable[Article]) -> list[Case]:
    """All mentions of the articles; nothing is right for one without an id, or whose concept the KB lacks.

    Raises ConfigError for a linker that does not weigh evidence.
    """
    ranker, articles = linker.ranker, list(articles)
    if not isinstance(ranker, Weighed):
        raise ConfigError("This linker does not weigh evidence: set combine to 'evidence'.")
    check_ids((mention for article in articles for mention in article.mentions), linker.kb)
    ranker = replace(ranker, sure=None)  # what the generator says weighs as much as it is worth where it is asked
    found = []
    for batch in batches(articles):
        places = [[(one.start, one.end, one.label) for one in article.mentions] for article in batch]
        asked = linker.ask(gold_docs(nlp, linker, batch), places)
        evidence = ranker.evidence(asked)
        mentions = [(article.article_id, one) for article in batch for one in article.mentions]
        for (document, mention), number in zip(mentions, asked.answered_by, strict=True):
            gold, own = set(linker.kb.rows(mention.concept_ids)), evidence[number]
            found.append(Case(document, own, np.array([row in gold for row in own.rows], bool)))
    return found


def fit(corpora: Sequence[Sequence[Case]]) -> EvidenceWeights:
    """The weights that make the right concepts of the cases likeliest, or NIL where none is; every corpus counts as
    much as any other. Nothing that speaks for a concept gets a weight below zero, and nothing that speaks against it
    one above: such weights fit one corpus and mislead on the next. Raises ConfigError without cases."""
    corpora = [corpus for corpus in corpora if corpus]
    if not corpora:
        raise ConfigError("There is no annotated mention to fit weights on: give annotated articles.")
    tables = [_Table.of(corpus) for corpus in corpora]
    spread = np.concatenate([table.values for table in tables]).std(0)
    scale = np.where(spread > _LEAST_SPREAD, spread, 1.0)  # what is the same everywhere must not be blown up
    scaled = [_Table(table.values / scale, table.case, table.right, table.n_cases) for table in tables]

    def loss(weights: Floats) -> tuple[float, Floats]:
        parts = [table.loss(weights) for table in scaled]
        value = sum(part[0] for part in parts) / len(parts) + PENALTY * float(weights @ weights)
        slope = np.sum([part[1] for part in parts], axis=0) / len(parts) + 2 * PENALTY * weights
        return value, slope

    best = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B", bounds=_BOUNDS).x
    *weights, nil = best / np.append(scale, 1.0)
    return EvidenceWeights(dict(zip(FEATURES, map(float, weights), strict=True)), float(nil))


def sureness(corpus: Sequence[Case], weights: EvidenceWeights) -> Sureness:
    """The first candidates of the cases by these weights."""
    firsts = [_first(case, weights) for case in corpus]
    return Sureness(np.array([sure for sure, _ in firsts]), np.array([right for _, right in firsts], bool))


def crossed(corpora: Sequence[Sequence[Case]], *, n_folds: int = 5) -> list[Sureness]:
    """Of each corpus the first candidates, every case weighed by what was fitted on all documents but a fifth, its own
    among that: as it would go with documents never seen."""
    places = [folds(corpus, n_folds) for corpus in corpora]
    parts = []
    for fold in range(n_folds):
        learnt = [_where(corpus, place != fold) for corpus, place in zip(corpora, places, strict=True)]
        parts.append(fit(learnt))
    return [
        _joined([sureness([case], parts[fold]) for case, fold in zip(corpus, place.tolist(), strict=True)])
        for corpus, place in zip(corpora, places, strict=True)
    ]


def _first(case: Case, weights: EvidenceWeights) -> tuple[float, bool]:
    probabilities = weights.probabilities(case.evidence)
    if not len(probabilities):
        return 0.0, False
    best = int(np.lexsort((np.array(case.evidence.rows), -probabilities))[0])
    return float(probabilities[best]), bool(case.right[best])


def _where(corpus: Sequence[Case], chosen: NDArray[np.bool_]) -> list[Case]:
    return [case for case, is_chosen in zip(corpus, chosen.tolist(), strict=True) if is_chosen]


def _joined(parts: Sequence[Sureness]) -> Sureness:
    return Sureness(np.concatenate([one.probability for one in parts]), np.concatenate([one.right for one in parts]))


def folds(corpus: Sequence[Case], n: int = 5, *, seed: int = 0) -> NDArray[np.int64]:
    """(n_cases,) the fold of each case; the mentions of a document stay together."""
    documents = sorted({case.document for case in corpus})
    order = np.random.default_rng(seed).permutation(len(documents))
    fold = {document: int(place % n) for document, place in zip(documents, order, strict=True)}
    return np.array([fold[case.document] for case in corpus], np.int64)


@dataclass(frozen=True)
class _Table:
    """The evidence of cases, one concept a row: `values` (n, n_features), the `case` and whether it is `right` (n,)."""

    values: Floats
    case: NDArray[np.int64]
    right: NDArray[np.bool_]
    n_cases: int

    @classmethod
    def of(cls, corpus: Sequence[Case]) -> "_Table":
        case = np.repeat(np.arange(len(corpus)), [len(one.right) for one in corpus])
        values = np.concatenate([one.evidence.values for one in corpus]).astype(np.float64)
        return cls(values, case, np.concatenate([one.right for one in corpus]), len(corpus))

    def loss(self, weights: Floats) -> tuple[float, Floats]:
        """Mean -log of the probability of what is right, and its slope (n_features + 1,), NIL's last."""
        nil = weights[-1]
        scores = self.values @ weights[:-1]
        highest = np.full(self.n_cases, nil)
        np.maximum.at(highest, self.case, scores)
        shares, nil_share = np.exp(scores - highest[self.case]), np.exp(nil - highest)
        total = np.bincount(self.case, shares, self.n_cases) + nil_share
        of_right = np.bincount(self.case, shares * self.right, self.n_cases)
        is_nil = of_right == 0
        right = np.where(is_nil, nil_share, of_right)
        wanted = np.where(self.right, shares / right[self.case], 0.0)
        given = shares / total[self.case]
        slope = self.values.T @ (given - wanted)
        nil_slope = float((nil_share / total - is_nil).sum())
        value = float(-np.log(right / total).mean())
        return value, np.append(slope, nil_slope) / self.n_cases
