"""What is learnt from: a mention in its text, with the name to write or the rows of its concepts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """`text[start:end]` is the mention, `target` the normalised name that names it."""

    text: str
    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class NamedMention:
    """A mention in a text with the rows of its concepts in a table of names."""

    text: str
    start: int
    end: int
    rows: tuple[int, ...]


def in_context(text: str, start: int, end: int, surface: str) -> tuple[str, int, int]:
    """The text with its mention replaced by `surface`, and where that lies."""
    return text[:start] + surface + text[end:], start, start + len(surface)
