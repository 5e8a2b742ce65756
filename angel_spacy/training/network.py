"""A BART of any size with fresh weights, or one that starts from a pretrained BERT."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from tokenizers import Tokenizer
from transformers import BartConfig, BartForConditionalGeneration, set_seed

from ..errors import ModelError
from ..models.generator import TOKENIZER_FILE, Generator
from ..models.pretrained import bart_from_bert
from ..prompts import PromptFormat, SpecialTokens
from .sections import NetworkSize
from .tokenizer import BOS, EOS, PAD, cut_tokenizer


def fresh_generator(size: NetworkSize, tokenizer: Tokenizer, form: PromptFormat, *, seed: int) -> Generator:
    """A generator with random weights, the same for the same seed. The tokenizer is one of `train_tokenizer`'s."""
    set_seed(seed)
    config = BartConfig(
        vocab_size=tokenizer.get_vocab_size(),
        bos_token_id=tokenizer.token_to_id(BOS),
        pad_token_id=tokenizer.token_to_id(PAD),
        eos_token_id=tokenizer.token_to_id(EOS),
        decoder_start_token_id=tokenizer.token_to_id(EOS),
        forced_eos_token_id=None,
        **asdict(size),
    )
    return Generator(BartForConditionalGeneration(config), tokenizer, form)


def sized_generator(
    size: NetworkSize, tokenizer: Tokenizer, form: PromptFormat, special: SpecialTokens, *, seed: int
) -> Generator:
    """A generator with random weights that has the tokenizer of another one, and the ids of its special tokens."""
    set_seed(seed)
    start = special.eos if special.decoder_start is None else special.decoder_start
    config = BartConfig(
        vocab_size=tokenizer.get_vocab_size(),
        bos_token_id=special.bos,
        pad_token_id=special.pad,
        eos_token_id=special.eos,
        decoder_start_token_id=start,
        forced_eos_token_id=None,
        **asdict(size),
    )
    return Generator(BartForConditionalGeneration(config), tokenizer, form)


def generator_from_bert(
    folder: Path, size: NetworkSize, texts: Iterable[str], vocab_size: int, form: PromptFormat, *, seed: int
) -> Generator:
    """A generator whose encoder is the BERT in `folder`, with the pieces of its vocabulary that `texts` use most.

    Of `size`, the decoder's layers, the positions and the dropout count; the widths are BERT's.
    """
    set_seed(seed)
    try:
        whole = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    except Exception as error:  # a plain Exception is what this library raises
        raise ModelError(f"{folder / TOKENIZER_FILE} cannot be read ({error}): fetch the model again.") from error
    whole.no_truncation()
    tokenizer, kept = cut_tokenizer(whole, texts, vocab_size)
    pieces = tokenizer.get_vocab()
    if absent := [token for token in (*_SPECIAL.values(), *_MARKERS) if token not in pieces]:
        raise ModelError(f"{folder / TOKENIZER_FILE} has no {', '.join(absent)}: use the tokenizer of an English BERT.")
    network = bart_from_bert(
        folder,
        kept,
        decoder_layers=size.decoder_layers,
        max_positions=size.max_position_embeddings,
        dropout=size.dropout,
        special={name: pieces[token] for name, token in _SPECIAL.items()},
    )
    return Generator(network, tokenizer, replace(form, start=_MARKERS[0], end=_MARKERS[1]))


# Signs that BERT knows and abstracts hardly use: the words START and END mean something to it.
_MARKERS = ("«", "»")
_SPECIAL = {
    "bos_token_id": "[CLS]",
    "pad_token_id": "[PAD]",
    "eos_token_id": "[SEP]",
    "decoder_start_token_id": "[SEP]",
}
