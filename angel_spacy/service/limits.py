"""How much a request may ask for, and how much may wait."""

from dataclasses import asdict, dataclass
from math import inf

from ..errors import ConfigError


@dataclass(frozen=True, slots=True)
class Limits:
    """`texts` of a request, `characters` of a text, `bytes` of a body, `seconds` until an answer; `waiting` texts of
    all clients together, and `batch`, those that are worked on together."""

    texts: int = 100
    characters: int = 100_000
    bytes: int = 10_000_000
    seconds: float = 60.0
    waiting: int = 256
    batch: int = 32

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < inf:
                raise ConfigError(f"The limit of {name} is {value}: give a number above 0 that has an end.")
        if self.texts > self.waiting:
            raise ConfigError(
                f"A request may have {self.texts} texts, but only {self.waiting} may wait: let more of them wait."
            )
