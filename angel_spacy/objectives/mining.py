"""The model's own wrong answers -> preference pairs (ANGEL, arXiv 2408.16493, section 3.2)."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice

from ..candidates.index import NameIndex
from ..decode.search import beam_search
from ..models.generator import Generator
from ..records import Hypothesis
from .examples import NamedMention
from .names import NamesOf
from .pairs import PreferencePair
from .trigrams import most_similar


def ranked_pairs(right: Sequence[bool], *, every: bool = False, missed: bool = True) -> list[tuple[int, int]]:
    """Places (chosen, rejected) of the pairs that a ranking gives, from 0; -1 stands for a gold name not reached.

    First right: one pair, with the best wrong name. Each right name further down: a pair with every wrong name
    above it. None right: a gold name with the first, unless `missed` is off. All right, or nothing at all: no pair.
    `every`: each right name with each wrong one, wherever they stand.
    """
    if not right or all(right):
        return []
    if not any(right):
        return [(-1, 0)] if missed else []
    if every:
        return [(i, j) for i, good in enumerate(right) if good for j, other in enumerate(right) if not other]
    first = [(0, right.index(False))] if right[0] else []
    return first + [(i, j) for i in range(1, len(right)) if right[i] for j in range(i) if not right[j]]


def answers(
    generator: Generator, index: NameIndex, mentions: Iterable[NamedMention], *, top: int = 5, batch_size: int = 64
) -> Iterator[tuple[NamedMention, list[Hypothesis]]]:
    """Each mention with the generator's `top` names, best first; short mentions come first."""
    ordered = iter(sorted(mentions, key=lambda mention: mention.end - mention.start))
    while batch := list(islice(ordered, batch_size)):
        prompts = generator.prompter.prompts([(mention.text, mention.start, mention.end) for mention in batch])
        found = beam_search(generator.session(prompts), index.trie, len(batch), beam_width=top)
        yield from zip(batch, found, strict=True)


def is_right(mention: NamedMention, leaf: int, index: NameIndex) -> bool:
    """Whether the name in a leaf names one of the mention's concepts: homonyms and composites count as lenient."""
    return not set(mention.rows).isdisjoint(index.trie.rows(leaf))


def mine(
    generator: Generator,
    index: NameIndex,
    names: NamesOf,
    mentions: Iterable[NamedMention],
    *,
    top: int = 5,
    every: bool = False,
    missed: bool = True,
    aliases: Container[str] = (),
    batch_size: int = 64,
) -> Iterator[PreferencePair]:
    """The pairs that the generator's `top` answers give. `names` are those of each row of the trie's payload.

    A name in `aliases` is known from annotated mentions only: it is no answer to a mention of that very form, as it
    would not be had the mention not been annotated.
    """
    width = top + 1 if aliases else top
    for mention, reached in answers(generator, index, mentions, top=width, batch_size=batch_size):
        own = generator.prompter.normalise(mention.text[mention.start : mention.end])
        hidden = own if own in aliases else None
        found = [hypothesis for hypothesis in reached if index.name(hypothesis.leaf) != hidden][:top]
        right = [is_right(mention, hypothesis.leaf, index) for hypothesis in found]
        for i, j in ranked_pairs(right, every=every, missed=missed):
            yield _pair(mention, found, index, i, j, closest(mention, names, generator) if i < 0 else "")


def closest(mention: NamedMention, names: NamesOf, generator: Generator) -> str:
    """The gold name most similar to a mention, the first of equals."""
    surface = generator.prompter.normalise(mention.text[mention.start : mention.end])
    return most_similar(surface, [name for row in mention.rows for name in names[row]], 1)[0]


def _pair(
    mention: NamedMention, found: Sequence[Hypothesis], index: NameIndex, i: int, j: int, gold: str
) -> PreferencePair:
    """The pair of the i-th and the j-th answer; `gold` stands in for i = -1."""
    return PreferencePair(
        mention.text,
        mention.start,
        mention.end,
        chosen=gold or index.name(found[i].leaf),
        rejected=index.name(found[j].leaf),
        chosen_rank=i + 1,
        rejected_rank=j + 1,
        chosen_score=None if gold else found[i].score,
        rejected_score=found[j].score,
    )
