"""A pipeline folder again, with another generator in its linker."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree

from ..errors import ConfigError
from ..files import whole


@dataclass(frozen=True)
class PipelineFolder:
    """A saved pipeline and the folder of its linker within it."""

    folder: Path
    linker: str

    @classmethod
    def find(cls, name: str) -> "PipelineFolder":
        """The folder of `starter`, of a path, or of an installed package. Raises ConfigError without a linker."""
        from ..component.linker import AngelLinker
        from ..evaluation.run import find_linker
        from ..pipelines import load_pipeline

        nlp = load_pipeline(name)
        linker: AngelLinker = find_linker(nlp)
        return cls(Path(nlp.path), linker.name)

    @property
    def model(self) -> Path:
        """The generator."""
        return self.folder / self.linker / "model"

    @property
    def kb(self) -> Path:
        """The knowledge base."""
        return self.folder / self.linker / "kb"

    def copy_with(self, generator: Path, target: Path) -> None:
        """Writes the pipeline to `target`, all or nothing: its KB, trie, threshold and other components as they are."""
        with whole(target) as fresh:
            copytree(self.folder, fresh)
            model = fresh / self.linker / "model"
            rmtree(model)
            copytree(generator, model)


def check_new(target: Path) -> None:
    """Raises ConfigError when there is something of that name."""
    if target.exists():
        raise ConfigError(f"{target} is there already: give what is to be written a name of its own.")
