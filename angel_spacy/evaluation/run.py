"""Runs a pipeline over an annotated corpus and scores it."""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from ..component.linker import AngelLinker
from ..corpora.aliases import mention_aliases
from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..records import Article
from .accuracy import (
    Counts,
    Judgement,
    Linked,
    accuracy_per_label,
    accuracy_table,
    add_counts,
    count_concepts,
    count_links,
    judge,
)

BATCH = 100  # articles whose mentions are decoded together


def find_linker(nlp: Language) -> AngelLinker:
    """The linker of a pipeline. Raises ConfigError when it has none."""
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, AngelLinker):
            return pipe
    raise ConfigError(f"The pipeline {nlp.pipe_names} has no angel_linker: add one with nlp.add_pipe('angel_linker').")


def evaluate_gold(nlp: Language, articles: Sequence[Article]) -> dict[str, Any]:
    """Accuracy on the corpus's own mentions that carry an id. Components before the linker run (abbreviations)."""
    linker = find_linker(nlp)
    linker.generated.build_index()  # before the clock starts
    others = [name for name, pipe in nlp.pipeline if pipe is not linker and name != "ner"]
    judgements: list[Judgement] = []
    seconds = 0.0
    with nlp.select_pipes(enable=others):
        for batch in _batches(articles):
            started = time.perf_counter()
            docs = list(nlp.pipe(article.text for article in batch))
            mentions = [[mention for mention in article.mentions if mention.concept_ids] for article in batch]
            links = linker.link_mentions(docs, [[(m.start, m.end) for m in of] for of in mentions])
            seconds += time.perf_counter() - started
            judgements += [
                judge(mention.label, mention.concept_ids, link.candidates, linker.kb)
                for of, linked in zip(mentions, links, strict=True)
                for mention, link in zip(of, linked, strict=True)
            ]
    table = accuracy_table(judgements)
    table["mentions/s"] = len(judgements) / seconds if seconds else 0.0
    table["per_label"] = accuracy_per_label(judgements)
    return table


def evaluate_predicted(nlp: Language, articles: Sequence[Article]) -> dict[str, Any]:
    """P/R/F of the pipeline's own mentions and links: mention by mention, and concepts of a document.

    The accuracy of gold mentions stands beside it; one that the pipeline did not find with its offsets is wrong.
    """
    linker = find_linker(nlp)
    by_mention: dict[str, Counts] = {}
    by_concept: dict[str, Counts] = {}
    judgements: list[Judgement] = []
    n_mentions = 0
    started = time.perf_counter()
    for article, doc in zip(articles, nlp.pipe(article.text for article in articles), strict=True):
        gold = [(m.start, m.end, m.label.upper(), m.concept_ids) for m in article.mentions]
        predicted = list(_predicted(doc))
        n_mentions += len(predicted)
        found = {(ent.start_char, ent.end_char): ent._.kb_candidates for ent in doc.ents}
        judgements += [
            judge(label, ids, found.get((start, end), ()), linker.kb) for start, end, label, ids in gold if ids
        ]
        add_counts(by_mention, count_links(gold, predicted, linker.kb))
        add_counts(by_concept, count_concepts(gold, predicted, linker.kb))
    return {
        **accuracy_table(judgements),
        "n_predicted": n_mentions,
        "mentions": {label: counts.table() for label, counts in sorted(by_mention.items())},
        "document_concepts": {label: counts.table() for label, counts in sorted(by_concept.items())},
        "mentions/s": n_mentions / (time.perf_counter() - started),
    }


def with_aliases(kb: KnowledgeBase, corpora: Iterable[Iterable[Article]]) -> KnowledgeBase:
    """The KB with the mentions of annotated corpora as further names of their concepts (BioSyn's protocol)."""
    return kb.with_aliases(mention_aliases(chain.from_iterable(corpora)))


def _predicted(doc: Doc) -> Iterator[Linked]:
    for ent in doc.ents:
        yield ent.start_char, ent.end_char, ent.label_.upper(), (ent._.kb_id,) if ent._.kb_id else ()


def _batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    stream = iter(articles)
    while batch := list(islice(stream, BATCH)):
        yield batch
