"""A BART of any size with fresh weights."""

from dataclasses import asdict, dataclass

from tokenizers import Tokenizer
from transformers import BartConfig, BartForConditionalGeneration, set_seed

from ..models.generator import Generator
from ..prompts import PromptFormat


@dataclass(frozen=True)
class NetworkSize:
    """The sizes that matter; the defaults are the starter's."""

    d_model: int = 256
    encoder_layers: int = 4
    decoder_layers: int = 3
    encoder_attention_heads: int = 4
    decoder_attention_heads: int = 4
    encoder_ffn_dim: int = 1024
    decoder_ffn_dim: int = 1024
    max_position_embeddings: int = 256
    dropout: float = 0.1


def fresh_generator(size: NetworkSize, tokenizer: Tokenizer, form: PromptFormat, *, seed: int) -> Generator:
    """A generator with random weights, the same for the same seed."""
    set_seed(seed)
    config = BartConfig(
        vocab_size=tokenizer.get_vocab_size(),
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=None,
        **asdict(size),
    )
    return Generator(BartForConditionalGeneration(config), tokenizer, form)
