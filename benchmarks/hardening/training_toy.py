"""The stages of training over six concepts: names, mentions, wrong answers. They end in seconds."""

import sys
from pathlib import Path
from typing import Any

from .toys import ROOT

_NETWORK = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
    "dropout": 0.1,
}
_STAGE = {
    "batch_size": 8,
    "learning_rate": 0.005,
    "bf16": False,
    "use_cpu": True,
    "save_steps": 20,
}
_WRITES = {**_STAGE, "warmup_steps": 5, "label_smoothing": 0.0, "steps": 80}
_STAGES = {
    "names": {**_WRITES, "shares": {"synonyms": 1.0}},
    "mentions": {**_WRITES, "shares": {"synonyms": 0.5, "mentions": 0.5}},
    "negatives": {
        **_STAGE,
        "objective": "preference",
        "learning_rate": 0.0005,
        "pairs": {"source": "model", "n_chunks": 2, "every": True},
    },
}


def recipe_in(folder: Path) -> dict[str, Any]:
    """The recipe, all but where its output goes; what it reads is written into the folder."""
    from angel_spacy.corpora.pubtator import write_pubtator

    sys.path.append(str(ROOT / "tests"))
    from small import articles, knowledge_base  # type: ignore[import-not-found]

    folder.mkdir()
    knowledge_base().to_disk(folder / "kb")
    write_pubtator(articles(), folder / "train.pubtator")
    return {
        "paths": {"kbs": [str(folder / "kb")], "corpora": [str(folder / "train.pubtator")]},
        "tokenizer": {"vocab_size": 320, "dropout": 0.0},
        "prompt": {"context_words": 4},
        "network": _NETWORK,
        "stages": _STAGES,
    }


def trained(recipe: dict[str, Any], folder: Path) -> None:
    """All stages, into the folder."""
    from angel_spacy.training.recipe import make_recipe
    from angel_spacy.training.run import train, use_threads

    use_threads(1)
    train(make_recipe({**recipe, "paths": {**recipe["paths"], "output": str(folder)}}))
