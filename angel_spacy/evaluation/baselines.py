"""What a linker is compared with: simpler ways to find the names of a knowledge base, on the same wordings."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ..component.mentions import requests
from ..component.settings import Settings
from ..errors import MissingExtraError, ModelError
from ..kb import KnowledgeBase
from ..records import Article, Candidate, Mention

N_CANDIDATES = 10
N_NAMES = 100  # best names a mention, more than enough for ten concepts
BATCH = 64

Floats = NDArray[np.float32]


class Baseline(Protocol):
    """Ranks the concepts of a KB for mentions, each by its words alone."""

    def candidates(self, mentions: Sequence[str]) -> Iterable[list[Candidate]]:
        """The concepts of each mention, best first."""


@dataclass(frozen=True)
class Asked:
    """One gold mention with the wordings to try; mentions of one `group` share their answer."""

    mention: Mention
    document: str
    surfaces: tuple[str, ...]
    group: Hashable = None


def asked_about(articles: Iterable[Article], *, abbreviations: bool = True) -> list[Asked]:
    """The mentions that carry an id; abbreviations that an article defines are also tried written out, as
    `angel_linker` tries them."""
    articles = list(articles)
    surfaces = _written_out(articles) if abbreviations else None
    asked = []
    for number, article in enumerate(articles):
        mentions = [mention for mention in article.mentions if mention.concept_ids]
        forms = surfaces[number] if surfaces else [(mention.text,) for mention in mentions]
        for mention, own in zip(mentions, forms, strict=True):
            group = (article.article_id, mention.text) if len(own) > 1 else None
            asked.append(Asked(mention, article.article_id, own, group))
    return asked


def answers(baseline: Baseline, asked: Sequence[Asked]) -> list[list[Candidate]]:
    """The candidates of each mention: those of its best wording, or of its group's best."""
    tried = [(i, surface) for i, one in enumerate(asked) for surface in one.surfaces]
    found = baseline.candidates([surface for _, surface in tried])
    best: dict[Hashable, list[Candidate]] = {}
    for (i, _), candidates in zip(tried, found, strict=True):
        key = asked[i].group or i
        if key not in best or _score(candidates) > _score(best[key]):
            best[key] = candidates
    return [best[one.group or i] for i, one in enumerate(asked)]


class ExactNames:
    """The concepts that a mention is a name of, in the KB's order."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb

    def candidates(self, mentions: Sequence[str]) -> list[list[Candidate]]:
        """None for a mention that is no name."""
        return [self._of(mention) for mention in mentions]

    def _of(self, mention: str) -> list[Candidate]:
        name = self.kb.normalise(mention)
        concepts = map(self.kb.concept, self.kb.rows_of(name))
        return [Candidate(concept.concept_id, concept.name, name, 1.0, 1.0) for concept in concepts]


class Tfidf:
    """The names with the highest cosine of character 3-grams, weighted by TF-IDF; every name is compared."""

    def __init__(self, kb: KnowledgeBase) -> None:
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError as error:
            raise MissingExtraError('TF-IDF needs scikit-learn: pip install "angel-spacy[train]"') from error
        self.kb = kb
        self._names = kb.names()
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(3, 3), lowercase=False, dtype=np.float32)
        self._index = self._vectorizer.fit_transform(f" {name} " for name in self._names).T.tocsr()

    def candidates(self, mentions: Sequence[str]) -> Iterator[list[Candidate]]:
        """Equal cosines stand in the order of the names."""
        for start in range(0, len(mentions), BATCH):
            queries = [f" {self.kb.normalise(mention)} " for mention in mentions[start : start + BATCH]]
            cosines = (self._vectorizer.transform(queries) @ self._index).toarray()
            yield from (concepts_of(self.kb, self._names, of) for of in cosines)


class Scispacy:
    """scispaCy's way: its own candidate generator, approximate nearest names by TF-IDF (nmslib's HNSW).

    The index is built here, with scispaCy's settings. That takes minutes for 70,000 names and grows faster than they
    do; it uses all cores.
    """

    M, EF_CONSTRUCTION, EF_SEARCH = 100, 2000, 200
    N_NEIGHBOURS = 30  # names a mention

    def __init__(self, kb: KnowledgeBase, *, min_df: int = 10) -> None:
        """`min_df`: names that a 3-gram must be in, to count."""
        self.kb, self.generator = kb, self._built(kb, min_df)

    def _built(self, kb: KnowledgeBase, min_df: int) -> Any:
        try:
            import nmslib
            from scispacy.candidate_generation import CandidateGenerator
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError as error:
            raise MissingExtraError(
                "scispaCy's way needs nmslib and scikit-learn, which scispacy brings (for Python up to 3.12)."
            ) from error
        entities = _Entities(kb)
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), min_df=min_df, dtype=np.float32)
        vectors = vectorizer.fit_transform(entities.alias_to_cuis)
        filled = np.diff(vectors.indptr) > 0  # nmslib cannot do with empty ones
        names = [name for name, is_filled in zip(entities.alias_to_cuis, filled, strict=True) if is_filled]
        index = nmslib.init(method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR)
        index.addDataPointBatch(vectors[filled])
        settings = {"M": self.M, "efConstruction": self.EF_CONSTRUCTION, "post": 0}
        index.createIndex({**settings, "indexThreadQty": torch.get_num_threads()})
        index.setQueryTimeParams({"efSearch": self.EF_SEARCH})
        return CandidateGenerator(index, vectorizer, names, entities)

    def candidates(self, mentions: Sequence[str]) -> Iterator[list[Candidate]]:
        """A concept's score is that of its best name."""
        texts = [self.kb.normalise(mention) for mention in mentions]  # as the names are
        for found in self.generator(texts, self.N_NEIGHBOURS):
            ranked = sorted(found, key=lambda one: max(one.similarities), reverse=True)
            yield [self._candidate(one) for one in ranked[:N_CANDIDATES]]

    def _candidate(self, found: Any) -> Candidate:
        score = max(found.similarities)
        name = found.aliases[found.similarities.index(score)]
        return Candidate(found.concept_id, self.kb[found.concept_id].name, name, score, score)


class _Entities:
    """A KB as scispaCy's candidate generator and linker look into it."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.cui_to_entity: Mapping[str, Any] = kb.cui_to_entity
        self.alias_to_cuis = {
            name: {kb.concept(row).concept_id for row in kb.rows_of(name)} for name in kb.names()
        }  # a plain dict, as scispaCy has it: fast to look into


class SentenceVectors:
    """The names with the highest cosine by a pretrained sentence encoder that was never shown a vocabulary: the mean of
    a BERT's last vectors (what a zero-shot embedding linker does)."""

    def __init__(self, kb: KnowledgeBase, folder: Path) -> None:
        """`folder`: config.json, model.safetensors, tokenizer.json, as all-MiniLM-L6-v2 has them. Raises ModelError."""
        from tokenizers import Tokenizer

        from ..models.pretrained import read_bert

        self._bert = read_bert(folder).eval()
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers has no error of its own
            raise ModelError(f"{folder} holds no tokenizer.json that can be read ({error}).") from error
        self._tokenizer.enable_truncation(64)
        self._tokenizer.enable_padding()
        self.kb, self._names = kb, kb.names()
        self._vectors = self._encoded(list(self._names))

    def candidates(self, mentions: Sequence[str]) -> Iterator[list[Candidate]]:
        """Equal cosines stand in the order of the names."""
        queries = self._encoded([self.kb.normalise(mention) for mention in mentions])
        for start in range(0, len(queries), BATCH):
            for cosines in queries[start : start + BATCH] @ self._vectors.T:
                yield concepts_of(self.kb, self._names, cosines)

    @torch.inference_mode()
    def _encoded(self, texts: Sequence[str]) -> Floats:
        """(n_texts, width), each of length 1; texts of like length are read together."""
        vectors = np.zeros((len(texts), self._bert.config.hidden_size), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            read = self._tokenizer.encode_batch([texts[i] for i in some])
            ids, mask = (torch.tensor([getattr(one, of) for one in read]) for of in ("ids", "attention_mask"))
            last = self._bert(input_ids=ids, attention_mask=mask).last_hidden_state
            mean = (last * mask[:, :, None]).sum(1)
            vectors[some] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors


def concepts_of(kb: KnowledgeBase, names: Sequence[str], cosines: Floats) -> list[Candidate]:
    """The concepts of the best names; `cosines` (n_names,). What has none above 0 is no candidate."""
    n_names = min(N_NAMES, len(cosines))
    best = np.sort(np.argpartition(-cosines, n_names - 1)[:n_names])
    found: dict[int, Candidate] = {}
    for i in best[np.argsort(-cosines[best], kind="stable")].tolist():
        cosine = float(cosines[i])
        for row in kb.rows_of(names[i]) if cosine > 0 else ():
            concept = kb.concept(row)
            found.setdefault(row, Candidate(concept.concept_id, concept.name, names[i], cosine, cosine))
    return list(found.values())[:N_CANDIDATES]


def _written_out(articles: Sequence[Article]) -> list[list[tuple[str, ...]]]:
    """The wordings of the mentions that carry an id, article by article."""
    import spacy

    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "angel_spacy.SciTokenizer.v1"}}})
    nlp.add_pipe("angel_abbreviations")
    found = []
    for article, doc in zip(articles, nlp.pipe(article.text for article in articles), strict=True):
        places = [(one.start, one.end, one.label) for one in article.mentions if one.concept_ids]
        found.append([request.surfaces for request in requests(doc, places, Settings())])
    return found


def _score(candidates: Sequence[Candidate]) -> float:
    return candidates[0].score if candidates else 0.0
