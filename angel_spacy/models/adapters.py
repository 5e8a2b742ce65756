"""Low-rank adapters (LoRA, Hu et al. 2021) of a network, made, stored and merged by peft."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch.nn import Parameter
from transformers import PreTrainedModel

from ..errors import MissingExtraError, ModelError


def with_lora(network: PreTrainedModel, *, rank: int, alpha: float, targets: Sequence[str] = ()) -> Any:
    """peft's model of the network, whose linear layers but the output one, or those whose names end as `targets` say,
    have got adapters: in place, so that the network itself learns, and no other weights of it do."""
    peft = _peft()
    config = peft.LoraConfig(
        r=rank,
        lora_alpha=alpha,
        target_modules=list(targets) or "all-linear",
        task_type="SEQ_2_SEQ_LM" if network.config.is_encoder_decoder else "CAUSAL_LM",
    )
    try:
        adapted = peft.get_peft_model(network, config)
    except ValueError as error:
        raise ModelError(f"This network takes no such adapters ({error}): name its layers in targets.") from error
    if hasattr(network.get_output_embeddings(), "base_layer"):
        raise ModelError("The output layer takes no adapter, it shares its weights: leave it out of lora_targets.")
    return adapted


def save_adapter(adapted: Any, folder: Path) -> None:
    """Writes adapter_config.json and adapter_model.safetensors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a base model without a name
        adapted.save_pretrained(str(folder), safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)  # a card with nothing in it


def with_adapter(network: PreTrainedModel, folder: Path) -> PreTrainedModel:
    """The network with the adapters in a folder, merged into its weights. Raises ModelError."""
    peft = _peft()
    path = folder / "adapter_model.safetensors"
    for needed in (path, folder / "adapter_config.json"):
        if not needed.is_file():
            raise ModelError(
                f"{folder} holds no {needed.name}: give a folder that peft wrote (a pickled adapter_model.bin is not "
                "read: load it in peft and store it again)."
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what does not fit becomes an error below
            adapted = peft.PeftModel.from_pretrained(network, str(folder), is_trainable=False)
        with safe_open(path, framework="pt") as file:
            others = set(file.keys()).symmetric_difference(peft.get_peft_model_state_dict(adapted))
    except Exception as error:  # each library has its own zoo of errors for a damaged file
        raise ModelError(f"The adapter in {folder} does not fit this network ({error}).") from error
    if others:
        raise ModelError(f"The adapter in {folder} does not fit this network: one of them lacks {sorted(others)[0]}.")
    _untie(network)
    return merged(adapted)


def _untie(network: PreTrainedModel) -> None:
    """Where an adapter changes one of embeddings and output layer, which share a matrix, gives each its own."""
    layers = network.get_input_embeddings(), network.get_output_embeddings()
    embeddings, output = (getattr(layer, "base_layer", layer) for layer in layers)
    if embeddings.weight is not output.weight or not any(hasattr(layer, "base_layer") for layer in layers):
        return
    if network.config.is_encoder_decoder:
        raise ModelError("The adapter changes embeddings that serve as output layer too: train one that leaves them.")
    output.weight = Parameter(output.weight.detach().clone())
    network.config.tie_word_embeddings = False


def merged(adapted: Any) -> PreTrainedModel:
    """The network itself, the adapters' changes in its weights, and no adapters any more."""
    network: PreTrainedModel = adapted.merge_and_unload()
    return network.requires_grad_(True)


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise MissingExtraError('Adapters need peft: pip install "angel-spacy[models]"') from error
    return peft
