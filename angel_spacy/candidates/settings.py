"""How names are searched, and how a setting is written: once, with its default, its range and its meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from ..errors import ConfigError
from ..models import PRECISIONS


def setting(
    default: Any,
    help: str,  # noqa: A002 the word that users of a command line expect
    *,
    least: float | None = None,
    most: float | None = None,
    choices: Sequence[str] = (),
    or_null: bool = False,
) -> Any:
    """A field of a dataclass of settings: what it means, and what `check` lets it be (beside its default)."""
    limits = {"least": least, "most": most, "choices": choices, "or_null": or_null or default is None}
    return field(default=default, metadata={"help": help, **limits})


def check(settings: Any) -> None:
    """Raises ConfigError for the first setting out of its range; null is in range where it is the default, or said."""
    for one in fields(settings):
        value = getattr(settings, one.name)
        if not (value is None and one.metadata["or_null"]) and not _fits(value, one.metadata):
            raise ConfigError(f"{one.name} is {value!r}: use {_range_of(one)}.")


def defaults_of(kind: Any) -> dict[str, Any]:
    """Setting -> default, of a dataclass of settings."""
    return {one.name: one.default for one in fields(kind) if one.default is not MISSING}


@dataclass(frozen=True)
class Search:
    """How the names of prompts are searched. Raises ConfigError."""

    beam_width: int = setting(10, "how many names the search follows", least=1)
    batch_size: int = setting(64, "mentions decoded together (across documents in `nlp.pipe`)", least=1)
    beam_margin: float | None = setting(
        None,
        "names that are so many nats less likely than the best are dropped on the way: faster, now and then another "
        "answer; null: exact",
        least=0,
    )
    precision: str | None = setting(
        None,
        "the numbers in which the generator computes; null: `bfloat16` where the machine has instructions for it, else "
        "`float32` (a GPU without them: `float16`). Weights are stored and trained as they are",
        choices=PRECISIONS,
    )
    cache_size: int = setting(
        10_000, "of how many different prompts (mention and context) the answers are kept; 0: of none", least=0
    )

    def __post_init__(self) -> None:
        check(self)


def _fits(value: Any, meta: Mapping[str, Any]) -> bool:
    if meta["choices"]:
        return value in meta["choices"]
    if meta["least"] is None:
        return True
    return bool(value >= meta["least"] and (meta["most"] is None or value <= meta["most"]))


def _range_of(one: "Field[Any]") -> str:
    least, most, choices = (one.metadata[key] for key in ("least", "most", "choices"))
    allowed = f"one of {', '.join(choices)}" if choices else f"{least} {'or more' if most is None else f'to {most}'}"
    return f"{allowed}, or null" if one.metadata["or_null"] else allowed
