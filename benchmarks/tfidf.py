r"""The baseline to beat: names ranked by the cosine of their character 3-grams (TF-IDF), every name compared.

    python benchmarks/tfidf.py corpus/ncbi_disease/dev.pubtator --kb kb/medic \
        --aliases corpus/ncbi_disease/train.pubtator

Protocol and scoring are those of `python -m spacy angel evaluate`.
"""

import argparse
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from machine import describe, publish

from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.accuracy import accuracy_per_label, accuracy_table, judge
from angel_spacy.evaluation.baselines import ExactNames, Tfidf, answers, asked_about
from angel_spacy.kb import KnowledgeBase
from angel_spacy.records import Article


def run(kb: KnowledgeBase, articles: Iterable[Article], *, limit: int | None, abbreviations: bool) -> dict[str, Any]:
    """The figures of one corpus."""
    asked = asked_about(articles, abbreviations=abbreviations)[:limit]
    started = time.perf_counter()
    linker = Tfidf(kb)
    built = time.perf_counter()
    linked = answers(linker, asked)
    done = time.perf_counter()
    judged = [judge(one.mention, found, kb, one.document) for one, found in zip(asked, linked, strict=True)]
    named = ExactNames(kb).candidates([one.surfaces[0] for one in asked])
    plain = [judge(one.mention, found, kb, one.document) for one, found in zip(asked, named, strict=True)]
    return {
        **accuracy_table(judged),
        "exact_acc@1": accuracy_table(plain)["acc@1"],
        "abbreviations": abbreviations,
        "n_names": kb.n_names,
        "build_seconds": built - started,
        "mentions/s": len(asked) / (done - built) if asked else 0.0,
        "per_label": accuracy_per_label(judged),
    }


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
