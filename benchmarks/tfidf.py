r"""The baseline to beat: names ranked by the cosine of their character 3-grams (TF-IDF), every name compared.

    python benchmarks/tfidf.py corpus/ncbi_disease/dev.pubtator --kb kb/medic \
        --aliases corpus/ncbi_disease/train.pubtator

Protocol and scoring are those of `python -m spacy angel evaluate`.
"""

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe, publish
from sklearn.feature_extraction.text import TfidfVectorizer

from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.accuracy import accuracy_per_label, accuracy_table, judge
from angel_spacy.kb import KnowledgeBase
from angel_spacy.records import Article, Candidate, Mention

N_CANDIDATES = 10
N_NAMES = 100  # best names a mention, more than enough for ten concepts
BATCH = 64


@dataclass(frozen=True)
class Asked:
    """One gold mention with the wordings to try; mentions of one `group` share their answer."""

    mention: Mention
    document: str
    surfaces: tuple[str, ...]
    group: tuple[str, str] | None = None


class TfidfLinker:
    """Exhaustive nearest names."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb
        self._names = kb.names()
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(3, 3), lowercase=False, dtype=np.float32)
        self._index = self._vectorizer.fit_transform(f" {name} " for name in self._names).T.tocsr()

    def candidates(self, mentions: Sequence[str]) -> Iterator[list[Candidate]]:
        """Ranked concepts of each mention; equal cosines stand in the order of the names."""
        for start in range(0, len(mentions), BATCH):
            queries = [f" {self.kb.normalise(mention)} " for mention in mentions[start : start + BATCH]]
            cosines = (self._vectorizer.transform(queries) @ self._index).toarray()
            yield from map(self._concepts, cosines)

    def _concepts(self, cosines: np.ndarray) -> list[Candidate]:
        """The concepts of the best names; `cosines` (n_names,)."""
        n_names = min(N_NAMES, len(cosines))
        best = np.sort(np.argpartition(-cosines, n_names - 1)[:n_names])
        found: dict[int, Candidate] = {}
        for i in best[np.argsort(-cosines[best], kind="stable")]:
            cosine = float(cosines[i])
            for row in self.kb.rows_of(self._names[i]) if cosine > 0 else ():
                concept = self.kb.concept(row)
                found.setdefault(row, Candidate(concept.concept_id, concept.name, self._names[i], cosine, cosine))
        return list(found.values())[:N_CANDIDATES]


def gold_mentions(articles: Iterable[Article], *, abbreviations: bool) -> list[Asked]:
    """The mentions that carry an id; abbreviations that an article defines are also tried written out."""
    articles = list(articles)
    texts = _written_out(articles) if abbreviations else None
    asked = []
    for number, article in enumerate(articles):
        mentions = [mention for mention in article.mentions if mention.concept_ids]
        requests = texts(number, mentions) if texts else [(mention.text,) for mention in mentions]
        for mention, surfaces in zip(mentions, requests, strict=True):
            group = (article.article_id, mention.text) if len(surfaces) > 1 else None
            asked.append(Asked(mention, article.article_id, surfaces, group))
    return asked


def _written_out(articles: Sequence[Article]) -> Any:
    """(number of the article, its mentions) -> the wordings of each, as `angel_linker` tries them."""
    import spacy

    from angel_spacy.component.mentions import requests
    from angel_spacy.component.settings import Settings

    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "angel_spacy.SciTokenizer.v1"}}})
    nlp.add_pipe("angel_abbreviations")
    docs = list(nlp.pipe(article.text for article in articles))

    def surfaces(number: int, mentions: Sequence[Any]) -> list[tuple[str, ...]]:
        places = [(one.start, one.end, one.label) for one in mentions]
        return [request.surfaces for request in requests(docs[number], places, Settings())]

    return surfaces


def link(linker: TfidfLinker, asked: Sequence[Asked]) -> list[list[Candidate]]:
    """The candidates of each mention: those of its best wording, or of its group's best."""
    tried = [(i, surface) for i, one in enumerate(asked) for surface in one.surfaces]
    best: dict[Any, list[Candidate]] = {}
    for (i, _), candidates in zip(tried, linker.candidates([surface for _, surface in tried]), strict=True):
        key = asked[i].group or i
        if key not in best or _score(candidates) > _score(best[key]):
            best[key] = candidates
    return [best[one.group or i] for i, one in enumerate(asked)]


def exact(kb: KnowledgeBase, mention: str) -> list[Candidate]:
    """The concepts that the mention is a name of."""
    name = kb.normalise(mention)
    concepts = map(kb.concept, kb.rows_of(name))
    return [Candidate(concept.concept_id, concept.name, name, 1.0, 1.0) for concept in concepts]


def run(kb: KnowledgeBase, articles: Iterable[Article], *, limit: int | None, abbreviations: bool) -> dict[str, Any]:
    """The figures of one corpus."""
    asked = gold_mentions(articles, abbreviations=abbreviations)[:limit]
    started = time.perf_counter()
    linker = TfidfLinker(kb)
    built = time.perf_counter()
    linked = link(linker, asked)
    done = time.perf_counter()
    judged = [judge(one.mention, found, kb, one.document) for one, found in zip(asked, linked, strict=True)]
    plain = [judge(one.mention, exact(kb, one.surfaces[0]), kb, one.document) for one in asked]
    return {
        **accuracy_table(judged),
        "exact_acc@1": accuracy_table(plain)["acc@1"],
        "abbreviations": abbreviations,
        "n_names": kb.n_names,
        "build_seconds": built - started,
        "mentions/s": len(asked) / (done - built) if asked else 0.0,
        "per_label": accuracy_per_label(judged),
    }


def _score(candidates: Sequence[Candidate]) -> float:
    return candidates[0].score if candidates else 0.0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--kb", type=Path, required=True, help="KB folder")
    parser.add_argument("--aliases", type=Path, action="append", default=[], help="corpus whose mentions become names")
    parser.add_argument("--limit", type=int, help="only the first so many mentions")
    parser.add_argument("--abbreviations", action="store_true", help="also try the long forms that an article defines")
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    kb = KnowledgeBase.from_disk(arguments.kb)
    for corpus in arguments.aliases:
        kb = kb.with_aliases(mention_aliases(read_articles(corpus)))
    figures = run(kb, read_articles(arguments.corpus), limit=arguments.limit, abbreviations=arguments.abbreviations)
    publish({**figures, "machine": describe()}, arguments.output)


if __name__ == "__main__":
    main()
