"""What abbreviations mean that a text uses and does not define: a table of those that abstracts define.

`scripts/abbreviations.py` makes it: short form -> long forms, in small letters, with the number of abstracts ("": of
all rarer ones).
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import srsly

TABLE = Path(__file__).with_name("abbreviations.json")

LEAST_SHARE = 0.5
"""Of the abstracts that define a short form, those in which it means the same."""


def usual_long_form(short: str) -> str:
    """What most abstracts that define the short form mean by it, "" where they do not agree or none does; of a plural
    also by its singular."""
    forms = _table().get(short) or _table().get(short.removesuffix("s"), {})
    long = max(forms, key=lambda form: forms[form], default="")
    return long if long and forms[long] >= LEAST_SHARE * sum(forms.values()) else ""


@lru_cache(1)
def _table() -> Mapping[str, Mapping[str, int]]:
    table: Mapping[str, Mapping[str, int]] = srsly.read_json(TABLE)
    return table
