"""What a config names by its folder, or by its name on a hub: read when it is first needed, not before."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..pipelines import STARTER_LINKER as STARTER

if TYPE_CHECKING:
    from ..kb import KnowledgeBase


class _Stored:
    """Something read from `path` when it is called."""

    def __init__(self, path: Path, part: str) -> None:
        self.path = path
        self.part = part

    @property
    def folder(self) -> Path:
        return self.path / self.part if self.path == STARTER else self.path


class StoredKnowledgeBase(_Stored):
    """Reads a KB folder."""

    def __call__(self) -> "KnowledgeBase":
        """The KB."""
        from ..kb import KnowledgeBase

        return KnowledgeBase.from_disk(self.folder)


class StoredGenerator(_Stored):
    """Reads a generator folder of ours, or one as others publish it."""

    def __call__(self) -> Any:
        """The generator."""
        from ..models.generator import FORMAT_FILE, Generator
        from ..models.published import published_generator

        ours = (self.folder / FORMAT_FILE).is_file() or not self.folder.is_dir()
        return Generator.from_folder(self.folder) if ours else published_generator(self.folder)


@dataclass(frozen=True)
class PublishedGenerator:
    """Reads a model that others published: a folder of theirs, or a name on the Hugging Face hub with its revision,
    from the cache or downloaded."""

    path: Path | None
    name: str | None
    revision: str | None
    tokenizer: Path | None
    prompt: Any
    adapter: Path | None = None
    bits: int | None = None
    causal: bool = False  # whether it is to be a decoder-only network

    def __call__(self) -> Any:
        """The generator."""
        from ..errors import ModelError
        from ..models.published import hub_folder, published_generator

        folder = self.path or hub_folder(self.name or "", self.revision)
        found = published_generator(
            folder, tokenizer=self.tokenizer, form=self.prompt, adapter=self.adapter, bits=self.bits
        )
        if found.network.config.is_encoder_decoder == self.causal:
            kind, other = ("an encoder-decoder", "Seq2Seq") if self.causal else ("decoder-only", "CausalLM")
            raise ModelError(f"The network in {folder} is {kind}: use @architectures = angel_spacy.{other}.v1.")
        return found


class StoredEncoder(_Stored):
    """Reads a name encoder's file."""

    def __call__(self) -> Any:
        """The encoder."""
        from ..models.name_encoder import NameEncoder

        return NameEncoder.from_file(self.folder)
