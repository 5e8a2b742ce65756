"""A byte-level BPE tokenizer for a generator trained from scratch; noise in how prompts are split."""

import logging
from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from ..models.generator import Generator
from ..prompts import Prompter

BOS, PAD, EOS = "<s>", "<pad>", "</s>"

_LOGGER = logging.getLogger(__name__)


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """A tokenizer of `vocab_size` tokens learnt from lower-cased texts; every byte is one, so nothing is unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[BOS, PAD, EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((f" {text.lower()}" for text in texts), trainer)
    return tokenizer


def noisy_prompter(generator: Generator, rate: float) -> Prompter:
    """The generator's prompter with a tokenizer that forgets merges at random (BPE-dropout, Provilkov et al. 2020).

    Only a BPE has merges: the prompter itself for every other kind of tokenizer.
    """
    prompter = generator.prompter
    if not rate:
        return prompter
    if not isinstance(generator.tokenizer.model, models.BPE):
        kind = type(generator.tokenizer.model).__name__
        _LOGGER.info("The tokenizer is no BPE (%s): its prompts are split without noise, whatever the dropout.", kind)
        return prompter
    return Prompter(prompter.form, _forgetful(generator.tokenizer, rate), prompter.special, prompter.max_positions)


def _forgetful(tokenizer: Tokenizer, rate: float) -> Tokenizer:
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.encode_special_tokens = True
    copy.model.dropout = rate
    return copy
