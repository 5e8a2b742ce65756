"""Generative biomedical entity linking for spaCy."""

from typing import TYPE_CHECKING, Any

from .errors import AngelError
from .records import Candidate, LinkedMention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.language import Language

__version__ = "0.1.0"
__all__ = ["AngelError", "Candidate", "LinkedMention", "__version__", "ground", "load"]


def load(**kwargs: Any) -> "Language":
    """The starter pipeline that the package ships; `kwargs` are those of `spacy.load` (`exclude`, `config`, ...)."""
    from .pipelines import STARTER, load_pipeline

    return load_pipeline(STARTER, **kwargs)


def ground(what: "str | Sequence[str]", **options: Any) -> list[LinkedMention]:
    """The concepts of what a text mentions, or of several mentions, without spaCy; `options` are those of
    `angel_spacy.grounding.ground`: `mentions`, `label`, `pipeline`, `kb`."""
    from .grounding import ground as ground_

    return ground_(what, **options)
