"""Titles and texts: where one ends in the other, and whether it is there."""

from collections.abc import Mapping


def parted(text: str, end: object) -> tuple[str, str]:
    """Title and abstract of a text whose title is said to end at `end`; no title unless one space joins the two, as in
    `Article.text`."""
    if end == len(text):
        return text, ""
    if type(end) is int and 0 < end < len(text) - 1 and text[end] == " ":
        return text[:end], text[end + 1 :]
    return "", text


def lost(text: str, record: Mapping[str, object]) -> str:
    """Which of a record's title and abstract would be lost if `text` were the whole of it; blanks and capitals do not
    count. "" where none would."""
    whole = _squeezed(text)
    given = ((name, record.get(name)) for name in ("title", "abstract"))
    return next((name for name, value in given if isinstance(value, str) and _squeezed(value) not in whole), "")


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
