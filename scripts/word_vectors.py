"""Word vectors for the NER from unlabelled abstracts: `python scripts/word_vectors.py OUTPUT CORPUS...`.

Positive pointwise mutual information of a word and the words near it, reduced by SVD, square root of the singular
values on the words' side (Levy, Goldberg and Dagan 2015, TACL 3, section 3). Same input, same vectors.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import spacy
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import svds
from spacy.language import Language
from spacy.vectors import Vectors

from angel_spacy.corpora.formats import read_articles

SMOOTHING = 0.75  # of the context counts, as in word2vec
LONGEST_NUMBER = 4  # longer numbers are too many to list; they go without a vector
TOKENIZER = {"@tokenizers": "angel_spacy.SciTokenizer.v1", "split_modifiers": True, "clean": True}


def main() -> None:
    """Read the corpora, count, reduce, save an empty pipeline that holds the vectors."""
    arguments = parse()
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": TOKENIZER}})
    forms, texts = tokenise(nlp, arguments.corpora)
    words, rows = most_frequent(texts, arguments.rows)
    counts = cooccurrences(rows, len(words), arguments.window)
    data = reduced(positive_pmi(counts), arguments.width)
    save(arguments.output, words, forms, data)
    print(f"{len(words)} vectors of width {data.shape[1]} from {sum(map(len, texts))} words -> {arguments.output}")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--rows", type=int, default=14_000, help="most frequent words that get a vector")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--window", type=int, default=3, help="words on each side, weighted by 1 / distance")
    return parser.parse_args()


def tokenise(nlp: Language, paths: Iterable[Path]) -> tuple[dict[str, set[str]], list[list[str]]]:
    """The written forms of each word, and the words of each article; all numbers are the one word "0"."""
    forms: dict[str, set[str]] = {}
    texts = []
    for article in chain.from_iterable(read_articles(path) for path in paths):
        tokens = [token.text for token in nlp.make_doc(article.text)]
        texts.append([folded(token) for token in tokens])
        for word, token in zip(texts[-1], tokens, strict=True):
            forms.setdefault(word, set()).add(token)
    return forms, texts


def folded(token: str) -> str:
    """Lower case; "0" for digits without a letter."""
    is_number = any(map(str.isdigit, token)) and not any(map(str.isalpha, token))
    return "0" if is_number else token.lower()


def most_frequent(texts: list[list[str]], n_words: int) -> tuple[list[str], list[np.ndarray]]:
    """The commonest words, ties in order of appearance, and each text as their row numbers (-1: a rarer word)."""
    counted = Counter(chain.from_iterable(texts)).most_common(n_words)
    words = [word for word, _ in counted]
    row_of = {word: row for row, word in enumerate(words)}
    return words, [np.array([row_of.get(word, -1) for word in text], dtype=np.int64) for text in texts]


def cooccurrences(texts: list[np.ndarray], n_words: int, window: int) -> csr_matrix:
    """Weighted counts [n_words, 2 * n_words]: words that stand left of a word, then those that stand right."""
    flat = np.concatenate(list(chain.from_iterable((text, np.full(window, -1)) for text in texts)))
    counts = csr_matrix((n_words, 2 * n_words), dtype=np.float32)
    for distance in range(1, window + 1):
        for columns, rows in pairs(flat, distance, n_words):
            weights = np.full(len(rows), 1 / distance, dtype=np.float32)
            counts = counts + coo_matrix((weights, (rows, columns)), shape=counts.shape).tocsr()
    return counts


def pairs(flat: np.ndarray, distance: int, n_words: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Columns and rows of all words `distance` apart, the left one as the context and then the right one."""
    left, right = flat[:-distance], flat[distance:]
    known = (left >= 0) & (right >= 0)
    yield n_words + right[known], left[known]
    yield left[known], right[known]


def positive_pmi(counts: csr_matrix) -> csr_matrix:
    """Positive pointwise mutual information [n_words, 2 * n_words] with smoothed context probabilities."""
    cells = counts.tocoo()
    of_words = np.asarray(counts.sum(axis=1)).ravel()
    of_contexts = np.asarray(counts.sum(axis=0)).ravel() ** SMOOTHING
    of_contexts /= of_contexts.sum()
    values = np.log(cells.data / (of_words[cells.row] * of_contexts[cells.col]))
    kept = values > 0
    return csr_matrix((values[kept].astype(np.float64), (cells.row[kept], cells.col[kept])), shape=counts.shape)


def reduced(matrix: csr_matrix, width: int) -> np.ndarray:
    """Unit rows [n_words, width] scaled to a standard deviation of one; the start vector is fixed."""
    left, singular, _ = svds(matrix, k=width, v0=np.ones(min(matrix.shape)))
    order = np.argsort(-singular)
    data = left[:, order] * np.sqrt(singular[order])
    data /= np.linalg.norm(data, axis=1, keepdims=True) + 1e-9
    return (data / data.std()).astype(np.float32)


def save(output: Path, words: list[str], forms: dict[str, set[str]], data: np.ndarray) -> None:
    """A blank pipeline whose vectors have one row a word, found by each of its written forms."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": TOKENIZER}})
    vectors = Vectors(data=data, strings=nlp.vocab.strings, name="angel_spacy.abstracts")
    for row, word in enumerate(words):
        for form in sorted(forms[word]):
            if word != "0" or len(form) <= LONGEST_NUMBER:
                vectors.add(form, row=row)
    nlp.vocab.vectors = vectors
    nlp.to_disk(output)


if __name__ == "__main__":
    main()
