"""Runs a pipeline over an annotated corpus and scores it."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spacy.language import Language

from ..component.given import GoldLink, batches, link_gold, with_ids
from ..component.linked import linked_mentions
from ..component.linker import AngelLinker
from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..records import Article, Mention
from .accuracy import (
    Judgement,
    accuracy_per_label,
    accuracy_per_type,
    accuracy_table,
    bootstrap_interval,
    judge,
    judge_found,
)
from .counts import FOUND, Counts, add_counts, count_concepts, count_found, count_links, count_lists, count_nil
from .coverage import check_ids
from .protocols import Protocol
from .sureness import Sureness

_EVERY = tuple(i / 50 for i in range(50))  # thresholds of the curve


def find_linker(nlp: Language) -> AngelLinker:
    """The linker of a pipeline. Raises ConfigError when it has none."""
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, AngelLinker):
            return pipe
    raise ConfigError(f"The pipeline {nlp.pipe_names} has no angel_linker: add one with nlp.add_pipe('angel_linker').")


def evaluate_gold(
    nlp: Language,
    articles: Sequence[Article],
    *,
    seen: KnowledgeBase | None = None,
    protocol: Protocol | None = None,
) -> dict[str, Any]:
    """Accuracy on the corpus's own mentions that carry an id. Components before the linker run (abbreviations).

    `seen`: the KB that knows what training shows (None: the linker's). `protocol`: its one figure is told too.
    """
    linker = find_linker(nlp)
    check_ids(_mentions(articles), linker.kb)
    linker.generated.build_index()  # before the clock starts
    judgements: list[Judgement] = []
    links: list[GoldLink] = []
    seconds = 0.0
    for batch in batches(with_ids(articles)):
        started = time.perf_counter()
        linked = link_gold(nlp, linker, batch)
        seconds += time.perf_counter() - started
        for article, (_, of) in zip(batch, linked, strict=True):
            judgements += [judge(one.mention, one.candidates, seen or linker.kb, article.article_id) for one in of]
            links += of
    table = accuracy_table(judgements)
    table["mentions/s"] = len(judgements) / seconds if seconds else 0.0
    table["per_label"] = accuracy_per_label(judgements)
    table["per_type"] = accuracy_per_type(judgements)
    table["nil"] = count_nil(((one.mention, bool(one.link.concept_ids)) for one in links), linker.kb).table()
    if linker.settings.composites:
        table["lists"] = count_lists(((one.mention, one.link.concept_ids) for one in links), linker.kb)
    return {**table, **_sureness(judgements), **(_headline(judgements, protocol) if protocol else {})}


def _sureness(judgements: Sequence[Judgement]) -> dict[str, Any]:
    sureness = Sureness.of(judgements)
    error, reliability = sureness.calibration_error(), sureness.reliability()
    return {"calibration_error": error, "reliability": reliability, "coverage": sureness.curve(at=_EVERY)}


def _headline(judgements: Sequence[Judgement], protocol: Protocol) -> dict[str, Any]:
    """The figure that the protocol asks for."""
    judged = [one for one in judgements if protocol.judged(one)]
    right = [protocol.is_right(one) for one in judged]
    return {
        "protocol_name": protocol.name,
        "protocol_n": len(judged),
        "protocol_accuracy": sum(right) / max(1, len(right)),
        "protocol_accuracy_ci95": bootstrap_interval(right, [one.document for one in judged], seed=0),
    }


def evaluate_predicted(nlp: Language, articles: Sequence[Article]) -> dict[str, Any]:
    """P/R/F of the pipeline's own mentions and links: mention by mention, and concepts of a document.

    The accuracy of gold mentions stands beside it; one that the pipeline did not find with its offsets is wrong.
    """
    linker = find_linker(nlp)
    check_ids(_mentions(articles), linker.kb)
    by_mention: dict[str, Counts] = {}
    by_concept: dict[str, Counts] = {}
    judgements: list[Judgement] = []
    by_kind: Counter[str] = Counter()
    n_predicted = 0
    started = time.perf_counter()
    for article, doc in zip(articles, nlp.pipe(article.text for article in articles), strict=True):
        found = linked_mentions(doc, linker.settings.spans_key)
        gold, predicted = _in_capitals(article.mentions), _in_capitals([linked.mention for linked in found])
        n_predicted += len(predicted)
        judgements += judge_found(gold, found, linker.kb, article.article_id)
        add_counts(by_mention, count_links(gold, predicted, linker.kb))
        add_counts(by_concept, count_concepts(gold, predicted, linker.kb))
        by_kind += count_found(gold, predicted, linker.kb)
    return {
        **accuracy_table(judgements),
        "n_predicted": n_predicted,
        "mentions": {label: counts.table() for label, counts in sorted(by_mention.items())},
        "document_concepts": {label: counts.table() for label, counts in sorted(by_concept.items())},
        "found": {kind: by_kind[kind] for kind in FOUND},
        "mentions/s": n_predicted / (time.perf_counter() - started),
    }


def _mentions(articles: Sequence[Article]) -> list[Mention]:
    return [mention for article in articles for mention in article.mentions]


def _in_capitals(mentions: Sequence[Mention]) -> list[Mention]:
    """With their labels in capitals, as those of gold and of an NER differ in case alone."""
    return [replace(mention, label=mention.label.upper()) for mention in mentions]
