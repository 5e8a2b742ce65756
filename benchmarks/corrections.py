r"""What a pipeline learns from its user's corrections, and whether it gets worse elsewhere.

    python benchmarks/corrections.py corpus/bc5cdr/dev.pubtator --kb kb/merged --folder training/corrections \
        --elsewhere corpus/ncbi_disease/dev.pubtator kb/medic --seeds 1 2 3

The first articles of the corpus are a user's: the pipeline links their mentions, the gold ids correct the links, and
`angel corrections` and configs/corrections.cfg do the rest. Judged before and after, lenient acc@1: the corrected
mentions themselves, all of the user's, those of the other articles of the corpus, and the corpora `--elsewhere`.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe, publish
from spacy.language import Language
from spacy.tokens import Doc

from angel_spacy.annotation.corrections import Corrections, read_predicted
from angel_spacy.annotation.writing import write_annotations
from angel_spacy.component.given import gold_docs, with_ids
from angel_spacy.component.linker import AngelLinker
from angel_spacy.component.links import Link
from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.evaluation.accuracy import judge
from angel_spacy.evaluation.run import find_linker
from angel_spacy.kb import KnowledgeBase
from angel_spacy.models.generator import Generator
from angel_spacy.objectives.pairs import PreferencePair, write_pairs
from angel_spacy.pipelines import load_pipeline
from angel_spacy.records import Article, LinkedArticle, LinkedMention, Mention
from angel_spacy.training.recipe import read_recipe
from angel_spacy.training.run import train, use_threads

ROOT = Path(__file__).parents[1]

Links = list[list[Link]]  # for each article, for each of its mentions


@dataclass(frozen=True)
class Judged:
    """Mention by mention, whether its link is right and the number of its article."""

    right: list[bool]
    article: list[int]


@dataclass(frozen=True)
class Part:
    """Articles to judge, with the mentions that carry an id, and the KB to judge them by."""

    kb: KnowledgeBase
    articles: tuple[Article, ...]
    docs: tuple[Doc, ...]

    @classmethod
    def make(cls, nlp: Language, kb: KnowledgeBase, articles: Iterable[Article]) -> "Part":
        """Runs what comes before the linker, but for the NER."""
        kept = tuple(with_ids(articles))
        return cls(kb, kept, tuple(gold_docs(nlp, find_linker(nlp), kept)))

    def link(self, linker: AngelLinker) -> Links:
        """The links of all mentions."""
        linker.set_kb(self.kb)
        return linker.link_mentions(self.docs, [[(m.start, m.end) for m in one.mentions] for one in self.articles])

    def judged(self, links: Links) -> Judged:
        """Whether the first candidate is right, mention by mention."""
        asked = [(i, m) for i, one in enumerate(self.articles) for m in one.mentions]
        found = zip(asked, chain.from_iterable(links), strict=True)
        right = [judge(m, link.candidates, self.kb).rank == 1 for (_, m), link in found]
        return Judged(right, [i for i, _ in asked])

    def are_in(self, pairs: Sequence[PreferencePair]) -> list[bool]:
        """Whether a pair was made of a mention, mention by mention."""
        made = {(pair.text, pair.start, pair.end) for pair in pairs}
        return [(one.text, m.start, m.end) in made for one in self.articles for m in one.mentions]


def correct(user: Part, links: Links, folder: Path, *, confirmed: bool) -> tuple[list[PreferencePair], dict[str, int]]:
    """The pairs of what a user would correct, and what there was; by way of the files that a user has."""
    folder.mkdir(parents=True, exist_ok=True)
    predicted, corrected = folder / "predicted.jsonl", folder / "corrected.pubtator"
    write_annotations(map(_linked_article, user.articles, links), predicted)
    write_pubtator(user.articles, corrected)
    changed, learnt = Corrections(user.kb), Corrections(user.kb, confirmed)
    pairs = list(changed.pairs(read_predicted(predicted), read_articles(corrected)))
    write_pairs(learnt.pairs(read_predicted(predicted), read_articles(corrected)), folder / "pairs.jsonl")
    return pairs, dict(learnt.counts)


def _linked_article(article: Article, links: Sequence[Link]) -> LinkedArticle:
    return LinkedArticle(article, tuple(map(_linked_mention, article.mentions, links)))


def _linked_mention(mention: Mention, link: Link) -> LinkedMention:
    ids = (link.concept_id,) if link.concept_id else ()
    return LinkedMention(replace(mention, concept_ids=ids), link.candidates)


def updated(config: Path, settings: Mapping[str, Any], folder: Path, seed: int) -> Generator:
    """The generator that has learnt from the pairs in `folder`."""
    output = {"paths.output": str(folder / f"seed-{seed}"), "training.seed": seed}
    files = {"stages.correct.pairs.files": [str(folder / "pairs.jsonl")]}
    return Generator.from_folder(train(read_recipe(config, {**settings, **files, **output})))


def compared(
    before: Judged, after: Sequence[Judged], chosen: Sequence[bool] | None = None, *, n_resamples: int = 2000
) -> dict[str, Any]:
    """Accuracy in percent of the (chosen) mentions before and after (the mean over seeds, and each), and the difference
    in points with its 95% bootstrap interval. Seeds are drawn anew, and articles are, the same ones of both sides:
    an article says the same thing again and again."""
    kept = np.ones(len(before.right), bool) if chosen is None else np.array(chosen)
    old, new = np.array(before.right, float)[kept], np.array([one.right for one in after], float)[:, kept]
    gaps = new - old  # (seeds, mentions)
    places = np.unique(np.array(before.article)[kept], return_inverse=True)[1]
    rng = np.random.default_rng(0)
    drawn = [_resampled(gaps, places, rng) for _ in range(n_resamples)]
    return {
        "n": len(old),
        "before": 100 * float(old.mean()),
        "after": 100 * float(new.mean()),
        "seeds": [100 * float(one) for one in new.mean(1)],
        "difference": 100 * float(gaps.mean()),
        "ci95": [100 * float(x) for x in np.percentile(drawn, [2.5, 97.5])],
    }


def _resampled(gaps: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> float:
    """The mean gap of seeds and articles drawn anew; `gaps` (seeds, mentions), `places` (mentions,) their articles."""
    by_mention = gaps[rng.integers(len(gaps), size=len(gaps))].mean(0)
    n_articles = places.max() + 1
    weights = np.bincount(rng.integers(n_articles, size=n_articles), minlength=n_articles)[places]
    return float(np.average(by_mention, weights=weights))


def show(table: Mapping[str, Mapping[str, Any]]) -> None:
    """Prints the table as Markdown."""
    print("| mentions | n | before | after | difference, 95% interval |\n|---|---|---|---|---|")
    for name, row in table.items():
        gain = f"{row['difference']:+.2f} ({row['ci95'][0]:+.2f} to {row['ci95'][1]:+.2f})"
        print(f"| {name} | {row['n']} | {row['before']:.1f} | {row['after']:.1f} | {gain} |")


def parts(nlp: Language, given: argparse.Namespace) -> Iterator[tuple[str, Part]]:
    """What is judged; the user's own part first."""
    articles, kb = list(read_articles(given.corpus)), KnowledgeBase.from_disk(given.kb)
    yield "all of the user's", Part.make(nlp, kb, articles[: given.articles])
    yield "elsewhere: the rest of the corpus", Part.make(nlp, kb, articles[given.articles :][: given.limit])
    for corpus, folder in given.elsewhere:
        others = list(read_articles(Path(corpus)))[: given.limit]
        yield f"elsewhere: {corpus}", Part.make(nlp, KnowledgeBase.from_disk(folder), others)


def run(given: argparse.Namespace) -> dict[str, Any]:
    """The figures."""
    nlp = load_pipeline(given.pipeline)
    linker = find_linker(nlp)
    init = Path(nlp.path) / linker.name / "model"
    asked = dict(parts(nlp, given))
    links = {name: part.link(linker) for name, part in asked.items()}
    before = {name: part.judged(links[name]) for name, part in asked.items()}
    user = next(iter(asked))
    pairs, counts = correct(asked[user], links[user], given.folder, confirmed=given.confirmed)
    print(f"{len(pairs)} corrections; {counts}", flush=True)
    settings: dict[str, Any] = {"paths.init": str(init), "paths.kbs": [str(given.kb)]}
    settings |= {"paths.corpora": list(map(str, given.corpora)), "stages.correct.pairs.replay": given.replay}
    after: dict[str, list[Judged]] = {name: [] for name in asked}
    for seed in given.seeds:
        linker.model.shims[0].generator = updated(given.config, settings, given.folder, seed)
        for name, part in asked.items():
            after[name].append(part.judged(part.link(linker)))
    was_corrected = asked[user].are_in(pairs)
    rows = {"corrected": compared(before[user], after[user], was_corrected)}
    rows |= {name: compared(before[name], after[name]) for name in asked}
    return {"table": rows, "corrections": len(pairs), "counts": counts}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="annotated articles that the pipeline was not trained on")
    parser.add_argument("--kb", type=Path, required=True, help="KB folder")
    parser.add_argument("--articles", type=int, default=150, help="so many first articles are the user's")
    parser.add_argument("--elsewhere", nargs=2, action="append", default=[], metavar=("CORPUS", "KB"))
    parser.add_argument("--limit", type=int, help="judge only so many articles of each part elsewhere")
    parser.add_argument("--pipeline", default="starter")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "corrections.cfg")
    parser.add_argument("--corpora", type=Path, nargs="*", default=[], help="replay from these; default: from names")
    parser.add_argument("--confirmed", action="store_true", help="unchanged links are learnt too")
    parser.add_argument("--replay", type=float, default=1.0, help="pairs of replay for each pair of the user's")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--folder", type=Path, required=True, help="a new folder for pairs and generators")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    given = parser.parse_args()
    use_threads(given.threads)
    figures = run(given)
    show(figures["table"])
    publish({**figures, "seeds": given.seeds, "replay": given.replay, "machine": describe()}, given.output)


if __name__ == "__main__":
    main()
