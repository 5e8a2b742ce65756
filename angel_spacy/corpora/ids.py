"""The concept ids written in one field of an annotated corpus."""

import re

_NO_ID = frozenset({"", "-", "-1"})
_SEPARATOR = re.compile(r"[|+,]")
_VARIANT = re.compile(r"[a-z]\|[A-Z]+\|")  # tmVar's `c|SUB|G|304|A` is one id that contains bars


def split_ids(field: str) -> tuple[str, ...]:
    """The ids of a composite (`A|B`, `A+B`, `A,B`) in their order, as written; nothing for `-1`, `-` and ``."""
    if _VARIANT.match(field):
        return (field.strip(),)
    ids = (part.strip() for part in _SEPARATOR.split(field))
    return tuple(dict.fromkeys(part for part in ids if part not in _NO_ID))


def join_ids(concept_ids: tuple[str, ...]) -> str:
    """The field that `split_ids` reads back, bars between the ids, `-1` for none."""
    return "|".join(concept_ids) or "-1"
