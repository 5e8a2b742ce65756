"""Annotated Docs -> gradients on the generator: the objectives for spaCy's training loop, which applies them."""

import logging
import math
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

import torch
from spacy.tokens import Doc
from torch import Tensor

from ..candidates.generated import Generated
from ..errors import ConfigError, TrainingError
from ..kb import KnowledgeBase, nothing_known, split_ids
from ..models.dropout import dropout_at
from ..models.forced import NameBatch, name_log_probs, name_logits
from ..models.generator import Generator
from ..models.precision import has_few_bits
from ..objectives.batching import Collator, PairCollator
from ..objectives.examples import Example, NamedMention
from ..objectives.mining import mine
from ..objectives.names import NamesAsked
from ..objectives.objectives import PositiveObjective, PreferenceObjective
from ..objectives.pairs import PreferencePair
from ..objectives.trigrams import choose_target
from ..records import Mention
from .learning_settings import Learning
from .mentions import spans_to_link
from .settings import Settings

T = TypeVar("T")
GoldMention = tuple[str, Mention]  # a text and a mention in it that carries ids

_LOGGER = logging.getLogger(__name__)


class Learner:
    """Adds the objectives' gradients batch by batch; remembers how many it saw, and the reference of preferences."""

    def __init__(self, learning: Learning, aliases: Container[str] = ()) -> None:
        """`aliases` are normalised names that the KB has from the training mentions alone; see `mine`."""
        self._learning = learning
        self._positive = PositiveObjective(learning.label_smoothing)
        self._preference = PreferenceObjective(learning.beta, learning.positive_weight, learning.by_token)
        self._aliases = aliases
        self._n_batches = 0
        self._reference: _Reference | None = None

    def learn(self, linker: Generated, mentions: Sequence[NamedMention], settings: Settings, *, drop: float) -> float:
        """The loss of a batch of mentions; its gradients are added to those of the network's parameters.

        Draws (targets) depend on the learner's seed and the number of the batch. Raises TrainingError when the loss
        is no number, ConfigError for weights that cannot learn.
        """
        if not mentions:
            return 0.0
        if has_few_bits(linker.generator.network):
            raise ConfigError("Weights of 16, 8 or 4 bits do not learn: leave `bits` out of the model's config.")
        generator = in_context_of(linker.generator, settings.context_window)
        loss = 0.0
        if self._learning.positive:
            rng = Random(f"{self._learning.seed} batch {self._n_batches}")
            examples = list(named_examples(generator, linker.kb, mentions, rng))
            loss += _checked(self._learn_names(generator, examples, settings.batch_size, drop), generator.network)
        if self._learning.preference:
            pairs = self._mined(generator, linker, mentions, settings.batch_size)
            loss += _checked(self._learn_pairs(generator, pairs, settings.batch_size), generator.network)
        self._n_batches += 1
        return loss

    def _learn_names(self, generator: Generator, examples: Sequence[Example], size: int, drop: float) -> float:
        """Cross-entropy a token of the examples' names."""
        network, collate = generator.network, Collator(generator.prompter)
        batches = [NameBatch(**collate(part)).to(generator.device) for part in _parts(examples, size)]
        n_tokens = sum(len(batch.targets) for batch in batches)
        loss = 0.0
        with dropout_at(network, drop):
            network.train()
            for batch in batches:
                part = self._positive(name_logits(network, batch), batch.targets)
                loss += _add_gradients(part, len(batch.targets) / n_tokens)
        network.eval()
        return loss

    def _mined(
        self, generator: Generator, linker: Generated, mentions: Sequence[NamedMention], size: int
    ) -> list[PreferencePair]:
        names, top = NamesAsked(linker.kb, self._aliases), self._learning.top
        return list(mine(generator, linker.index, names, mentions, top=top, aliases=self._aliases, batch_size=size))

    def _learn_pairs(self, generator: Generator, pairs: Sequence[PreferencePair], size: int) -> float:
        """The preference loss of the pairs, with the positive term where it has a weight; nothing is dropped."""
        network, collate = generator.network.eval(), PairCollator(generator.prompter)
        reference = self._reference_of(network)
        loss = 0.0
        for part in _parts(pairs, size):
            batch = NameBatch(**collate(part)).to(generator.device)
            policy = name_log_probs(network, batch)
            part_loss = self._preference(policy, reference.log_probs(batch), batch.lengths)
            loss += _add_gradients(part_loss, len(part) / len(pairs))
        return loss

    def _reference_of(self, network: Any) -> "_Reference":
        """The network as it was, at most `refresh` batches ago (0: when learning began)."""
        held, refresh = self._reference, self._learning.refresh
        if held is None or held.network is not network or 0 < refresh <= self._n_batches - held.since:
            self._reference = held = _Reference(network, since=self._n_batches)
        return held


class _Reference:
    """A frozen copy of a network, taken before the batch of number `since`."""

    def __init__(self, network: Any, *, since: int) -> None:
        self.network = network
        self.since = since
        self._frozen = deepcopy(network).requires_grad_(False).eval()

    def log_probs(self, batch: NameBatch) -> Tensor:
        """(P, 2) log-probabilities of the pairs' names."""
        with torch.no_grad():
            return name_log_probs(self._frozen, batch)


def gold_mentions(docs: Iterable[Doc], settings: Settings) -> Iterator[GoldMention]:
    """The annotated spans that the component would link and that have an id, each with its Doc's text."""
    for doc in docs:
        text = doc.text
        for span in spans_to_link(doc, settings.spans_key, settings.labels):
            ids = () if span.kb_id_ == settings.nil_label else split_ids(span.kb_id_)
            if ids and any(map(str.isalnum, span.text)):
                yield text, Mention(span.text, span.start_char, span.end_char, span.label_, ids)


def known_mentions(gold: Iterable[GoldMention], kb: KnowledgeBase) -> list[NamedMention]:
    """Those with an id that the KB has, alternative ones included, with the rows of their concepts."""
    named = []
    for text, mention in gold:
        if rows := kb.rows(mention.concept_ids):
            named.append(NamedMention(text, mention.start, mention.end, rows))
    return named


def named_examples(
    generator: Generator, kb: KnowledgeBase, mentions: Iterable[NamedMention], rng: Random
) -> Iterator[Example]:
    """Each mention with a name to write, of one of its concepts; see `choose_target`."""
    names = NamesAsked(kb)
    for mention in mentions:
        surface = generator.prompter.normalise(mention.text[mention.start : mention.end])
        target = choose_target(surface, names[rng.choice(mention.rows)], rng)
        yield Example(mention.text, mention.start, mention.end, target)


def in_context_of(generator: Generator, n_words: int | None) -> Generator:
    """The same network and tokenizer with so many words of context; None: the generator itself."""
    if n_words is None:
        return generator
    return Generator(generator.network, generator.tokenizer, replace(generator.prompter.form, context_words=n_words))


def checked_gold(docs: Sequence[Doc], settings: Settings, get_kb: Callable[[], KnowledgeBase]) -> list[GoldMention]:
    """The gold mentions of a corpus, with warnings about what teaches nothing. `get_kb` is asked only if there are any.

    Raises ConfigError when the KB has none of the gold ids.
    """
    gold = list(gold_mentions(docs, settings))
    if gold:
        _check_coverage(gold, get_kb())
    elif len(docs) > 1 or any(doc.ents or doc.spans for doc in docs):  # without a corpus, spaCy makes one Doc up
        _LOGGER.warning(
            "No annotated span that the linker is asked to link carries a concept id: it learns nothing. Give spans "
            "their `kb_id_` (`angel corpus` does), check spans_key and labels, or freeze the linker."
        )
    return gold


def _check_coverage(gold: Sequence[GoldMention], kb: KnowledgeBase) -> None:
    ids = [concept_id for _, mention in gold for concept_id in mention.concept_ids]
    if problem := nothing_known(kb, ids):
        raise ConfigError(f"{problem} Its place is the linker's section of [initialize.components].")
    if unknown := [concept_id for concept_id in ids if kb.resolve(concept_id) is None]:
        examples = ", ".join(list(dict.fromkeys(unknown))[:3])
        message = "%d of %d gold ids are not in the knowledge base (%s, …): they teach nothing."
        _LOGGER.warning(message, len(unknown), len(ids), examples)


def _checked(loss: float, network: Any) -> float:
    if not math.isfinite(loss):
        network.zero_grad()
        raise TrainingError(
            f"The loss is {loss}: training has diverged. Lower learn_rate in [training.optimizer] (by 3 to 10 times) "
            "or raise its warmup_steps."
        )
    return loss


def _add_gradients(loss: Tensor, share: float) -> float:
    """Adds the gradients of this share of a loss and gives its value."""
    weighted = loss * share
    weighted.backward()  # type: ignore[no-untyped-call]
    return weighted.item()


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
