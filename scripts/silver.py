"""Training material for the NER from text that nobody annotated: what several NERs agree on, beside gold.

python scripts/silver.py OUT.spacy --teachers NER... --texts abstracts.jsonl --limit 10000 --gold train.spacy --times 4
python scripts/silver.py OUT.spacy --teachers NER --annotated ncbi_train.pubtator --label DISEASE --gold train.spacy

A span is marked when more than half of the teachers mark it; of spans that overlap, the one with more votes stays,
then the longer one; what was overlooked (`angel_spacy.component.overlooked`) is added. Mentions of `--annotated`
corpora are gold: teachers add what does not overlap, with labels that the corpus lacks. `--label` is what the teachers
call its mentions, where the corpus calls them otherwise. `--gold` goes in `--times`.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from angel_spacy.component.overlooked import overlooked
from angel_spacy.corpora.docbin import article_to_doc
from angel_spacy.corpora.formats import read_articles
from angel_spacy.errors import ConfigError
from angel_spacy.records import Article

ATTRIBUTES = ["ENT_IOB", "ENT_TYPE"]
BATCH = 500

Place = tuple[int, int, str]  # first token, the one behind the last, label


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--teachers", type=Path, nargs="+", required=True, help="pipeline folders with a NER")
    parser.add_argument("--texts", type=Path, help="unlabelled articles")
    parser.add_argument("--limit", type=int, help="use only the first N of them")
    parser.add_argument("--annotated", type=Path, help="corpus in which all mentions of some labels are annotated")
    parser.add_argument("--label", help="of all annotated mentions, whatever the corpus calls them")
    parser.add_argument("--gold", type=Path, help=".spacy file")
    parser.add_argument("--times", type=int, default=1, help="how often gold goes in")
    parser.add_argument("--seed", type=int, default=0, help="of the order")
    options = parser.parse_args()
    teachers = [spacy.load(path) for path in options.teachers]
    docs: list[Doc] = []
    if options.gold:
        docs += [*DocBin().from_disk(options.gold).get_docs(teachers[0].vocab)] * options.times
    if options.annotated:
        articles = (relabelled(one, options.label) for one in read_articles(options.annotated))
        docs += completed(teachers, [article_to_doc(teachers[0], one) for one in articles])
    if options.texts:
        texts = islice(read_articles(options.texts), options.limit)
        docs += voted(teachers, [teachers[0].make_doc(article.text) for article in texts])
    random.Random(options.seed).shuffle(docs)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    DocBin(attrs=ATTRIBUTES, docs=docs).to_disk(options.output)
    print(f"{options.output}: {len(docs):,} docs, {sum(len(doc.ents) for doc in docs):,} entities")


def voted(teachers: Sequence[Language], docs: Sequence[Doc]) -> list[Doc]:
    """The Docs with what more than half of the teachers mark."""
    for doc, places in zip(docs, _votes(teachers, docs), strict=True):
        found: list[Span] = []
        for (start, end, label), n in sorted(places.items(), key=_order):
            if 2 * n > len(teachers) and not any(start < one.end and one.start < end for one in found):
                found.append(Span(doc, start, end, label))
        _complete(doc, found)
    return list(docs)


def relabelled(article: Article, label: str | None) -> Article:
    """The article, all its mentions with the label, if there is one."""
    if label is None:
        return article
    return replace(article, mentions=tuple(replace(mention, label=label) for mention in article.mentions))


def completed(teachers: Sequence[Language], docs: Sequence[Doc]) -> list[Doc]:
    """The annotated Docs with the teachers' mentions of labels that the annotation does not have.

    Raises ConfigError for a label that no teacher has: the new NER would learn it.
    """
    labels = {ent.label_ for doc in docs for ent in doc.ents}
    known = {label for teacher in teachers for name in teacher.pipe_names for label in teacher.get_pipe(name).labels}
    if foreign := sorted(labels - known):
        raise ConfigError(f"No teacher has the label {', '.join(foreign)}: name theirs with --label.")
    gold = [list(doc.ents) for doc in docs]
    others = voted(teachers, docs)
    for doc, own in zip(others, gold, strict=True):
        taken = {i for span in own for i in range(span.start, span.end)}
        more = [ent for ent in doc.ents if ent.label_ not in labels and taken.isdisjoint(range(ent.start, ent.end))]
        doc.set_ents([*own, *more])
    return others


def _order(vote: tuple[Place, int]) -> tuple[int, int, Place]:
    (start, end, label), n = vote
    return -n, start - end, (start, end, label)


def _complete(doc: Doc, found: Sequence[Span]) -> None:
    doc.set_ents(list(found))
    doc.set_ents(overlooked(doc, doc.ents), default="unmodified")


def _votes(teachers: Sequence[Language], docs: Sequence[Doc]) -> Iterator[Counter[Place]]:
    for start in range(0, len(docs), BATCH):
        some = docs[start : start + BATCH]
        answers = [list(teacher.pipe(_bare(some, teacher))) for teacher in teachers]
        for of in zip(*answers, strict=True):
            yield Counter((ent.start, ent.end, ent.label_) for doc in of for ent in doc.ents)


def _bare(docs: Iterable[Doc], teacher: Language) -> Iterator[Doc]:
    """The words of the Docs alone, as another pipeline's."""
    for doc in docs:
        yield Doc(teacher.vocab, [token.text for token in doc], [bool(token.whitespace_) for token in doc])


if __name__ == "__main__":
    main()
