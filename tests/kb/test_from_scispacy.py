import json
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from angel_spacy.kb import Concept, from_scispacy

GOUT = {"concept_id": "C0018099", "canonical_name": "Gout", "aliases": ["Podagra", "Gout"], "types": ["T047"]}
BLANK = {"concept_id": "C0000001", "canonical_name": "+", "aliases": [], "types": []}
ROWS = [{**GOUT, "definition": "Crystals."}, {**BLANK, "definition": None}]


def test_what_looks_like_scispacys_knowledge_base_becomes_ours(caplog: pytest.LogCaptureFixture) -> None:
    entities = {row["concept_id"]: SimpleNamespace(**row) for row in ROWS}
    with caplog.at_level(logging.WARNING):
        kb = from_scispacy(SimpleNamespace(cui_to_entity=entities))
    assert list(kb.concepts) == [Concept("C0018099", "Gout", ("Podagra",), (), ("T047",), "Crystals.")]
    assert "1 entities have no usable name" in caplog.text
    assert kb.resolve("UMLS:C0018099") == 0


def test_scispacys_own_class_becomes_ours_and_looks_as_before(tmp_path: Path) -> None:
    linking_utils = pytest.importorskip("scispacy.linking_utils")
    (tmp_path / "kb.jsonl").write_text(json.dumps(ROWS[0]) + "\n")
    theirs = linking_utils.KnowledgeBase(str(tmp_path / "kb.jsonl"))
    kb = from_scispacy(theirs, prefixes=["umls"])
    assert kb.provenance.source == "scispacy/KnowledgeBase"
    ours, entity = kb.cui_to_entity["C0018099"], theirs.cui_to_entity["C0018099"]
    assert ours == entity._replace(aliases=["Podagra"])
    assert kb.alias_to_cuis["Podagra"] == theirs.alias_to_cuis["Podagra"]
