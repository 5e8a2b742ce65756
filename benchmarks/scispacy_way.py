r"""scispaCy's way on our KB: character 3-grams (TF-IDF) and approximate nearest neighbours (nmslib HNSW).

    python benchmarks/scispacy_way.py corpus/ncbi_disease/dev.pubtator --kb kb/medic \
        --aliases corpus/ncbi_disease/train.pubtator

The candidate generator is scispaCy's own. Its index is built here, with scispaCy's settings (vectorizer and HNSW of
`create_tfidf_ann_index`): that function itself asks for a scipy older than the one that scispaCy installs today. Beside
it, on the same names and mentions: every name compared (`tfidf.py`), and the time that our KB and trie take to build.
A concept's score is its best name's, as scispaCy's EntityLinker has it, without its threshold and its filter. Building
the HNSW takes minutes for 70,000 names and grows faster than they do; it uses all cores.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from alone import settled_mb
from machine import describe, publish

from angel_spacy.candidates.index import NameIndex
from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.accuracy import accuracy_table, judge
from angel_spacy.evaluation.baselines import Asked, Baseline, Scispacy, Tfidf, answers, asked_about
from angel_spacy.kb import KnowledgeBase
from angel_spacy.models.generator import Generator
from angel_spacy.pipelines import STARTER_LINKER as STARTER
from angel_spacy.prompts import Prompter
from angel_spacy.records import Candidate


def entity_linker(generator: Any) -> Any:
    """scispaCy's component over a candidate generator, told to link every mention."""
    from scispacy.linking import EntityLinker

    k = Scispacy.N_NEIGHBOURS
    return EntityLinker(candidate_generator=generator, k=k, threshold=0.0, filter_for_definitions=False)


class OneByOne:
    """Another linker, asked for one mention at a time."""

    def __init__(self, linker: Baseline) -> None:
        self._linker = linker

    def candidates(self, mentions: Sequence[str]) -> Iterator[list[Candidate]]:
        """Ranked concepts of each mention."""
        for mention in mentions:
            yield from self._linker.candidates([mention])


def our_build(kb: KnowledgeBase, prompter: Prompter) -> dict[str, float]:
    """Seconds that KB and trie take to build from concepts in memory, and the memory and disk that they take."""
    concepts, seen = list(kb.concepts), dict(kb.seen)
    before, started = settled_mb(), time.perf_counter()
    made = KnowledgeBase(concepts, normaliser=kb.normaliser, seen=seen)
    between = time.perf_counter()
    index = NameIndex.build(made, prompter)
    done = time.perf_counter()
    size = {"resident_mb": settled_mb() - before}
    with TemporaryDirectory() as folder:
        made.to_disk(Path(folder) / "kb")
        index.to_disk(Path(folder) / "trie")
        size["disk_mb"] = megabytes(Path(folder))
    return {"kb_s": between - started, "trie_s": done - between, "build_s": done - started, **size}


def on_disk_mb(generator: Any) -> float:
    """What scispaCy's files take, without the vectorizer: index, vectors as float16, names."""
    vectors = generator.vectorizer.transform(generator.ann_concept_aliases_list)
    with TemporaryDirectory() as folder:
        generator.ann_index.saveIndex(f"{folder}/nmslib_index.bin")
        parts = {"data": vectors.data.astype(np.float16), "indices": vectors.indices, "indptr": vectors.indptr}
        np.savez_compressed(f"{folder}/vectors.npz", **parts)
        Path(folder, "names.json").write_text(json.dumps(generator.ann_concept_aliases_list), encoding="utf8")
        return megabytes(Path(folder))


def megabytes(folder: Path) -> float:
    """The size of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def asked_of(linker: Any, asked: Sequence[Asked], kb: KnowledgeBase, repeats: int) -> dict[str, float]:
    """acc@1, lenient and strict, and mentions a second, the median of `repeats`."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        linked = answers(linker, asked)
        seconds.append(time.perf_counter() - started)
    judged = [judge(one.mention, found, kb, one.document) for one, found in zip(asked, linked, strict=True)]
    table = accuracy_table(judged)
    return {name: table[name] for name in ("acc@1", "acc@1_strict", "acc@5")} | {
        "mentions/s": len(asked) / median(seconds)
    }


def run(
    kb: KnowledgeBase, asked: Sequence[Asked], prompter: Prompter, *, repeats: int = 3, min_df: int = 10
) -> dict[str, Any]:
    """The figures of both ways and of ours to build."""
    ours = our_build(kb, prompter)
    before = settled_mb()
    started = time.perf_counter()
    linker = Scispacy(kb, min_df=min_df)
    seconds = time.perf_counter() - started
    built = {"build_s": seconds, "resident_mb": settled_mb() - before, "disk_mb": on_disk_mb(linker.generator)}
    batch, single = (asked_of(one, asked, kb, repeats) for one in (linker, OneByOne(linker)))
    built |= batch | {"one_by_one_mentions/s": single["mentions/s"]}
    started = time.perf_counter()
    exhaustive = Tfidf(kb)
    exact = {"build_s": time.perf_counter() - started, **asked_of(exhaustive, asked, kb, 1)}
    ratio = {"build": seconds / ours["build_s"], "build_trie_only": seconds / ours["trie_s"]}
    return {"ratio": ratio, "scispacy": built, "exhaustive": exact, "ours": ours, "n": len(asked), "names": kb.n_names}


def with_aliases(kb: KnowledgeBase, corpora: Iterable[Path]) -> KnowledgeBase:
    """The KB with the mentions of annotated corpora as names."""
    for corpus in corpora:
        kb = kb.with_aliases(mention_aliases(read_articles(corpus)))
    return kb


def main() -> None:
    """The command line."""
    arguments = _parse()
    kb = with_aliases(_first(KnowledgeBase.from_disk(arguments.kb), arguments.n_concepts), arguments.aliases)
    asked = asked_about(read_articles(arguments.corpus), abbreviations=arguments.abbreviations)[: arguments.limit]
    prompter = Generator.from_folder(arguments.generator).prompter
    figures = run(kb, asked, prompter, repeats=arguments.repeats, min_df=arguments.min_df)
    hnsw = {"M": Scispacy.M, "efConstruction": Scispacy.EF_CONSTRUCTION, "efSearch": Scispacy.EF_SEARCH}
    hnsw["min_df"] = arguments.min_df
    publish({**figures, "hnsw": hnsw, "machine": describe()}, arguments.output)


def _first(kb: KnowledgeBase, n_concepts: int | None) -> KnowledgeBase:
    """The first concepts of a KB."""
    return KnowledgeBase(list(kb.concepts)[:n_concepts], normaliser=kb.normaliser) if n_concepts else kb


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="annotated corpus that the mentions come from")
    parser.add_argument("--kb", type=Path, required=True, help="KB folder")
    parser.add_argument("--aliases", type=Path, action="append", default=[], help="corpus whose mentions become names")
    parser.add_argument("--abbreviations", action="store_true", help="also try the long forms that an article defines")
    parser.add_argument("--n-concepts", type=int, help="only the first so many concepts of the KB")
    parser.add_argument("--limit", type=int, help="only the first so many mentions")
    parser.add_argument("--generator", type=Path, default=STARTER / "model", help="whose tokenizer our trie takes")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--min-df", type=int, default=10, help="names that a 3-gram must be in, to count")
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
