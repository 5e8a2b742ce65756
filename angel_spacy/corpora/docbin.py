"""Articles as spaCy Docs, for `spacy train` and for linking gold mentions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..kb.identifiers import join_ids
from ..records import Article, Mention
from .files import OnError
from .formats import read_articles

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span


def article_to_doc(nlp: Language, article: Article, gold: bool = True) -> Doc:
    """The article's text as `nlp` tokenises it, with its mentions as `doc.ents` when `gold`.

    Labels are upper-cased; `kb_id_` holds the ids, bars between them. Mentions grow to whole tokens, one of a
    bare space has none and is left out; of overlapping ones the longest stays (`spacy.util.filter_spans`).
    """
    from spacy.util import filter_spans

    doc = nlp.make_doc(article.text)
    if gold:
        spans = (_span(doc, mention) for mention in article.mentions)
        doc.ents = filter_spans(span for span in spans if span)
    return doc


def write_docbin(articles: Iterable[Article], nlp: Language, path: Path) -> dict[str, int]:
    """Write `doc.ents` of all articles for `spacy train`; counts `docs`, `ents`, and mentions `left_out`."""
    from spacy.tokens import DocBin

    docs, n_ents, n_mentions = DocBin(attrs=["ENT_IOB", "ENT_TYPE", "ENT_KB_ID"]), 0, 0
    for article in articles:
        doc = article_to_doc(nlp, article)
        docs.add(doc)
        n_ents += len(doc.ents)
        n_mentions += len(article.mentions)
    path.parent.mkdir(parents=True, exist_ok=True)
    docs.to_disk(path)
    return {"docs": len(docs), "ents": n_ents, "left_out": n_mentions - n_ents}


def without_ids(nlp: Language, gold: Doc) -> Doc:
    """A Doc with the tokens, entities and span groups of an annotated one, but no ids: what a linker is asked."""
    from spacy.tokens import Doc, SpanGroup

    doc = Doc(nlp.vocab, words=[token.text for token in gold], spaces=[bool(token.whitespace_) for token in gold])
    doc.ents = [_unlinked(doc, span) for span in gold.ents]
    for key, group in gold.spans.items():
        doc.spans[key] = SpanGroup(doc, name=group.name, spans=[_unlinked(doc, span) for span in group])
    return doc


def corpus_convert(
    source: Path,
    target: Path,
    format: str | None = None,  # noqa: A002 the word that users of a command line expect
    on_error: OnError | None = None,
) -> dict[str, int]:
    """Convert any corpus that `read_articles` knows to a DocBin under the tokenizer of `configs/ner.cfg`."""
    import spacy

    tokenizer = {"@tokenizers": "angel_spacy.SciTokenizer.v1", "split_modifiers": True, "clean": True}
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": tokenizer}})
    return write_docbin(read_articles(source, format, on_error), nlp, target)


def _unlinked(doc: Doc, span: Span) -> Span:
    from spacy.tokens import Span

    return Span(doc, span.start, span.end, span.label)


def _span(doc: Doc, mention: Mention) -> Span:
    kb_id = join_ids(mention.concept_ids) if mention.concept_ids else ""
    return doc.char_span(mention.start, mention.end, mention.label.upper(), kb_id, alignment_mode="expand")
