import pytest
from spacy.language import Language
from tiny import tiny_pipeline


@Language.component("explodes_on_boom")
def explodes_on_boom(doc):
    if "boom" in doc.text:
        raise RuntimeError("it went\noff")
    return doc


@pytest.fixture(scope="package")
def nlp() -> Language:
    return tiny_pipeline()


@pytest.fixture(scope="package")
def fragile() -> Language:
    nlp = tiny_pipeline()
    nlp.add_pipe("explodes_on_boom", first=True)
    return nlp
