"""Training without spaCy: `python -m angel_spacy.training CONFIG`, `accelerate launch -m angel_spacy.training CONFIG`.

On several processes each sees its share of every batch; the first one mines, judges and writes for all.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import AngelError, ConfigError
from .recipe import read_recipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains as a config file says; 1 after an error, which is said in one line."""
    parser = argparse.ArgumentParser(prog="python -m angel_spacy.training", description=__doc__)
    parser.add_argument("config", type=Path, help="a training config such as configs/generator-gpu.cfg")
    parser.add_argument("--stage", action="append", default=[], help="run this stage only; may be given several times")
    parser.add_argument("--threads", type=int, default=0, help="processor threads (0: as many as there are)")
    given, rest = parser.parse_known_args(arguments)
    try:
        recipe = read_recipe(given.config, overrides(rest))
        from .run import train, use_threads

        use_threads(given.threads)
        print(train(recipe, given.stage))
    except AngelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def overrides(arguments: Sequence[str]) -> dict[str, Any]:
    """`--section.name VALUE` or `--section.name=VALUE`; a value is JSON, or else a string. Raises ConfigError."""
    found: dict[str, Any] = {}
    rest = iter(arguments)
    for argument in rest:
        name, sign, value = argument.partition("=")
        if not name.startswith("--") or "." not in name:
            raise ConfigError(f"{argument!r} is no setting: override settings as --section.name VALUE.")
        found[name.removeprefix("--")] = _value(value if sign else next(rest, ""))
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    sys.exit(main())
