"""What a person changed in a pipeline's links -> preference pairs: the right concept's name before the model's."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, takewhile
from pathlib import Path

from ..corpora.formats import guess_format, read_articles
from ..corpora.jsonl import read_linked
from ..errors import CorpusError
from ..kb import KnowledgeBase
from ..objectives.pairs import PreferencePair
from ..objectives.trigrams import most_similar
from ..records import Article, Candidate, LinkedArticle, LinkedMention, Mention

Candidates = tuple[Candidate, ...]
Rows = frozenset[int]

CORRECTED, CONFIRMED = "corrected", "confirmed"  # what pairs are made of; the rest says why there is none
UNCHANGED = "unchanged"
REMOVED = "removed"
ADDED = "added, where the pipeline had no mention"
NO_ID = "changed to no id"
UNKNOWN = "with no id that the KB has"
HOMONYM = "without a name that means the right concept first"
NOTHING_WRONG = "without a wrong name to prefer it to"


@dataclass
class Corrections:
    """Compares links with their corrected form and counts what it finds; `kb` is what the pipeline links to.

    `confirmed`: all was looked at, so that an unchanged link is right and its name before the next candidate's.
    """

    kb: KnowledgeBase
    confirmed: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)  # right ids that the KB lacks

    def pairs(self, predicted: Iterable[LinkedArticle], corrected: Iterable[Article]) -> Iterator[PreferencePair]:
        """A pair for each mention whose id was changed to one that the model should have written another name for.

        Articles go together by id, mentions by offsets; articles that were not corrected are left out. Raises
        CorpusError when the texts differ, or an article has no counterpart.
        """
        waiting = _by_id(corrected)
        for linked in predicted:
            if (right := waiting.pop(linked.article.article_id, None)) is not None:
                _check_text(linked.article, right)
                yield from self._article(linked, right)
        if waiting:
            raise CorpusError(
                f"article {next(iter(waiting))} of the corrected file is not among the predicted ones: "
                "give the file that was corrected, and leave the ids of the articles as they are."
            )

    def _article(self, linked: LinkedArticle, right: Article) -> Iterator[PreferencePair]:
        before = {(found.mention.start, found.mention.end): found for found in linked.mentions}
        after = {(mention.start, mention.end): mention for mention in right.mentions}
        self.counts[REMOVED] += len(before.keys() - after.keys())
        self.counts[ADDED] += len(after.keys() - before.keys())
        for place in sorted(before.keys() & after.keys()):
            made = self._mention(linked.article.text, before[place], after[place])
            if isinstance(made, PreferencePair):
                yield made
            else:
                self.counts[made] += 1

    def _mention(self, text: str, linked: LinkedMention, new: Mention) -> PreferencePair | str:
        """The pair that a mention gives, or why it gives none."""
        old, candidates = linked.mention, linked.candidates
        wrong, right = self._rows(old), self._rows(new)
        same = {*map(self.kb.fold_id, old.concept_ids)} == {*map(self.kb.fold_id, new.concept_ids)}
        if same or wrong & right:
            return self._confirmation(text, old, candidates, wrong & right) if self.confirmed else UNCHANGED
        if not new.concept_ids:
            return NO_ID
        if not right:
            self.unknown.update(new.concept_ids)
            return UNKNOWN
        return self._correction(text, old, candidates, wrong, right)

    def _correction(
        self, text: str, mention: Mention, candidates: Candidates, wrong: Rows, right: Rows
    ) -> PreferencePair | str:
        surface = self.kb.normalise(mention.text)
        chosen = most_similar(surface, list(self._names(right)), 1)
        if not chosen:
            return HOMONYM
        rejected = self._generated(candidates, wrong, right) or most_similar(surface, list(self._names(wrong)), 1)
        if not rejected:
            return NOTHING_WRONG
        self.counts[CORRECTED] += 1
        return PreferencePair(text, mention.start, mention.end, chosen[0], rejected[0])

    def _confirmation(self, text: str, mention: Mention, candidates: Candidates, right: Rows) -> PreferencePair | str:
        """The first candidate's name before that of the first one of other concepts."""
        others = self._generated(candidates, frozenset(), right)
        if not right or not others or self.kb.resolve(candidates[0].concept_id) not in right:
            return UNCHANGED
        if not self._means(candidates[0].generated_name, right):
            return UNCHANGED
        self.counts[CONFIRMED] += 1
        return PreferencePair(text, mention.start, mention.end, candidates[0].generated_name, others[0])

    def _generated(self, candidates: Candidates, wrong: Rows, right: Rows) -> list[str]:
        """The candidates' names that mean another concept than the `right` ones: those of the `wrong` ones, where
        there was a link, else of all."""
        rows = [(candidate.generated_name, self.kb.resolve(candidate.concept_id)) for candidate in candidates]
        kept = [name for name, row in rows if (row in wrong if wrong else row not in right)]
        return [name for name in kept if self.kb.rows_of(name) and not self._means(name, right)]

    def _names(self, rows: Rows) -> Iterator[str]:
        """The normalised names that mean a concept of `rows` before any other."""
        names = chain.from_iterable(map(self.kb.names_of, sorted(rows)))
        return (name for name in dict.fromkeys(names) if self._means(name, rows))

    def _means(self, name: str, rows: Rows) -> bool:
        return self.kb.rows_of(name)[:1] != () and self.kb.rows_of(name)[0] in rows

    def _rows(self, mention: Mention) -> Rows:
        """The rows of a mention's ids, alternative ones resolved; those that the KB lacks have none."""
        return frozenset(self.kb.rows(mention.concept_ids))


def read_predicted(path: Path) -> Iterator[LinkedArticle]:
    """Articles as `angel annotate` wrote them, with the candidates of each mention (none in PubTator)."""
    return read_linked(path) if guess_format(path) == "jsonl" else map(LinkedArticle.of, read_articles(path))


def _by_id(articles: Iterable[Article]) -> dict[str, Article]:
    found: dict[str, Article] = {}
    for article in articles:
        if article.article_id in found:
            raise CorpusError(
                f"article {article.article_id} is in the corrected file twice: give each an id of its own."
            )
        found[article.article_id] = article
    return found


def _check_text(article: Article, right: Article) -> None:
    """Raises CorpusError unless both have one text; PubTator writes line breaks as spaces."""
    before, after = (re.sub(r"\s", " ", one.text).rstrip() for one in (article, right))
    if before != after:
        place = sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(before, after, strict=False)))
        here, there = before[place : place + 20], after[place : place + 20]
        raise CorpusError(
            f"article {article.article_id} has another text in the corrected file, from character {place} on "
            f"({there!r} for {here!r}): change ids only, because offsets count in the text."
        )
