"""The generator as a thinc Model: what spaCy's config and device settings know how to handle."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from thinc.api import Model
from thinc.shims import Shim
from thinc.util import get_torch_default_device

from ..errors import ConfigError, ModelError
from ..records import Prompt
from .generator import Generator

if TYPE_CHECKING:
    from ..decode.protocols import DecoderSession

MakeGenerator = Callable[[], Generator]


class GeneratorShim(Shim):  # type: ignore[misc]  # thinc is not checked
    """Holds a generator, loaded at first use on the device that spaCy prefers, and stores it without pickle."""

    def __init__(self, make: MakeGenerator) -> None:
        super().__init__(None)
        self.make = make
        self._generator: Generator | None = None

    @property
    def generator(self) -> Generator:
        """The generator on spaCy's device."""
        if self._generator is None:
            self._generator = self.make().to(get_torch_default_device())
        return self._generator

    @generator.setter
    def generator(self, generator: Generator) -> None:
        self._generator = generator.to(get_torch_default_device())

    def to_bytes(self) -> bytes:
        """The generator's bytes."""
        return self.generator.to_bytes()

    def from_bytes(self, data: bytes) -> "GeneratorShim":
        """Reads what `to_bytes` gave."""
        self.generator = Generator.from_bytes(data)
        return self


def generator_shim(model: Any) -> GeneratorShim:
    """The shim of a model that `generator_model` made. Raises ConfigError for any other model."""
    for shim in model.shims:
        if isinstance(shim, GeneratorShim):
            return shim
    raise ConfigError(
        f"The model {model.name!r} holds no generator: use an architecture such as angel_spacy.Seq2Seq.v1, "
        "or build yours with angel_spacy.models.architecture.generator_model."
    )


def nothing_to_load() -> Generator:
    """For a model whose weights come from `from_disk` or `from_bytes`; asking it before that is an error."""
    raise ModelError("This generator has no weights yet: read them with from_disk or from_bytes.")


def generator_model(make: MakeGenerator) -> Any:
    """A thinc Model[list[Prompt], DecoderSession] around the generator that `make` loads when it is first needed."""
    return Model("angel_generator", _forward, shims=[GeneratorShim(make)])


def _forward(
    model: Any, prompts: Sequence[Prompt], is_train: bool
) -> tuple["DecoderSession", Callable[[Any], list[Prompt]]]:
    """Encodes the prompts; the search drives the session from there. There is nothing to propagate back."""
    return model.shims[0].generator.session(prompts), lambda _: []
