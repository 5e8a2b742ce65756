"""The entity recogniser that reads clean text: trained by `configs/ner.cfg`, and beside other components."""

from io import StringIO
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config

CONFIG = Path(__file__).parents[2] / "configs" / "ner.cfg"
SENTENCES = ["Gout followed aspirin.", "He took aspirin against gout.", "No pain was seen after heparin."]
LABELS = {"gout": "DISEASE", "pain": "DISEASE", "aspirin": "CHEMICAL", "heparin": "CHEMICAL"}
TINY = {
    "components.tok2vec.model.tok2vec.embed.include_static_vectors": False,
    "components.tok2vec.model.tok2vec.encode.width": 16,
    "components.tok2vec.model.tok2vec.encode.depth": 1,
    "training.max_steps": 60,
    "training.eval_frequency": 60,
    "training.dropout": 0.0,
    "training.optimizer.learn_rate": 0.02,
    "corpora.train.augmenter.level": 0.5,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Language:
    path = tmp_path_factory.mktemp("corpus") / "gold.spacy"
    blank = spacy.blank("en")
    DocBin(docs=[gold(blank, text) for text in SENTENCES]).to_disk(path)
    nlp = init_nlp(load_config(CONFIG, overrides=TINY | {"paths.train": str(path), "paths.dev": str(path)}))
    train(nlp, stdout=StringIO(), stderr=StringIO())
    return nlp


def gold(nlp: Language, text: str) -> Doc:
    doc = nlp(text)
    doc.set_ents([Span(doc, i, i + 1, LABELS[token.lower_]) for i, token in enumerate(doc) if token.lower_ in LABELS])
    return doc


def found(doc: Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_learns_by_its_config_and_is_stored(trained: Language, tmp_path: Path):
    texts = [*SENTENCES, SENTENCES[0].upper(), "He took\u2009as\xadpirin&nbsp;against  gout."]
    there = [found(trained(text)) for text in texts]
    assert there[:3] == [found(gold(spacy.blank("en"), text)) for text in SENTENCES]
    assert there[3:] == [
        [("GOUT", "DISEASE"), ("ASPIRIN", "CHEMICAL")],
        [("as\xadpirin", "CHEMICAL"), ("gout", "DISEASE")],
    ]
    trained.to_disk(tmp_path / "saved")
    assert [found(doc) for doc in spacy.load(tmp_path / "saved").pipe(texts)] == there
    assert [found(doc) for doc in trained.pipe(texts, batch_size=2)] == there


def test_the_pipeline_says_what_it_needs(trained: Language):
    assert any(need.startswith("angel-spacy") for need in trained.meta["requirements"])


def test_what_was_marked_before_stays_whatever_it_holds(trained: Language):
    for text in ("He took 5 aspirin.", "He took 5\u2009aspirin."):
        doc = trained.make_doc(text)
        doc.set_ents([Span(doc, 2, 3, "DOSE", kb_id="D5")], default="missing")
        for _, pipe in trained.pipeline:
            doc = pipe(doc)
        assert found(doc) == [("5", "DOSE"), ("aspirin", "CHEMICAL")]
        assert doc.ents[0].kb_id_ == "D5"


def test_documents_without_a_word_are_no_trouble(trained: Language):
    assert [found(doc) for doc in trained.pipe(["", " ", "\u200b&nbsp;", "Gout."])][:3] == [[], [], []]


def test_what_was_overlooked_is_marked_unless_told_otherwise(trained: Language, tmp_path: Path, monkeypatch):
    trained.to_disk(tmp_path)
    monkeypatch.setattr("angel_spacy.component.ner.overlooked", lambda doc, found: [Span(doc, 0, 1, found[0].label)])
    with_them, without = (
        spacy.load(tmp_path, config={"components": {"ner": {"overlooked": on}}})("He took\u2009aspirin against gout.")
        for on in (True, False)
    )
    assert found(without) == [("aspirin", "CHEMICAL"), ("gout", "DISEASE")]
    assert found(with_them) == [("He", "CHEMICAL"), *found(without)]


@pytest.mark.parametrize("space", [" ", "\u00a0", "  "])
def test_blocked_words_stay_so_in_text_that_is_not_clean(trained: Language, space: str):
    doc = trained.make_doc(f"Aspirin{space}against gout.")
    doc.set_ents([], blocked=[doc[0:1]], default="missing")
    for _, pipe in trained.pipeline:
        doc = pipe(doc)
    assert "Aspirin" not in [text for text, _ in found(doc)]
    assert (doc[0].ent_iob_, doc[0].ent_type_) == ("B", "")


def test_what_was_marked_before_keeps_its_spaces(trained: Language):
    doc = trained.make_doc("Aspirin  against gout.")
    assert doc[1].is_space
    doc.set_ents([Span(doc, 0, 2, "DOSE"), Span(doc, 2, 3, "WORD", span_id="mine")], default="missing")
    for _, pipe in trained.pipeline:
        doc = pipe(doc)
    assert [(ent.start, ent.end, ent.label_) for ent in doc.ents[:2]] == [(0, 2, "DOSE"), (2, 3, "WORD")]
