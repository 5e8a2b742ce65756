"""scispaCy's abbreviation detector (Schwartz and Hearst 2003) as a component that a saved pipeline finds by itself."""

import warnings
from typing import Any

from scispacy.abbreviation import AbbreviationDetector
from spacy.tokens import Doc


class Abbreviations:
    """Sets `doc._.abbreviations` to plain dicts, which `to_bytes` and worker processes can carry."""

    def __init__(self, nlp: Any, name: str) -> None:
        self._detector = AbbreviationDetector(nlp, name, make_serializable=True)

    def __call__(self, doc: Doc) -> Doc:
        """The Doc with the abbreviations that it defines."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"\[W036\]")  # its matcher is empty until one is defined
            return self._detector(doc)
