r"""The shipped weights of the evidence, fitted on dev corpora that each have their own knowledge base.

    python scripts/fit_weights.py --dev kb/medic assets/ncbi_disease/dev.pubtator assets/ncbi_disease/train.pubtator \
        --dev kb/merged assets/bc5cdr/dev.pubtator assets/bc5cdr/train.pubtator

Shown for each corpus: accuracy by one piece of evidence alone, and by all with weights fitted on other documents; and
how calibrated probabilities are, with weights fitted on the corpus's own other documents and on the other corpora.
"""

import argparse
import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from angel_spacy.candidates.evidence import FEATURES
from angel_spacy.candidates.weights import SHIPPED, EvidenceWeights
from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.fitting import Case, cases, crossed, fit, sureness
from angel_spacy.evaluation.run import find_linker
from angel_spacy.kb import KnowledgeBase
from angel_spacy.models.generator import Generator
from angel_spacy.models.name_encoder import NameEncoder
from angel_spacy.pipelines import load_pipeline

ALONE = {"generator": "generated", "letters": "letters", "name encoder": "similar"}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", default="starter", help="starter, or a pipeline folder")
    parser.add_argument("--generator", type=Path, help="generator folder instead of the pipeline's")
    parser.add_argument("--encoder", type=Path, help="name encoder file instead of the pipeline's")
    parser.add_argument(
        "--dev", nargs=3, action="append", required=True, metavar=("KB", "CORPUS", "ALIASES"), help="may be repeated"
    )
    parser.add_argument("--limit", type=int, help="read only the first N articles of a corpus")
    parser.add_argument("--write", action="store_true", help=f"write them to {SHIPPED.name}, as those that ship")
    options = parser.parse_args()
    found = {}
    for kb, corpus, aliases in options.dev:
        found[corpus] = _cases(options, Path(kb), Path(corpus), Path(aliases))
        for name, feature in ALONE.items():
            _show(corpus, f"{name} alone", found[corpus], EvidenceWeights({**dict.fromkeys(FEATURES, 0.0), feature: 1}))
    for corpus, judged in zip(found, crossed(list(found.values())), strict=True):
        right, error = judged.right.mean(), judged.calibration_error()
        print(f"{corpus}: all, weights of other documents: {right:.1%} right, calibration error {error:.3f}")
        if others := [own for name, own in found.items() if name != corpus]:
            _show(corpus, "all, weights of the other corpora", found[corpus], fit(others))
    weights = fit(list(found.values()))
    print(json.dumps(weights.to_dict(), indent=2))
    if options.write:
        SHIPPED.write_text(json.dumps(weights.to_dict(), indent=2) + "\n", encoding="utf8")


def _cases(options: argparse.Namespace, kb: Path, corpus: Path, aliases: Path) -> list[Case]:
    nlp = load_pipeline(options.pipeline)
    linker = find_linker(nlp)
    if options.generator:
        linker.model.shims[0].generator = Generator.from_folder(options.generator)
    if options.encoder:
        linker.encoder = NameEncoder.from_file(options.encoder)
    linker.set_kb(KnowledgeBase.from_disk(kb).with_aliases(mention_aliases(read_articles(aliases))))
    return cases(nlp, linker, islice(read_articles(corpus), options.limit))


def _show(corpus: str, what: str, own: Sequence[Case], weights: EvidenceWeights) -> None:
    judged = sureness(own, weights)
    reachable = np.mean([case.right.any() for case in own])
    print(
        f"{corpus}: {what}: {judged.right.mean():.1%} right of {reachable:.1%} with a right candidate, "
        f"calibration error {judged.calibration_error():.3f}"
    )


if __name__ == "__main__":
    main()
