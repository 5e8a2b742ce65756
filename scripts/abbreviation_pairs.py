"""How well abbreviations are found: precision and recall of pairs (short form, long form) in texts.

    python scripts/abbreviation_pairs.py texts.jsonl --pairs pairs.jsonl

`--pairs`: JSONL, {"id": an article's id, "short": ..., "long": ...}, a line for every right pair of an article; one
that has none stands there with its id alone, and others are left out. Intervals (95%) over articles. The pipelines that
ship use both detectors.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import spacy
import srsly
from spacy.tokens import Doc
from wasabi import msg

from angel_spacy.component.abbreviations import defines, long_form, may_be_short
from angel_spacy.corpora.formats import read_articles

Pairs = set[tuple[str, str]]
_WORD = re.compile(r"[^\s()\[\],;:]+")
_TOKENIZER = {"nlp": {"tokenizer": {"@tokenizers": "angel_spacy.SciTokenizer.v1"}}}
_N_SAMPLES = 1000


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+", help="articles, without annotations")
    parser.add_argument("--pairs", type=Path, required=True, help="JSONL of the right pairs")
    options = parser.parse_args()
    right: defaultdict[str, Pairs] = defaultdict(set)
    for row in srsly.read_jsonl(options.pairs):
        right[row["id"]] |= {(row["short"], row["long"])} if "short" in row else set()
    articles = (one for path in options.texts for one in read_articles(path, texts_only=True))
    kept = {one.article_id: one.text for one in articles if one.article_id in right}
    nlp = spacy.blank("en", config=_TOKENIZER)
    nlp.add_pipe("angel_abbreviations")
    docs = dict(zip(kept, nlp.pipe(kept.values()), strict=True))
    rows = [(name, *judged([(find(docs[of]), right[of]) for of in kept])) for name, find in DETECTORS.items()]
    print(f"{len(kept):,} articles, {sum(len(right[of]) for of in kept):,} pairs")
    msg.table(rows, header=("%", "P", "R", "F"), divider=True, aligns=("l", "r", "r", "r"))


def by_scispacy(doc: Doc) -> Pairs:
    """Those of scispaCy's detector."""
    pairs = {(one["short_text"], one["long_text"]) for one in doc._.abbreviations}
    return {(short, long) for short, long in pairs if short != long}


def in_text(doc: Doc) -> Pairs:
    """Those that `angel_linker` itself reads in a text: in it, each mention is asked for."""
    words = {word for word in _WORD.findall(doc.text) if may_be_short(word)}
    return {(word, long) for word in words if (long := long_form(word, doc.text))}


def by_both(doc: Doc) -> Pairs:
    """The detector's where they look like one, and those of the text instead or besides."""
    found = {short: long for short, long in by_scispacy(doc) if defines(long, short)}
    return set((dict(in_text(doc)) | found).items())


DETECTORS: dict[str, Callable[[Doc], Pairs]] = {"scispaCy's": by_scispacy, "in text": in_text, "both": by_both}


def judged(found_and_right: Sequence[tuple[Pairs, Pairs]]) -> Iterator[str]:
    """P, R and F in percent, with intervals."""
    counts = np.array([(len(found & right), len(found), len(right)) for found, right in found_and_right])
    chosen = np.random.default_rng(0).integers(len(counts), size=(_N_SAMPLES, len(counts)))
    samples = figures(counts[chosen].sum(1).T)
    for value, of in zip(figures(counts.sum(0)), samples, strict=True):
        low, high = np.quantile(of, (0.025, 0.975))
        yield f"{value:.1f} ({low:.1f} to {high:.1f})"


def figures(counts: Iterable[np.ndarray]) -> list[np.ndarray]:
    """P, R, F in percent of (both, found, right)."""
    both, found, right = counts
    return [100 * both / found, 100 * both / right, 200 * both / (found + right)]


if __name__ == "__main__":
    main()
