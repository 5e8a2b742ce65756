"""An encoder-decoder of two BERTs that others pretrained (BioBERT, PubMedBERT, SapBERT).

Both keep their weights; what lies between them is new and has to be learnt (Rothe et al. 2020). Slower than what
`models.pretrained` makes, a BART of one BERT.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import BertLMHeadModel, BertModel, EncoderDecoderModel

from ..errors import ModelError
from ..prompts import PromptFormat
from .checkpoint import read_weights
from .generator import Generator
from .network import check_weights, filled, quiet, read_config, reading
from .tokenizer_files import read_tokenizer

_NEW = re.compile(r"crossattention|^cls\.|pooler")  # what a BERT need not bring
_TOKENS = {"bos_token_id": "[CLS]", "decoder_start_token_id": "[CLS]", "pad_token_id": "[PAD]", "eos_token_id": "[SEP]"}


def two_berts(
    encoder: Path, decoder: Path, *, tokenizer: Path | None = None, form: PromptFormat | None = None
) -> Generator:
    """A generator of the BERT in `encoder` and the one in `decoder`, which read the same word pieces. Raises
    ModelError."""
    with reading(encoder):
        tokens, reads = read_tokenizer(tokenizer or encoder), _bert(BertModel, encoder)
    with reading(decoder):
        writes = _bert(BertLMHeadModel, decoder, is_decoder=True)
    if reads.config.vocab_size != writes.config.vocab_size:
        raise ModelError(
            f"{encoder} has {reads.config.vocab_size} word pieces and {decoder} {writes.config.vocab_size}: use two "
            "BERTs with one vocabulary, or one twice."
        )
    with quiet():
        network = EncoderDecoderModel(encoder=reads, decoder=writes)
    for name, id_ in _special(tokens, encoder).items():
        setattr(network.config, name, id_)
    return Generator(network, tokens, form or PromptFormat())


def _bert(kind: Any, folder: Path, *, is_decoder: bool = False) -> Any:
    config = read_config(folder)
    if config.model_type != "bert":
        raise ModelError(f"{folder} holds a {config.model_type}: use a BERT.")
    config.is_decoder = config.add_cross_attention = is_decoder
    stored, _ = read_weights(folder)
    prefix = "bert." if is_decoder else ""
    weights = {
        name if name.startswith("cls.") else prefix + name.removeprefix("bert."): value
        for name, value in stored.items()
        if is_decoder or not name.startswith("cls.")
    }
    network, *others = filled(partial(kind, config), weights, folder)
    missing, unexpected = ([name for name in of if not _NEW.search(name)] for of in others)
    check_weights(network, missing, unexpected, folder)
    return network


def _special(tokens: Tokenizer, folder: Path) -> dict[str, int]:
    known = tokens.get_vocab()
    if absent := sorted(set(_TOKENS.values()) - known.keys()):
        raise ModelError(f"The tokenizer in {folder} has no {', '.join(absent)}: use that of a BERT.")
    return {name: known[token] for name, token in _TOKENS.items()}
