"""Ways to link the same gold mentions: a pipeline, or a baseline; what each answers, judged alike."""

import time
from collections.abc import Iterable, Sequence

from spacy.language import Language

from ..component.given import batches, link_gold, with_ids
from ..component.linker import AngelLinker
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


def _judged(
    mentions: Iterable[tuple[str, Mention]],
    candidates: Sequence[Sequence[Candidate]],
    seen: KnowledgeBase,
    seconds: float,
) -> System:
    pairs = zip(mentions, candidates, strict=True)
    return System([judge(one, of, seen, document) for (document, one), of in pairs], candidates, seconds)
