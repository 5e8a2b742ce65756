"""`angel convert-checkpoint`: a model that others published -> a folder of ours."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigError
from .errors import fails_in_one_line
from .messages import good
from .pipeline_folder import check_new

if TYPE_CHECKING:
    from ..prompts import PromptFormat

PROMPTS = {
    "published": "of the published BART checkpoints",
    "seq2seq": "of encoder-decoders that are to be trained here",
    "causal": "of decoder-only networks",
}


@fails_in_one_line
def convert_checkpoint(
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="config.json and model.safetensors or pytorch_model.bin, or shards")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="folder to write: for Seq2Seq.v1, CausalLM.v1")],
    tokenizer: Annotated[
        Path | None,
        typer.Option(help="folder with a tokenizer, where FOLDER has none (ANGEL, GenBioEL: facebook/bart-large's)"),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(
            help="; ".join(f"{name}: {what}" for name, what in PROMPTS.items()) + "; without: by the kind of network"
        ),
    ] = None,
    context_words: Annotated[int | None, typer.Option(help="words of context in a prompt", min=0)] = None,
    decoder: Annotated[
        Path | None,
        typer.Option(help="FOLDER is a BERT: the folder of the one that is to write (it may be the same)"),
    ] = None,
    adapter: Annotated[Path | None, typer.Option(help="folder of a LoRA that peft wrote: it is merged")] = None,
    dtype: Annotated[str, typer.Option(help="numbers to store weights in: float32, bfloat16 or int8")] = "float32",
) -> None:
    """Convert a published checkpoint, without running code of its own.

    A pickle is read for weights alone and refused where it holds anything else; every weight must have its place.
    """
    import torch

    from ..files import whole
    from ..models.published import published_generator
    from ..models.two_berts import two_berts

    check_new(target)
    numbers = {"float32": None, "bfloat16": torch.bfloat16, "int8": torch.int8}
    if dtype not in numbers:
        raise ConfigError(f"dtype is {dtype!r}: use one of {', '.join(numbers)}.")
    if decoder is not None:
        if adapter is not None or prompt == "causal":
            raise ConfigError("With --decoder there is no adapter to merge, and the prompt is no causal one.")
        form = _form(prompt or "seq2seq")
        if form is not None and context_words is not None:
            form = replace(form, context_words=context_words)
        generator = two_berts(source, decoder, tokenizer=tokenizer, form=form)
    else:
        generator = published_generator(
            source, tokenizer=tokenizer, form=_form(prompt), adapter=adapter, context_words=context_words
        )
    try:
        with whole(target) as fresh:
            generator.to_folder(fresh, dtype=numbers[dtype])
    except Exception as error:  # a full disk is an OSError, and whatever safetensors makes of it
        raise ConfigError(f"{target} cannot be written ({error}): nothing was left there.") from error
    n_weights = sum(one.numel() for one in generator.network.parameters())
    kind, form = type(generator.network).__name__, generator.prompter.form
    good(f"{kind}, {n_weights:,} weights, {form.name} with {form.context_words} words, is in {target}")


def _form(name: str | None) -> "PromptFormat | None":
    from ..prompts import CausalPromptFormat, PromptFormat, published_format

    if name is not None and name not in PROMPTS:
        raise ConfigError(f"prompt is {name!r}: use one of {', '.join(PROMPTS)}.")
    return {"published": published_format(), "seq2seq": PromptFormat(), "causal": CausalPromptFormat()}.get(name or "")
