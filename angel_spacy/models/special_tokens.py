"""What a model's config.json says of its tokens and positions."""

from typing import Any

from ..errors import ModelError
from ..prompts import SpecialTokens

_POSITIONS = 1024  # where positions are relative
_MOST_POSITIONS = 8192  # prompts and names are far shorter, and limits are shares of this
_PAD_FIRST = ("roberta", "xlm-roberta", "camembert", "longformer")  # their positions begin behind that of the padding


def special_tokens(config: Any) -> SpecialTokens:
    """The special tokens. Raises ModelError where one is missing that is needed."""
    # Not every kind of model has each of them in its config.
    bos, eos, pad, start = (
        getattr(config, f"{name}_token_id", None) for name in ("bos", "eos", "pad", "decoder_start")
    )
    eos = eos[0] if isinstance(eos, list) else eos
    if eos is None or (config.is_encoder_decoder and (start is None or pad is None)):
        needed = "eos, pad or decoder_start" if config.is_encoder_decoder else "eos"
        raise ModelError(f"The model's config.json names no {needed} token: use one that was trained to generate text.")
    return SpecialTokens(bos=bos, eos=eos, pad=eos if pad is None else pad, decoder_start=start)


def max_positions(config: Any) -> int:
    """The longest sequence that all parts of the model have positions for, and that their windows reach over; relative
    positions have no end and get BART's 1024."""
    parts = [part for name in ("encoder", "decoder") if (part := getattr(config, name, None)) is not None] or [config]
    return min(map(_positions, parts))


def _positions(config: Any) -> int:
    n = getattr(config, "max_position_embeddings", None) or _POSITIONS
    if config.model_type in _PAD_FIRST:
        n -= (config.pad_token_id or 0) + 1
    return int(min(n, getattr(config, "sliding_window", None) or n, _MOST_POSITIONS))
