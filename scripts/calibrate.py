"""The threshold of a pipeline: the least probability at which enough of the links it makes are right, on dev corpora.

Every gold mention is linked without a threshold; a link is right when its one concept is among the mention's ids,
so mentions without an id, or whose concept the knowledge base lacks, can only be wrong or NIL.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import srsly
from numpy.typing import NDArray

from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.run import find_linker
from angel_spacy.kb import KnowledgeBase
from angel_spacy.pipelines import load_pipeline
from angel_spacy.records import Article

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """The links of some mentions: how sure (n,), and whether right (n,)."""

    probability: Floats
    right: NDArray[np.bool_]

    def precision_and_coverage(self, threshold: float) -> tuple[float, float]:
        """Share of the links at or above the threshold that are right; share of all mentions that get one."""
        kept = self.probability >= threshold
        return float(self.right[kept].mean()) if kept.any() else 1.0, float(kept.mean())


def collect(pipeline: str, articles: Sequence[Article]) -> Links:
    """Links the gold mentions of a corpus with every threshold off."""
    nlp = load_pipeline(pipeline)
    linker = find_linker(nlp)
    before = [name for name, pipe in nlp.pipeline if pipe is not linker and name != "ner"]
    with nlp.select_pipes(enable=before):
        docs = list(nlp.pipe(article.text for article in articles))
    links = linker.link_mentions(docs, [[(m.start, m.end) for m in article.mentions] for article in articles])
    mentions = [mention for article in articles for mention in article.mentions]
    pairs = list(zip(mentions, (link for linked in links for link in linked), strict=True))
    probability = [link.candidates[0].probability if link.candidates else 0.0 for _, link in pairs]
    right = [
        bool(link.candidates) and is_right(linker.kb, m.concept_ids, link.candidates[0].concept_id) for m, link in pairs
    ]
    return Links(np.array(probability), np.array(right, dtype=bool))


def is_right(kb: KnowledgeBase, gold_ids: Iterable[str], concept_id: str) -> bool:
    """Whether a concept is one of the gold ones, alternative ids resolved."""
    return kb.resolve(concept_id) in {kb.resolve(gold) for gold in gold_ids} - {None}


def choose(corpora: Sequence[Links], precision: float) -> float:
    """The lowest threshold from which on every corpus has the wanted precision, at every higher one too down to
    a coverage of 5%; 1 (only what is certain) when there is none."""
    for threshold in np.arange(0.0, 1.0, 0.005):
        higher = np.arange(threshold, 1.0, 0.005)
        if all(_keeps(links, higher, precision) for links in corpora):
            return round(float(threshold), 3)
    return 1.0


def _keeps(links: Links, thresholds: Floats, precision: float) -> bool:
    measured = [links.precision_and_coverage(float(threshold)) for threshold in thresholds]
    return all(p >= precision for p, coverage in measured if coverage >= 0.05)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipeline", help="starter, a folder or a package")
    parser.add_argument("corpora", nargs="+", type=Path, help="annotated dev corpora")
    parser.add_argument("--precision", type=float, default=0.9)
    parser.add_argument("--output", type=Path, help="JSON with the threshold and the curves")
    parser.add_argument("--write", action="store_true", help="store the threshold in the pipeline, a folder")
    options = parser.parse_args()
    found = {path: collect(options.pipeline, list(read_articles(path))) for path in options.corpora}
    threshold = choose(list(found.values()), options.precision)
    curves = {
        str(path.parent.name): [
            {"threshold": t, "precision": p, "coverage": c}
            for t in (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, threshold)
            for p, c in [links.precision_and_coverage(t)]
        ]
        for path, links in found.items()
    }
    for name, curve in curves.items():
        print(f"\n{name}\n threshold  precision  coverage")
        for row in curve:
            print(f"{row['threshold']:10.3f} {row['precision']:10.3f} {row['coverage']:9.3f}")
    print(f"\nthreshold {threshold}: at least {options.precision:.0%} of the links are right in each corpus")
    if options.write:
        srsly.write_json(Path(options.pipeline) / "angel_linker" / "calibration", {"threshold": threshold})
    if options.output:
        srsly.write_json(options.output, {"threshold": threshold, "precision": options.precision, "curves": curves})


if __name__ == "__main__":
    main()
