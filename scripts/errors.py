"""Where a pipeline's links go wrong: gold mentions by how their words relate to the KB, with counts and examples.

python scripts/errors.py starter DEV.pubtator --kb kb/medic --aliases TRAIN.pubtator
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from angel_spacy.component.linker import AngelLinker
from angel_spacy.component.links import Link
from angel_spacy.component.mentions import requests
from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.accuracy import judge
from angel_spacy.evaluation.run import find_linker, with_aliases
from angel_spacy.kb import KnowledgeBase
from angel_spacy.pipelines import load_pipeline
from angel_spacy.records import Article, Mention

KINDS = {
    "not in KB": "no gold id is in the KB",
    "own name": "the words, or the long form, are a name of a gold concept",
    "other's name": "they are a name of other concepts only",
    "short": "no name, at most 6 characters without a space: abbreviations, codes",
    "all words known": "no name, but every word is in some name of a gold concept",
    "some words known": "no name, some words are in names of a gold concept",
    "no words known": "no name, no word is in a name of a gold concept",
}


@dataclass(frozen=True)
class Found:
    """One gold mention, its kind, and the rank of the first right candidate (None: not among them)."""

    mention: Mention
    kind: str
    seen: bool
    rank: int | None
    answer: str
    gold_name: str


def judged(linker: AngelLinker, articles: Sequence[Article], docs: Sequence) -> Iterator[Found]:
    """Every mention that carries an id."""
    mentions = [[mention for mention in article.mentions if mention.concept_ids] for article in articles]
    offsets = [[(mention.start, mention.end) for mention in of] for of in mentions]
    for doc, of, linked in zip(docs, mentions, linker.link_mentions(docs, offsets), strict=True):
        asked = requests(doc, [(mention.start, mention.end) for mention in of], linker.settings)
        for mention, request, link in zip(of, asked, linked, strict=True):
            yield found(linker.kb, mention, request.surfaces, link)


def found(kb: KnowledgeBase, mention: Mention, surfaces: Sequence[str], link: Link) -> Found:
    """Compares a link with the gold ids, and the words with the gold names."""
    judgement = judge(mention.label, mention.concept_ids, link.candidates, kb)
    rows = {row for one in mention.concept_ids if (row := kb.resolve(one)) is not None}
    answer = link.candidates[0].generated_name if link.candidates else "(none)"
    gold = kb.concept(min(rows)).name if rows else "|".join(mention.concept_ids)
    return Found(mention, kind_of(kb, rows, surfaces), judgement.seen, judgement.rank, answer, gold)


def kind_of(kb: KnowledgeBase, rows: set[int], surfaces: Sequence[str]) -> str:
    """A key of KINDS."""
    if not rows:
        return "not in KB"
    named = {row for words in surfaces for row in kb.rows_of(words)}
    if named:
        return "own name" if named & rows else "other's name"
    forms = [kb.normalise(words) for words in surfaces]
    if all(len(form) <= 6 and " " not in form for form in forms):
        return "short"
    known = {word for row in rows for name in kb.concept(row).names for word in kb.normalise(name).split()}
    best = max(sum(word in known for word in form.split()) / max(1, len(form.split())) for form in forms)
    return "all words known" if best == 1 else "some words known" if best > 0 else "no words known"


def show(every: Sequence[Found], n_examples: int) -> None:
    """Prints the table as Markdown, then examples of each kind."""
    print("| kind | mentions | wrong | of these right in the ten | concept without a training mention |")
    print("|---|---|---|---|---|")
    for kind, meaning in KINDS.items():
        of_kind = [one for one in every if one.kind == kind]
        wrong = [one for one in of_kind if one.rank != 1]
        further = sum(one.rank is not None for one in wrong)
        print(f"| {kind}: {meaning} | {len(of_kind)} | {len(wrong)} | {further} | {sum(not w.seen for w in wrong)} |")
    for kind in KINDS:
        wrong = [one for one in every if one.kind == kind and one.rank != 1]
        for one in random.Random(0).sample(wrong, min(n_examples, len(wrong))):
            print(f"- {kind}: {one.mention.text!r} -> {one.answer!r}, gold {one.gold_name!r}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--kb", type=Path, required=True)
    parser.add_argument("--aliases", type=Path, action="append", default=[])
    parser.add_argument("--limit", type=int, help="only the first so many articles")
    parser.add_argument("--examples", type=int, default=5, help="of each kind")
    parser.add_argument("--output", type=Path, help="JSON lines of all wrong ones")
    given = parser.parse_args()
    nlp = load_pipeline(given.pipeline)
    linker = find_linker(nlp)
    linker.set_kb(with_aliases(KnowledgeBase.from_disk(given.kb), map(read_articles, given.aliases)))
    articles = list(read_articles(given.corpus))[: given.limit]
    before = [name for name, pipe in nlp.pipeline if pipe is not linker and name != "ner"]
    with nlp.select_pipes(enable=before):
        docs = list(nlp.pipe(article.text for article in articles))
    every = list(judged(linker, articles, docs))
    show(every, given.examples)
    if given.output:
        wrong = [one for one in every if one.rank != 1]
        lines = ({**asdict(one), "mention": one.mention.text} for one in wrong)
        given.output.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf8")


if __name__ == "__main__":
    main()
