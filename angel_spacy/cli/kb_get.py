"""`angel kb get`, `angel kb list`: vocabularies from their makers."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm
from wasabi import msg

from ..errors import ConfigError
from ..kb.official import VOCABULARIES, Vocabulary
from .errors import fails_in_one_line
from .messages import good, info


@fails_in_one_line
def list_vocabularies() -> None:
    """List the vocabularies that `kb get` fetches, and their terms."""
    rows = [(one.name, one.about, _needs(one), one.licence) for one in VOCABULARIES.values()]
    msg.table(rows, header=("name", "what", "from", "licence"), divider=True, max_col=70)


@fails_in_one_line
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help=", ".join(VOCABULARIES))],
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="the folder for its files")],
    version: Annotated[str, typer.Option(help="which version, where its makers number them (mesh: the year)")] = "",
    key: Annotated[
        str, typer.Option(envvar="UMLS_API_KEY", help="your key at NLM's terminology services (umls, rxnorm, snomed)")
    ] = "",
) -> None:
    """Fetch a vocabulary from its makers' own address; asked again after a break, it goes on.

    Its licence is shown before anything is fetched.
    """
    from ..kb.fetch import fetch

    if name not in VOCABULARIES:
        raise ConfigError(f"Unknown vocabulary {name!r}; choose one of {', '.join(VOCABULARIES)}.")
    wanted = VOCABULARIES[name]
    info(f"{wanted.about}. Licence: {wanted.licence}. Terms: {wanted.terms}")
    with _Bar() as bar:
        paths = fetch(wanted, folder, watch=bar.show, version=version, key=key)
    good(f"{folder}: {wanted.about}")
    options = [f"--option={key}={value}" for key, value in wanted.options.items()]
    build = ["kb", "build", wanted.kind, *map(str, dict.fromkeys(paths)), "KB", f"--licence={wanted.licence}", *options]
    info(f"Next: python -m spacy angel {shlex.join(build)}")


class _Bar:
    """A progress bar on stderr, for one file after the other."""

    def __enter__(self) -> "_Bar":
        self._bar = tqdm(unit="B", unit_scale=True, file=sys.stderr, dynamic_ncols=True, disable=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, have: int, total: int) -> None:
        """So many bytes of so many (0: unknown)."""
        if total != self._bar.total or have < self._bar.n:
            self._bar.reset(total or None)
        self._bar.update(have - self._bar.n)


def _needs(vocabulary: Vocabulary) -> str:
    if vocabulary.package:
        return f"package {vocabulary.package}"
    return "NLM, with your key" if vocabulary.release else "its makers"
