"""spaCy's Examples -> scores: what `nlp.evaluate` and `spacy train` show."""

from collections.abc import Iterable
from typing import Any

from spacy.tokens import Doc, Span
from spacy.training import Example

from ..kb import KnowledgeBase, split_ids
from ..records import LinkedMention, Mention
from .accuracy import Judgement, accuracy_per_label, accuracy_table, judge_found
from .counts import ANY, Counts, add_counts, count_links
from .coverage import check_ids


def score_examples(
    examples: Iterable[Example],
    *,
    kb: KnowledgeBase,
    spans_key: str | None = None,
    nil_label: str = "NIL",
    **_: Any,
) -> dict[str, Any]:
    """spaCy's scores of Examples whose reference spans carry `kb_id`s (composites joined by `|`)."""
    asked: list[Mention] = []
    judgements: list[Judgement] = []
    totals: dict[str, Counts] = {}
    for number, example in enumerate(examples):
        gold = [_mention(span, nil_label) for span in _spans(example.reference, spans_key)]
        # Spans of the same offsets share their candidates, so any of them will do.
        found = [
            LinkedMention(_mention(span, nil_label), tuple(span._.kb_candidates))
            for span in _spans(example.predicted, spans_key)
        ]
        asked += gold
        judgements += judge_found(gold, found, kb, number)
        add_counts(totals, count_links(gold, (linked.mention for linked in found), kb))
    check_ids(asked, kb)
    scores = {f"kb_{name}": value for name, value in accuracy_table(judgements).items()}
    scores.update({f"kb_{name}": value for name, value in totals.get(ANY, Counts()).table().items()})
    per_label = accuracy_per_label(judgements)
    scores["kb_per_label"] = {
        label: {**per_label.get(label, {}), **counts.table()} for label, counts in totals.items() if label != ANY
    }
    return scores


def _spans(doc: Doc, spans_key: str | None) -> list[Span]:
    return list(doc.ents if spans_key is None else doc.spans.get(spans_key, ()))


def _mention(span: Span, nil_label: str) -> Mention:
    ids = () if span.kb_id_ == nil_label else split_ids(span.kb_id_)
    return Mention(span.text, span.start_char, span.end_char, span.label_, ids)
