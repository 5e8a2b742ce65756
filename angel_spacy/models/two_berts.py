"""An encoder-decoder of two BERTs that others pretrained (BioBERT, PubMedBERT, SapBERT).

Both keep their weights; what lies between them is new and has to be learnt (Rothe et al. 2020). Slower than what
`models.pretrained` makes, a BART of one BERT.
"""

import re
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import BertLMHeadModel, BertModel, EncoderDecoderModel

from ..errors import ModelError
from ..prompts import PromptFormat
from .checkpoint import read_weights
from .generator import Generator
from .network import check_shapes, check_weights, quiet, read_config, reading
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
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} is not a model folder: config.json is missing. Give one, or fetch it again.")
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
    with torch.device("meta"), quiet():
        check_shapes(kind(config), weights, folder)
    with quiet():
        network, loaded = kind.from_pretrained(
            None, config=config, state_dict=weights, dtype=torch.float32, output_loading_info=True
        )
    if absent := sorted(name for name in loaded["missing_keys"] if not _NEW.search(name)):
        raise ModelError(f"{folder} lacks {len(absent)} weights of a BERT ({absent[0]}, …). Fetch it again.")
    check_weights(network, (), (name for name in loaded["unexpected_keys"] if not _NEW.search(name)), folder)
    return network


def _special(tokens: Tokenizer, folder: Path) -> dict[str, int]:
    known = tokens.get_vocab()
    if absent := sorted(set(_TOKENS.values()) - known.keys()):
        raise ModelError(f"The tokenizer in {folder} has no {', '.join(absent)}: use that of a BERT.")
    return {name: known[token] for name, token in _TOKENS.items()}
