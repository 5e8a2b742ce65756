"""A BERT that others have pretrained -> a BART whose encoder computes the same and whose decoder starts from it.

Both put their layer norms behind the sums (post-norm) and use GELU, so each weight of BERT has one place in BART.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BartConfig, BartForConditionalGeneration, BertModel

from ..errors import ModelError
from .network import quiet

_OFFSET = 2  # of BART's positions
_ATTENTION = {"q_proj": "self.query", "k_proj": "self.key", "v_proj": "self.value", "out_proj": "output.dense"}
_BLOCK = {"fc1": "intermediate.dense", "fc2": "output.dense", "final_layer_norm": "output.LayerNorm"}


def bart_from_bert(
    folder: Path,
    kept: Sequence[int],
    *,
    decoder_layers: int,
    max_positions: int,
    dropout: float,
    special: dict[str, int],
) -> BartForConditionalGeneration:
    """A BART with the encoder of the BERT in `folder` (config.json, model.safetensors).

    `kept` are the rows of BERT's vocabulary that stay, in their new order; `special` the special tokens' ids by the
    names that a config has for them, as in `bos_token_id`. The decoder's layers start from as many of the encoder's,
    the first and last among them, and their cross-attention from the self-attention. Raises ModelError.
    """
    bert = read_bert(folder)
    config = bert.config
    if config.hidden_act != "gelu" or max_positions > config.max_position_embeddings:
        raise ModelError(
            f"{folder} has the activation {config.hidden_act!r} and {config.max_position_embeddings} positions: "
            f"use a BERT with 'gelu' and at least {max_positions} positions."
        )
    network = BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(kept),
            d_model=config.hidden_size,
            encoder_layers=config.num_hidden_layers,
            decoder_layers=decoder_layers,
            encoder_attention_heads=config.num_attention_heads,
            decoder_attention_heads=config.num_attention_heads,
            encoder_ffn_dim=config.intermediate_size,
            decoder_ffn_dim=config.intermediate_size,
            max_position_embeddings=max_positions,
            dropout=dropout,
            forced_eos_token_id=None,
            **special,
        )
    )
    with torch.no_grad():
        _fill(network.model, bert, torch.tensor(kept))
    return network


def read_bert(folder: Path) -> Any:
    """The BERT in a folder (config.json, model.safetensors). Raises ModelError."""
    try:
        with quiet():
            return BertModel.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
            )
    except Exception as error:  # each library has its own zoo of errors for a damaged file
        raise ModelError(f"{folder} holds no BERT that can be read ({error}). Fetch it again.") from error


def _fill(bart: Any, bert: Any, kept: Tensor) -> None:
    bart.shared.weight.copy_(bert.embeddings.word_embeddings.weight[kept])
    layers = bert.encoder.layer
    for half in (bart.encoder, bart.decoder):
        positions = half.embed_positions.weight
        given = bert.embeddings.position_embeddings.weight + bert.embeddings.token_type_embeddings.weight[0]
        positions[_OFFSET:].copy_(given[: len(positions) - _OFFSET])
        _copy(half.layernorm_embedding, bert.embeddings.LayerNorm)
    for new, old in zip(bart.encoder.layers, layers, strict=True):
        _fill_layer(new, old)
    for i, new in zip(_spread(len(bart.decoder.layers), len(layers)), bart.decoder.layers, strict=True):
        _fill_layer(new, layers[i])
        _fill_attention(new.encoder_attn, layers[i])
        _copy(new.encoder_attn_layer_norm, layers[i].attention.output.LayerNorm)


def _fill_layer(new: Any, old: Any) -> None:
    _fill_attention(new.self_attn, old)
    _copy(new.self_attn_layer_norm, old.attention.output.LayerNorm)
    for name, place in _BLOCK.items():
        _copy(getattr(new, name), old.get_submodule(place))


def _fill_attention(new: Any, old: Any) -> None:
    for name, place in _ATTENTION.items():
        _copy(getattr(new, name), old.attention.get_submodule(place))


def _copy(new: Any, old: Any) -> None:
    new.weight.copy_(old.weight)
    new.bias.copy_(old.bias)


def _spread(n: int, n_layers: int) -> list[int]:
    """`n` of the layers, evenly spaced, from the first to the last; the last alone where one is wanted."""
    return [round(i) for i in torch.linspace(0 if n > 1 else n_layers - 1, n_layers - 1, n).tolist()]
