"""Runs a pipeline over an annotated corpus and scores it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spacy.language import Language

from ..component.given import batches, link_gold, with_ids
from ..component.linked import linked_mentions
from ..component.linker import AngelLinker
from ..errors import ConfigError
from ..records import Article, Mention
from .accuracy import Judgement, accuracy_per_label, accuracy_per_type, accuracy_table, judge, judge_found
from .counts import Counts, add_counts, count_concepts, count_links
from .coverage import check_ids


def find_linker(nlp: Language) -> AngelLinker:
    """The linker of a pipeline. Raises ConfigError when it has none."""
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, AngelLinker):
            return pipe
    raise ConfigError(f"The pipeline {nlp.pipe_names} has no angel_linker: add one with nlp.add_pipe('angel_linker').")


def evaluate_gold(nlp: Language, articles: Sequence[Article]) -> dict[str, Any]:
    """Accuracy on the corpus's own mentions that carry an id. Components before the linker run (abbreviations)."""
    linker = find_linker(nlp)
    check_ids(_mentions(articles), linker.kb)
    linker.generated.build_index()  # before the clock starts
    judgements: list[Judgement] = []
    seconds = 0.0
    for batch in batches(with_ids(articles)):
        started = time.perf_counter()
        linked = link_gold(nlp, linker, batch)
        seconds += time.perf_counter() - started
        judgements += [
            judge(one.mention, one.candidates, linker.kb, article.article_id)
            for article, (_, of) in zip(batch, linked, strict=True)
            for one in of
        ]
    table = accuracy_table(judgements)
    table["mentions/s"] = len(judgements) / seconds if seconds else 0.0
    table["per_label"] = accuracy_per_label(judgements)
    table["per_type"] = accuracy_per_type(judgements)
    return table


def evaluate_predicted(nlp: Language, articles: Sequence[Article]) -> dict[str, Any]:
    """P/R/F of the pipeline's own mentions and links: mention by mention, and concepts of a document.

    The accuracy of gold mentions stands beside it; one that the pipeline did not find with its offsets is wrong.
    """
    linker = find_linker(nlp)
    check_ids(_mentions(articles), linker.kb)
    by_mention: dict[str, Counts] = {}
    by_concept: dict[str, Counts] = {}
    judgements: list[Judgement] = []
    n_predicted = 0
    started = time.perf_counter()
    for article, doc in zip(articles, nlp.pipe(article.text for article in articles), strict=True):
        found = linked_mentions(doc, linker.settings.spans_key)
        gold, predicted = _in_capitals(article.mentions), _in_capitals([linked.mention for linked in found])
        n_predicted += len(predicted)
        judgements += judge_found(gold, found, linker.kb, article.article_id)
        add_counts(by_mention, count_links(gold, predicted, linker.kb))
        add_counts(by_concept, count_concepts(gold, predicted, linker.kb))
    return {
        **accuracy_table(judgements),
        "n_predicted": n_predicted,
        "mentions": {label: counts.table() for label, counts in sorted(by_mention.items())},
        "document_concepts": {label: counts.table() for label, counts in sorted(by_concept.items())},
        "mentions/s": n_predicted / (time.perf_counter() - started),
    }


def _mentions(articles: Sequence[Article]) -> list[Mention]:
    return [mention for article in articles for mention in article.mentions]


def _in_capitals(mentions: Sequence[Mention]) -> list[Mention]:
    """With their labels in capitals, as those of gold and of an NER differ in case alone."""
    return [replace(mention, label=mention.label.upper()) for mention in mentions]
