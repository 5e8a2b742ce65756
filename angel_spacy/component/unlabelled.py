"""The mentions that a pipeline finds in texts that nobody annotated, as a generator is asked about them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from spacy.language import Language

from ..records import Article
from .given import batches
from .linker import AngelLinker
from .long_runs import to_read

_REACH = 400  # characters of context on either side


def mentions_in(nlp: Language, linker: AngelLinker, articles: Iterable[Article]) -> Iterator[tuple[str, int, int]]:
    """(text, start, end) of every mention, in each of its wordings, with a stretch of the text around it; one of a
    document's equal mentions."""
    asking = replace(linker.settings, gate=False, exact_match="off")
    others = [name for name, pipe in nlp.pipeline if pipe is not linker]
    for batch in batches(articles):
        with nlp.select_pipes(enable=others):
            docs = list(nlp.pipe(to_read(nlp, article.text) for article in batch))
        linker_settings, linker.settings = linker.settings, asking
        try:
            spans = [linker.spans(doc) for doc in docs]
            asked = linker.ask(docs, [[(one.start_char, one.end_char, one.label_) for one in of] for of in spans])
        finally:
            linker.settings = linker_settings
        for mention in asked.mentions:
            for words, prompt in zip(mention.wordings, mention.prompts, strict=True):
                if prompt is not None:
                    request = mention.request
                    yield _window(request.text, request.start, request.end, words)


def _window(text: str, start: int, end: int, words: str) -> tuple[str, int, int]:
    left, right = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    return left + words + right, len(left), len(left) + len(words)
