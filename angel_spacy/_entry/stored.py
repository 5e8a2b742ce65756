"""What a config names by its folder: read when it is first needed, not before."""

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
    """Reads a generator folder."""

    def __call__(self) -> Any:
        """The generator."""
        from ..models.generator import Generator

        return Generator.from_folder(self.folder)


class StoredEncoder(_Stored):
    """Reads a name encoder's file."""

    def __call__(self) -> Any:
        """The encoder."""
        from ..models.name_encoder import NameEncoder

        return NameEncoder.from_file(self.folder)
