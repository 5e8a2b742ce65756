"""What the shipped knowledge base knows."""

from pathlib import Path

import pytest

from angel_spacy.corpora.formats import read_articles
from angel_spacy.kb import KnowledgeBase
from angel_spacy.pipelines import STARTER_LINKER

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "data" / "corpora"


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase.from_disk(STARTER_LINKER / "kb", verify=True)


def test_common_drugs_rare_diseases_and_recent_headings_are_there(kb: KnowledgeBase):
    for name in ("copper", "glimepiride", "trientine", "COVID-19", "Kniest dysplasia", "heart attack"):
        assert kb.rows_of(name), name


def test_it_names_its_source_and_terms(kb: KnowledgeBase):
    assert kb.provenance.version == "MeSH 2025"
    assert "U.S. National Library of Medicine" in kb.provenance.licence
    assert {kind for concept in kb.concepts for kind in concept.types} == {"Disease", "Chemical"}


@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the corpora in ../shared/data")
def test_it_has_nearly_all_gold_ids_of_the_dev_splits(kb: KnowledgeBase):
    paths = [CORPORA / name / "dev.pubtator" for name in ("ncbi_disease", "bc5cdr")]
    mentions = [one for path in paths for article in read_articles(path) for one in article.mentions if one.concept_ids]
    known = sum(bool(kb.rows(one.concept_ids)) for one in mentions)
    assert known / len(mentions) >= 0.97
