"""Ways to link the same gold mentions: a pipeline, or a baseline; what each answers, judged alike."""

import time
from collections.abc import Iterable, Sequence

from spacy.language import Language
from spacy.tokens import Span

from ..component.given import batches, gold_docs, link_gold, with_ids
from ..component.linker import AngelLinker
from ..component.reranker import AngelReranker
from ..kb import KnowledgeBase
from ..records import Article, Candidate, Mention
from .accuracy import judge
from .baselines import Baseline, answers, asked_about
from .compare import System


def by_pipeline(nlp: Language, linker: AngelLinker, articles: Sequence[Article], seen: KnowledgeBase) -> System:
    """The answers of a pipeline whose linker has the KB that all link to; `seen` knows what training shows."""
    linker.make_ready()
    kept = list(with_ids(articles))
    started = time.perf_counter()
    linked = (of for batch in batches(kept) for _, of in link_gold(nlp, linker, batch))
    candidates: list[Sequence[Candidate]] = [one.candidates for of in linked for one in of]
    seconds = time.perf_counter() - started
    return _judged(((one.article_id, mention) for one in kept for mention in one.mentions), candidates, seen, seconds)


def by_baseline(baseline: Baseline, articles: Sequence[Article], seen: KnowledgeBase) -> System:
    """The answers of a baseline."""
    asked = asked_about(articles)
    started = time.perf_counter()
    candidates = answers(baseline, asked)
    seconds = time.perf_counter() - started
    return _judged(((one.document, one.mention) for one in asked), candidates, seen, seconds)


def by_reranker(
    nlp: Language,
    linker: AngelLinker,
    found: System,
    articles: Sequence[Article],
    kb: KnowledgeBase,
    seen: KnowledgeBase,
) -> System:
    """What a pipeline's linker chooses among the candidates, concepts of `kb`, that another system found."""
    kept = list(with_ids(articles))
    reranker = AngelReranker(linker, _no_candidates)
    of_mentions = iter(found.candidates)
    started = time.perf_counter()
    candidates: list[Sequence[Candidate]] = []
    for batch in batches(kept):
        places = [[(one.start, one.end, one.label) for one in article.mentions] for article in batch]
        concepts = [[[kb[one.concept_id] for one in next(of_mentions)] for _ in of] for of in places]
        links = reranker.link_mentions(gold_docs(nlp, linker, batch), places, concepts)
        candidates += [link.candidates for of in links for link in of]
    seconds = found.seconds + time.perf_counter() - started
    return _judged(((one.article_id, mention) for one in kept for mention in one.mentions), candidates, seen, seconds)


def _no_candidates(_: Span) -> None:
    """For a reranker that is given its candidates."""


def _judged(
    mentions: Iterable[tuple[str, Mention]],
    candidates: Sequence[Sequence[Candidate]],
    seen: KnowledgeBase,
    seconds: float,
) -> System:
    pairs = zip(mentions, candidates, strict=True)
    return System([judge(one, of, seen, document) for (document, one), of in pairs], candidates, seconds)
