"""Generative biomedical entity linking for spaCy."""

from typing import TYPE_CHECKING, Any

from .errors import AngelError
from .records import Candidate

if TYPE_CHECKING:
    from spacy.language import Language

__version__ = "0.1.0"
__all__ = ["AngelError", "Candidate", "__version__", "load"]


def load(**kwargs: Any) -> "Language":
    """The starter pipeline that the package ships; `kwargs` are those of `spacy.load` (`exclude`, `config`, ...)."""
    from .pipelines import STARTER, load_pipeline

    return load_pipeline(STARTER, **kwargs)
