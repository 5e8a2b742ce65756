"""A byte-level BPE tokenizer for a generator trained from scratch."""

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ("<s>", "<pad>", "</s>")  # BART's order: bos 0, pad 1, eos 2


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """A tokenizer of `vocab_size` tokens learnt from lower-cased texts; every byte is one, so nothing is unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((f" {text.lower()}" for text in texts), trainer)
    return tokenizer


def with_dropout(tokenizer: Tokenizer, rate: float) -> Tokenizer:
    """A copy that forgets merges at random (BPE-dropout, Provilkov et al. 2020)."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.encode_special_tokens = True
    copy.model.dropout = rate or None
    return copy
