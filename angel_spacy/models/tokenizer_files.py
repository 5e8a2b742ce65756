"""The tokenizer of a model that others published, from whatever files it comes in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

from ..errors import ModelError
from .network import quiet

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>")
_BERT_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_OF_BYTES = 3  # special tokens before the bytes: <pad>, </s>, <unk>


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer in a folder: `tokenizer.json`, GPT-2's `vocab.json` and `merges.txt`, BERT's `vocab.txt`, a
    sentencepiece model, or ByT5's, which has no file. Raises ModelError where there is none that can be read."""
    for names, read in _LAYOUTS.items():
        if all((folder / name).is_file() for name in names):
            try:
                return read(folder)
            except ModelError:
                raise
            except Exception as error:  # each library has its own zoo of errors for a damaged file
                raise ModelError(
                    f"The tokenizer in {folder} cannot be read ({error}). Fetch it again"
                    + ('; it needs pip install "angel-spacy[models]".' if read is _converted else ".")
                ) from error
    if _is_of_bytes(folder):
        return byte_tokenizer()
    raise ModelError(
        f"{folder} holds no tokenizer: name a folder that does (for the published ANGEL and GenBioEL checkpoints that "
        "of facebook/bart-large)."
    )


def byte_tokenizer() -> Tokenizer:
    """ByT5's: a token a byte, numbered from 3."""
    letters = _letters_of_bytes()
    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {letter: i + _OF_BYTES for i, letter in enumerate(letters)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    return tokenizer


def _letters_of_bytes() -> list[str]:
    """The letter that stands for each byte: itself where it can be seen, else one from 256 on (GPT-2's table)."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(others)) for byte in range(256)]


def _whole(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _of_gpt2(folder: Path) -> Tokenizer:
    vocabulary, merges = (str(folder / name) for name in ("vocab.json", "merges.txt"))
    if any(token.endswith("</w>") for token in json.loads(Path(vocabulary).read_text(encoding="utf8"))):
        raise ModelError(f"{folder} has a BPE that is not of bytes, as BioGPT's: it is not read, give tokenizer.json.")
    tokenizer = Tokenizer(models.BPE.from_file(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    known = tokenizer.get_vocab()
    tokenizer.add_special_tokens([token for token in _SPECIAL if token in known])
    return tokenizer


def _of_bert(folder: Path) -> Tokenizer:
    settings = _settings(folder)
    lines = [line.rstrip("\r") for line in (folder / "vocab.txt").read_text(encoding="utf8").split("\n")]
    lines = lines[:-1] if lines[-1] == "" else lines
    if "[UNK]" not in lines:
        raise ModelError(f"{folder / 'vocab.txt'} has no [UNK]: it is no vocabulary of a BERT.")
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(lines)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=settings.get("do_lower_case", True))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens([token for token in _BERT_SPECIAL if token in lines])
    return tokenizer


def _converted(folder: Path) -> Tokenizer:
    """What transformers makes of a sentencepiece model."""
    with quiet():
        made: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    tokenizer: Tokenizer = made.backend_tokenizer
    return tokenizer


_LAYOUTS: dict[tuple[str, ...], Callable[[Path], Tokenizer]] = {
    ("tokenizer.json",): _whole,
    ("vocab.json", "merges.txt"): _of_gpt2,
    ("vocab.txt",): _of_bert,
    ("spiece.model",): _converted,
    ("sentencepiece.bpe.model",): _converted,
    ("tokenizer.model",): _converted,
}


def _is_of_bytes(folder: Path) -> bool:
    return "ByT5" in str(_settings(folder).get("tokenizer_class"))


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer_config.json"
    try:
        settings = json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read ({error}). Fetch it again.") from error
    return settings if isinstance(settings, dict) else {}
