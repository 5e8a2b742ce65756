r"""What each part of linking gives: gold mentions of some corpora, linked with one part more in every row.

    python scripts/link_parts.py starter --corpus NCBI_DEV kb/medic NCBI_TRAIN \
        --corpus BC5CDR_DEV kb/merged BC5CDR_TRAIN

`--corpus`: annotated articles, the knowledge base's folder, and, where there is one, the corpus whose mentions become
names. Strict and lenient accuracy of linkable mentions with 95% intervals over documents, and milliseconds a mention.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import srsly
from wasabi import msg

from angel_spacy.component.linker import AngelLinker
from angel_spacy.component.loading import pipeline_with_linker
from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.run import evaluate_gold
from angel_spacy.kb import KnowledgeBase

BASE = {
    "restrict": None,
    "share_repeats": False,
    "document": False,
    "abbreviations": False,
    "undefined_abbreviations": False,
    "composites": False,
    "cache_size": 0,
}
STEPS: dict[str, dict[str, Any]] = {
    "base": {},
    "+ what labels allow": {"restrict": "by_label"},
    "+ homonyms: counts of training, order of the KB": {},
    "+ one answer a document's string": {"share_repeats": True},
    "+ abbreviations that the document defines": {"abbreviations": True},
    "+ abbreviations that it does not define": {"undefined_abbreviations": True},
    "... and homonyms that the document holds": {"document": True},
    "... and lists of names": {"document": False, "composites": True},
}
OF_HOMONYMS = ("seen", "homonym")  # the evidence that tells concepts of one name apart
FROM = list(STEPS).index("+ homonyms: counts of training, order of the KB")
SHOWN = ("acc@1_linkable", "acc@1_strict_linkable")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline")
    parser.add_argument("--corpus", nargs="+", action="append", required=True, metavar=("DEV KB", "TRAIN"))
    parser.add_argument("--limit", type=int, help="read only the first N articles of each corpus")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    options = parser.parse_args()
    nlp, linker = pipeline_with_linker(options.pipeline)
    weights = linker.weights
    without = replace(weights, of={**weights.of, **dict.fromkeys(OF_HOMONYMS, 0.0)})
    told = {}
    for dev, folder, *train in options.corpus:
        kb = KnowledgeBase.from_disk(Path(folder))
        if train:
            kb = kb.with_aliases(mention_aliases(one for path in train for one in read_articles(Path(path))))
        linker.set_kb(kb)
        articles = list(islice(read_articles(Path(dev)), options.limit))
        rows = {}
        for number, (name, settings) in enumerate(rungs(linker)):
            linker.settings = settings
            linker.weights = weights if number >= FROM else without
            linker.make_ready()
            rows[name] = evaluate_gold(nlp, articles)
        told[str(dev)] = rows
        show(f"{dev}, {kb.provenance.source} ({len(kb):,} concepts)", rows)
    if options.output is not None:
        srsly.write_json(options.output, told)


def rungs(linker: AngelLinker) -> Iterator[tuple[str, Any]]:
    """Every row's name with its settings, those of the row before and its own."""
    settings = replace(linker.settings, precision="float32", **BASE)
    for name, more in STEPS.items():
        settings = replace(settings, **more)
        yield name, settings


def show(title: str, rows: dict[str, dict[str, Any]]) -> None:
    """The table of one corpus."""
    table = []
    for name, row in rows.items():
        cells = []
        for measure in SHOWN:
            low, high = row[f"{measure}_ci95"]
            cells.append(f"{100 * row[measure]:.1f} ({100 * low:.1f}-{100 * high:.1f})")
        table.append((name, *cells, f"{1000 / row['mentions/s']:.1f}"))
    n = next(iter(rows.values()))["n_linkable"]
    print(f"\n{title}, {n:,} linkable mentions")
    header = "%", "lenient", "strict", "ms a mention"
    msg.table(table, header=header, divider=True, aligns=("l", "r", "r", "r"), max_col=60)


if __name__ == "__main__":
    main()
