"""The model's own wrong answers -> preference pairs (ANGEL, arXiv 2408.16493, section 3.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ..decode.index import NameIndex
from ..decode.search import beam_search
from ..models.generator import Generator
from ..records import Hypothesis
from .examples import NamedMention, most_similar


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """For `text[start:end]` the model shall prefer `chosen` to `rejected`. Ranks count from 1; 0: not reached."""

    text: str
    start: int
    end: int
    chosen: str
    rejected: str
    chosen_rank: int
    rejected_rank: int


def ranked_pairs(right: Sequence[bool]) -> list[tuple[int, int]]:
    """Places (chosen, rejected) of the pairs that a ranking gives, from 0; -1 stands for a gold name not reached.

    First right: one pair, with the best wrong name. Each right name further down: a pair with every wrong name
    above it. None right: a gold name with the first. All right, or nothing at all: no pair.
    """
    if not right or all(right):
        return []
    if not any(right):
        return [(-1, 0)]
    first = [(0, right.index(False))] if right[0] else []
    return first + [(i, j) for i in range(1, len(right)) if right[i] for j in range(i) if not right[j]]


def mine(
    generator: Generator,
    index: NameIndex,
    names: Sequence[Sequence[str]],
    mentions: Sequence[NamedMention],
    *,
    top: int = 5,
    batch_size: int = 64,
) -> Iterator[PreferencePair]:
    """The pairs that the generator's `top` answers give. `names` are those of each row of the trie's payload.

    A name is right when one of its concepts is a gold one, so homonyms and composites count as in the lenient score.
    """
    ordered = iter(sorted(mentions, key=lambda mention: mention.end - mention.start))
    while batch := list(islice(ordered, batch_size)):
        prompts = generator.prompter.prompts([(mention.text, mention.start, mention.end) for mention in batch])
        found = beam_search(generator.session(prompts), index.trie, len(batch), beam_width=top)
        for mention, hypotheses in zip(batch, found, strict=True):
            yield from _pairs(mention, hypotheses, index, names, generator)


def _pairs(
    mention: NamedMention,
    hypotheses: Sequence[Hypothesis],
    index: NameIndex,
    names: Sequence[Sequence[str]],
    generator: Generator,
) -> Iterator[PreferencePair]:
    gold = set(mention.rows)
    reached = [index.name(hypothesis.leaf) for hypothesis in hypotheses]
    right = [bool(gold & set(index.trie.rows(hypothesis.leaf))) for hypothesis in hypotheses]
    for i, j in ranked_pairs(right):
        chosen = reached[i] if i >= 0 else _closest(mention, names, generator)
        yield PreferencePair(mention.text, mention.start, mention.end, chosen, reached[j], i + 1, j + 1)


def _closest(mention: NamedMention, names: Sequence[Sequence[str]], generator: Generator) -> str:
    """The gold name most similar to a mention whose gold names the search missed."""
    surface = generator.prompter.normalise(mention.text[mention.start : mention.end])
    return most_similar(surface, [name for row in mention.rows for name in names[row]], 1)[0]
