"""Articles as spaCy Docs, for `spacy train` and for linking gold mentions."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CorpusError
from ..files import whole
from ..kb.identifiers import join_ids, split_ids
from ..records import Article, LinkedArticle, Mention, Section
from .files import OnError, Reporter
from .losses import GROWN
from .sinks import Put
from .title import parted

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

MENTIONS = "mentions"
"""The span group of all mentions, where some of them overlap or are not in one piece."""

_LARGEST = 1 << 31  # bytes of a file when it is unpacked
_ARTICLE = "angel_article"  # in `doc.user_data`: id, length of the title, sections


def article_to_doc(nlp: Language, article: Article, gold: bool = True) -> Doc:
    """The article's text as `nlp` tokenises it, with its mentions as `doc.ents` when `gold`.

    Labels are upper-cased; `kb_id_` holds the ids, bars between them. Mentions grow to whole tokens, one of a
    bare space has none and is left out; of overlapping ones the longest stays (`spacy.util.filter_spans`). Where some
    do not, or are not in one piece, all stand in `doc.spans[MENTIONS]` too.
    """
    from spacy.util import filter_spans

    doc = nlp.make_doc(article.text)
    if gold:
        spans = [span for span in (_span(doc, mention) for mention in article.mentions) if span]
        doc.ents = filter_spans(spans)
        if len(doc.ents) < len(spans) or any(mention.fragments for mention in article.mentions):
            doc.spans[MENTIONS] = spans
    return doc


def doc_to_article(doc: Doc, article_id: str) -> Article:
    """The text of a Doc with what is in `doc.spans[MENTIONS]`, or else `doc.ents`; id and title are those of the
    article that it was made of, where it was."""
    kept = doc.user_data.get(_ARTICLE) or {}
    title, abstract = parted(doc.text, kept.get("title", 0))
    spans = doc.spans.get(MENTIONS, doc.ents)
    mentions = tuple(
        Mention(span.text, span.start_char, span.end_char, span.label_, split_ids(span.kb_id_)) for span in spans
    )
    if not all(one.text and one.text == doc.text[one.start : one.end] for one in mentions):
        raise CorpusError("a mention is not where it is said to be; write the file again")
    sections = tuple(Section(str(name), int(start), int(end)) for name, start, end in kept.get("sections") or ())
    if not all(0 <= one.start <= one.end <= len(doc.text) for one in sections):
        raise CorpusError("a section is not inside the text; write the file again")
    return Article(str(kept.get("id") or article_id), title, abstract, mentions, sections)


def read_docbin(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """The articles of a .spacy file, called by the file's name and a number where they have no id of their own."""
    report = Reporter(Path(path), on_error)
    name = Path(path).name.split(".")[0]
    for number, doc in enumerate(_docs(Path(path), report), 1):
        try:
            article = doc_to_article(doc, f"{name}-{number}") if doc.text.strip() else None
        except Exception as error:  # of texts and offsets that are none
            report(f"a Doc cannot be read ({error!r}); write the file again", record=number)
            continue
        if article:
            yield article
        else:
            report("a Doc has no text; leave it out", record=number)


def _docs(path: Path, report: Reporter) -> Iterator[Doc]:
    from spacy import blank
    from spacy.tokens import DocBin

    try:
        content = path.read_bytes()
        _check_size(content)
        yield from DocBin().from_bytes(content).get_docs(blank("en").vocab)
    except Exception as error:  # zlib's, msgpack's and its own
        report.cut_short(error)


def _check_size(content: bytes) -> None:
    """Raises ValueError for what unpacks to more than any memory: such a file may have been made for that."""
    unpacker, n_bytes = zlib.decompressobj(), 0
    while content and n_bytes <= _LARGEST and not unpacker.eof:
        n_bytes += len(unpacker.decompress(content, 1 << 20))
        content = unpacker.unconsumed_tail
    if n_bytes > _LARGEST:
        raise ValueError(f"it unpacks to more than {_LARGEST:,} bytes; split it")


@contextmanager
def docbin_sink(path: Path) -> Iterator[Put]:
    """A .spacy file for `spacy train`, under the tokenizer of `configs/ner.cfg`, which keeps ids too; written whole."""
    from spacy.tokens import DocBin

    nlp = _tokenizing()
    docs = DocBin(attrs=["ENT_IOB", "ENT_TYPE", "ENT_KB_ID"], store_user_data=True)

    def put(linked: LinkedArticle) -> Mapping[str, int]:
        article = linked.article
        doc = article_to_doc(nlp, article)
        doc.user_data[_ARTICLE] = {
            "id": article.article_id,
            "title": len(article.title) if article.abstract else 0,
            "sections": [[one.name, one.start, one.end] for one in article.sections],
        }
        docs.add(doc)
        spans = (_span(doc, mention) for mention in article.mentions)
        same = sum(
            span is not None and (span.start_char, span.end_char) == (mention.start, mention.end)
            for span, mention in zip(spans, article.mentions, strict=True)
        )
        return {GROWN: len(article.mentions) - same}

    yield put
    with whole(path) as fresh:
        docs.to_disk(fresh)


def _tokenizing() -> Language:
    import spacy

    tokenizer = {"@tokenizers": "angel_spacy.SciTokenizer.v1", "split_modifiers": True, "clean": True}
    return spacy.blank("en", config={"nlp": {"tokenizer": tokenizer}})


def without_ids(nlp: Language, gold: Doc) -> Doc:
    """A Doc with the tokens, entities and span groups of an annotated one, but no ids: what a linker is asked."""
    from spacy.tokens import Doc, SpanGroup

    doc = Doc(nlp.vocab, words=[token.text for token in gold], spaces=[bool(token.whitespace_) for token in gold])
    doc.ents = [_unlinked(doc, span) for span in gold.ents]
    for key, group in gold.spans.items():
        doc.spans[key] = SpanGroup(doc, name=group.name, spans=[_unlinked(doc, span) for span in group])
    return doc


def _unlinked(doc: Doc, span: Span) -> Span:
    from spacy.tokens import Span

    return Span(doc, span.start, span.end, span.label)


def _span(doc: Doc, mention: Mention) -> Span:
    kb_id = join_ids(mention.concept_ids) if mention.concept_ids else ""
    return doc.char_span(mention.start, mention.end, mention.label.upper(), kb_id, alignment_mode="expand")
