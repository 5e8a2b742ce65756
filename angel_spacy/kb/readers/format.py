"""What a kind of source is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..concept import Concept


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of source. `read` takes a `Source`, and options by name where it has any.

    `forgiving`: a concept without a usable name is left out and counted; otherwise it is an error, as in files that
    people write for us. `prefixes` are those that its ids go without, `licence` its terms where the source says none.
    `beginning`: a pattern of bytes that the first ones of such a file match, and those of no other kind.
    """

    name: str
    help: str
    read: Callable[..., Iterator[Concept]]
    forgiving: bool = True
    prefixes: tuple[str, ...] = ()
    licence: str = ""
    beginning: bytes = rb"(?!)"
