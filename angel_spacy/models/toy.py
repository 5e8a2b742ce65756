"""A real generator that takes no time to make: for tests and docs, nothing it says is true."""

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import BartConfig, BartForConditionalGeneration

from ..prompts import PromptFormat
from .generator import Generator

SPECIAL = ("<s>", "<pad>", "</s>")


def toy_tokenizer() -> Tokenizer:
    """One token a byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate([*SPECIAL, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def toy_generator(*, seed: int = 0, d_model: int = 16, context_words: int = 8, max_positions: int = 128) -> Generator:
    """Random weights (wide enough to have opinions) over bytes; the same for the same seed."""
    tokenizer = toy_tokenizer()
    config = BartConfig(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=d_model,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=2 * d_model,
        decoder_ffn_dim=2 * d_model,
        max_position_embeddings=max_positions,
        dropout=0.0,
        init_std=0.5,
        forced_eos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = BartForConditionalGeneration(config)
    return Generator(network, tokenizer, PromptFormat(context_words=context_words))
