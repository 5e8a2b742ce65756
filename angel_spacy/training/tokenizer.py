"""The tokenizer of a new generator: a byte-level BPE that is learnt, or a WordPiece that is cut; noise in prompts."""

import json
import logging
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from ..errors import ConfigError
from ..models.generator import Generator
from ..prompts import Prompter, prompter_for

_LONGEST_WORD = 1000  # characters: a chemical's systematic name is one word, and not unknown for its length

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


def cut_tokenizer(tokenizer: Tokenizer, texts: Iterable[str], vocab_size: int) -> tuple[Tokenizer, list[int]]:
    """A WordPiece tokenizer with the `vocab_size` pieces that `texts` use most, and the ids they had, in order.

    Special tokens and single characters all stay, so hardly a word is unknown that was none before.
    """
    described = json.loads(tokenizer.to_str())
    if described["model"]["type"] != "WordPiece":
        raise ConfigError(f"The tokenizer is a {described['model']['type']}: only a WordPiece can be cut.")
    pieces: dict[str, int] = described["model"]["vocab"]
    special = {token["content"] for token in described["added_tokens"]}
    needed = [id_ for piece, id_ in pieces.items() if piece in special or len(piece.removeprefix("##")) == 1]
    by_use = [id_ for id_, _ in _uses(tokenizer, texts).most_common()]
    chosen = list(dict.fromkeys([*needed, *by_use]))[: max(vocab_size, len(needed))]
    kept, names = sorted(chosen), {id_: piece for piece, id_ in pieces.items()}
    new = {names[id_]: i for i, id_ in enumerate(kept)}
    described["model"] |= {"vocab": new, "max_input_chars_per_word": _LONGEST_WORD}
    for token in described["added_tokens"]:
        token["id"] = new[token["content"]]
    described |= {"post_processor": None, "padding": None, "truncation": None}
    return Tokenizer.from_str(json.dumps(described)), kept


def _uses(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """How often each piece stands in the texts."""
    uses: Counter[int] = Counter()
    texts = iter(texts)
    while some := list(islice(texts, 1000)):
        for encoding in tokenizer.encode_batch_fast(some, add_special_tokens=False):
            uses.update(encoding.ids)
    return uses


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
    forgetful = _forgetful(generator.tokenizer, rate)
    return prompter_for(prompter.form, forgetful, prompter.special, prompter.max_positions)


def _forgetful(tokenizer: Tokenizer, rate: float) -> Tokenizer:
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.encode_special_tokens = True
    copy.model.dropout = rate
    return copy
