"""A BART of any size with fresh weights."""

from dataclasses import asdict

from tokenizers import Tokenizer
from transformers import BartConfig, BartForConditionalGeneration, set_seed

from ..models.generator import Generator
from ..prompts import PromptFormat
from .sections import NetworkSize
from .tokenizer import BOS, EOS, PAD


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
