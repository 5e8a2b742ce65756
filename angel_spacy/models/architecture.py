"""The generator as a thinc Model: what spaCy's config and device settings know how to handle."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from thinc.api import Model, Optimizer
from thinc.shims import Shim
from thinc.util import get_torch_default_device, torch2xp, xp2torch

from ..errors import ConfigError, ModelError
from ..records import Prompt
from .generator import Generator

if TYPE_CHECKING:
    from .session import DecoderSession

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

    def finish_update(self, optimizer: Optimizer) -> None:
        """Applies the gradients that were accumulated with a thinc optimizer, and forgets them."""
        for key, parameter in self._parameters():
            if parameter.grad is not None:
                weights, _ = optimizer(key, torch2xp(parameter.data), torch2xp(parameter.grad))
                _write(parameter, weights)
                parameter.grad = None

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Iterator[None]:
        """Within, the weights are those in `params` (an optimizer's averages), where it has them."""
        given = [(parameter, params[key]) for key, parameter in self._parameters() if key in params]
        kept = [parameter.detach().clone() for parameter, _ in given]
        for parameter, weights in given:
            _write(parameter, weights)
        try:
            yield
        finally:
            for (parameter, _), weights in zip(given, kept, strict=True):
                _copy(parameter, weights)

    def _parameters(self) -> Iterator[tuple[tuple[int, str], torch.nn.Parameter]]:
        """Each weight once (tied ones too) with the key an optimizer knows it by; none before the weights are read."""
        if self._generator is not None:
            for name, parameter in self._generator.network.named_parameters():
                yield (self.id, name), parameter

    def to_bytes(self) -> bytes:
        """The generator's bytes."""
        return self.generator.to_bytes()

    def from_bytes(self, data: bytes) -> "GeneratorShim":
        """Reads what `to_bytes` gave."""
        self.generator = Generator.from_bytes(data)
        return self


def _write(parameter: torch.nn.Parameter, weights: Any) -> None:
    """In place, so that tied weights stay tied. `weights` is an array of thinc's, often on the same memory."""
    _copy(parameter, xp2torch(weights, device=parameter.device))


def _copy(parameter: torch.nn.Parameter, weights: torch.Tensor) -> None:
    with torch.no_grad():  # not through `.data`: torch is to know that the weights changed, see `precision.weights_of`
        parameter.copy_(weights)


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
    """Encodes the prompts; the search drives the session from there. Nothing is propagated back: whoever learns puts
    gradients on the network's own parameters, and `finish_update` applies them."""
    return model.shims[0].generator.session(prompts), lambda _: []
