"""A text with thousands of brackets is read by the detector whose time grows with the length."""

import pytest
import spacy

from angel_spacy.component import scispacy
from angel_spacy.component.scispacy import Abbreviations

DEFINED = "Acute kidney injury (AKI) is an injury. AKI is bad."


@pytest.mark.parametrize(("n", "n_read"), [(0, 1), (999, 1), (1000, 0), (20_000, 0)])
def test_scispacys_detector_is_not_given_thousands_of_brackets(monkeypatch, n, n_read):
    read = []
    monkeypatch.setattr(scispacy, "scispacys_detector", lambda nlp, name: lambda doc: read.append(doc) or doc)
    nlp = spacy.blank("en")
    Abbreviations(nlp, "angel_abbreviations")(nlp.make_doc(DEFINED + " (" * n))
    assert len(read) == n_read


def test_what_a_text_with_many_brackets_defines_is_found():
    nlp = spacy.blank("en")
    nlp.add_pipe("angel_abbreviations")
    doc = nlp(DEFINED + " (" * 20_000)
    found = [(one["short_text"], one["long_text"]) for one in doc._.abbreviations]
    assert found == [("AKI", "Acute kidney injury")] * 2
