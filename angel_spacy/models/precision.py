"""In what numbers a network computes: a copy of it for each precision, made when it is asked for, remade when weights
change. The network itself stays float32: it is what learns and what is stored."""

import warnings
from copy import deepcopy
from typing import Any

import torch
from transformers import PreTrainedModel

from ..errors import ConfigError
from . import PRECISIONS

Weights = tuple[tuple[int, int], ...]


def default_precision(device: torch.device | str) -> str:
    """What is fast on `device` and costs next to no accuracy: half precision on a GPU, bfloat16 on a processor with
    instructions for it, else float32."""
    if torch.device(device).type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    return "bfloat16" if torch.device(device).type == "cpu" and _multiplies_bfloat16() else "float32"


def weights_of(network: PreTrainedModel) -> Weights:
    """Where the parameters are and how often each was changed in place: equal while nothing has changed."""
    return tuple((parameter.data_ptr(), parameter._version) for parameter in network.parameters())


def has_few_bits(network: PreTrainedModel) -> bool:
    """Whether the weights are kept in 16, 8 or 4 bits: they stay as they are, and do not learn."""
    return getattr(network, "is_quantized", False) or network.dtype == torch.bfloat16


class Copies:
    """The copies of one network."""

    def __init__(self, network: PreTrainedModel) -> None:
        self._network = network
        self._made: dict[str, tuple[Weights, PreTrainedModel]] = {}

    def at(self, precision: str) -> PreTrainedModel:
        """The network in `precision`, one of `PRECISIONS`. Raises ConfigError for one that this machine lacks."""
        if precision not in PRECISIONS:
            raise ConfigError(f"precision is {precision!r}: use one of {', '.join(PRECISIONS)}.")
        if precision == "float32" or has_few_bits(self._network):
            return self._network
        weights = weights_of(self._network)
        if precision not in self._made or self._made[precision][0] != weights:
            self._made[precision] = weights, _converted(self._network, precision)
        return self._made[precision][1]


def _converted(network: PreTrainedModel, precision: str) -> PreTrainedModel:
    if precision == "int8":
        return _with_int8_weights(network)
    return deepcopy(network).to(getattr(torch, precision)).eval()


def _with_int8_weights(network: PreTrainedModel) -> PreTrainedModel:
    """Linear layers with int8 weights and activations that are quantised as they come; the rest stays float32."""
    if network.device.type != "cpu" or not _can_quantise():
        raise ConfigError(
            'precision "int8" needs a processor that torch can quantise for: use "bfloat16" or "float32".'
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces that this will move to torchao
        quantise: Any = torch.ao.quantization.quantize_dynamic
        quantised: PreTrainedModel = quantise(network.eval(), {torch.nn.Linear}, dtype=torch.qint8)
    return quantised


def _can_quantise() -> bool:
    engines = [engine for engine in torch.backends.quantized.supported_engines if engine != "none"]
    return hasattr(torch.ao.quantization, "quantize_dynamic") and bool(engines)


def _multiplies_bfloat16() -> bool:
    """Whether the processor has bfloat16 products; torch has kept what it knows of it under changing names."""
    known: Any = torch.cpu
    return any(getattr(known, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
