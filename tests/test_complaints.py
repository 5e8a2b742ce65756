"""What users of other linkers complain about, a test each: ours must not give the same cause."""

import importlib.metadata
import json
import mmap
import pickle
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from linker_toys import TOY, links, ruler_pipeline, spelling_pipeline, toy_kb, with_linker
from spacy.tokens import Doc, DocBin, Span
from typer.testing import CliRunner

import angel_spacy
from angel_spacy.cli import app
from angel_spacy.corpora.formats import FORMATS, read_articles
from angel_spacy.kb import Concept, KnowledgeBase, Source, read_kb


def angel(*args):
    result = CliRunner().invoke(app, list(map(str, args)))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def saved(tmp_path):
    """A pipeline in a folder."""
    with_linker(ruler_pipeline(), spelling=False).to_disk(tmp_path / "pipeline")
    return tmp_path / "pipeline"


def test_01_installing_needs_compilers_and_pins_versions():
    needed = [one for one in importlib.metadata.requires("angel-spacy") or () if "extra ==" not in one]
    assert needed
    assert not [one for one in needed if "==" in one]
    code = "import sys, spacy, angel_spacy; spacy.blank('en').add_pipe('angel_linker'); print('nmslib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_02_the_knowledge_base_fills_the_memory_and_takes_minutes_to_load(tmp_path):
    KnowledgeBase(Concept(f"X:{i}", f"name {i}", (f"other {i}",)) for i in range(2000)).to_disk(tmp_path / "kb")
    kb = KnowledgeBase.from_disk(tmp_path / "kb")

    def is_mapped(array):
        while array is not None and not isinstance(array, mmap.mmap):
            array = getattr(array, "base", None)
        return array is not None

    arrays = {name: array for name, array in kb.packed().arrays.items() if array.size}
    assert len(arrays) > 5
    assert all(map(is_mapped, arrays.values()))  # pages are read when they are asked for


def test_03_every_load_asks_the_network(saved, monkeypatch):
    def refused(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert spacy.load(saved)("Gout after aspirin.").ents[0]._.kb_candidates


def test_04_context_is_not_read_and_scores_are_tied():
    nlp = with_linker(ruler_pipeline(), spelling=False, cache_size=0)
    here, there = nlp("gout in the toe").ents[0], nlp("a cure that is no gout at all").ents[0]
    scores = [[one.score for one in ent._.kb_candidates] for ent in (here, there)]
    assert scores[0] != scores[1]
    assert all(len(set(of)) == len(of) > 1 for of in scores)


def test_05_there_is_no_score():
    found = spelling_pipeline(restrict=None)("gout").ents[0]._.kb_candidates
    probabilities = [one.probability for one in found]
    assert len(probabilities) > 1
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= one <= 1 for one in probabilities)


def test_06_types_and_ids_cannot_be_filtered_while_searching():
    typed = [Concept("D1", "gout", types=("T047",)), Concept("D2", "gouty", types=("T121",))]
    concepts = [*typed, Concept("X:3", "gout b")]
    for patterns, ids in ((["T121"], {"D2"}), (["X:*"], {"X:3"}), (["T047", "X:3"], {"D1", "X:3"})):
        (ent,) = spelling_pipeline(KnowledgeBase(concepts), restrict={"DISEASE": patterns})("gout").ents
        assert {one.concept_id for one in ent._.kb_candidates} == ids


def test_07_an_own_knowledge_base_takes_hours_and_a_guess(tmp_path, saved):
    (tmp_path / "mine.csv").write_text("code,label,also\nM:1,Gout,podagra\nM:2,Fever,\n")
    columns = [f"--option={one}" for one in ("id=code", "name=label", "synonyms=also")]
    angel("kb", "build", "table", tmp_path / "mine.csv", tmp_path / "kb", *columns)
    (tmp_path / "in.txt").write_text("Gout here.\n")
    angel("annotate", tmp_path / "in.txt", tmp_path / "out.jsonl", "--pipeline", saved, "--kb", tmp_path / "kb")
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    assert json.loads(line)["mentions"][0]["candidates"][0]["id"] in ("M:1", "M:2")


def test_08_nobody_knows_how_old_the_knowledge_base_is(tmp_path):
    (tmp_path / "a.obo").write_text("data-version: 2026-01-01\n\n[Term]\nid: X:1\nname: gout\n")
    read_kb("obo", tmp_path / "a.obo", licence="CC0").to_disk(tmp_path / "kb")
    found = KnowledgeBase.from_disk(tmp_path / "kb").provenance
    assert (found.source, found.version, found.licence, len(found.sha256)) == ("obo/a.obo", "2026-01-01", "CC0", 64)
    assert "2026-01-01" in angel("kb", "info", tmp_path / "kb")


def test_09_pickling_and_several_processes_crash(saved):
    nlp = spacy.load(saved)
    texts = ["Gout and fever.", "No aspirin.", "", "fever"]
    alone = [links(nlp(text)) for text in texts]
    assert any(alone)
    assert [links(pickle.loads(pickle.dumps(nlp))(text)) for text in texts] == alone
    code = (
        f"import sys, spacy; sys.path[:0] = {sys.path!r}\nfrom linker_toys import links\n"
        f"if __name__ == '__main__':\n    nlp = spacy.load({str(saved)!r})\n    texts = {texts!r}\n"
        "    alone = [links(nlp(text)) for text in texts]\n"
        "    assert [links(doc) for doc in nlp.pipe(texts, n_process=2)] == alone\n    print('same')\n"
    )
    script = saved.with_name("run.py")
    script.write_text(code)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.strip() == "same"


def test_10_links_are_lost_when_documents_are_stored():
    nlp = spelling_pipeline()
    doc = nlp("Gout after aspirin.")
    ids = [ent.kb_id_ for ent in doc.ents]
    assert ids == ["D006073", "D001241"]
    (stored,) = DocBin().from_bytes(DocBin(docs=[doc]).to_bytes()).get_docs(nlp.vocab)
    whole = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert [ent.kb_id_ for ent in stored.ents] == [ent.kb_id_ for ent in whole.ents] == ids
    assert links(whole) == links(doc)


def test_11_the_factory_is_unknown_unless_something_is_imported():
    add = f"nlp.add_pipe('angel_linker', config={{'model': {TOY!r}}})"
    code = f"import spacy; nlp = spacy.blank('en'); {add}; print(nlp.pipe_names)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['angel_linker']"


def test_12_overlapping_mentions_crash():
    nlp = with_linker(ruler_pipeline(spans_key="sc"), spans_key="sc")
    doc = nlp("aspirin fever")
    assert {(span.text, span.kb_id_) for span in doc.spans["sc"]} >= {("aspirin", "D001241"), ("fever", "D005334")}
    assert len(doc.spans["sc"]) == 3


@pytest.mark.parametrize("known", ["RBX", "red box disease"])
def test_13_of_an_abbreviation_only_the_long_form_is_tried(known):
    kb = toy_kb([Concept("N:1", known), Concept("N:2", "gouts")])
    nlp = with_linker(ruler_pipeline({"rbx": "DISEASE"}), kb, combine="evidence")
    ent = nlp("A red box disease (RBX) was seen.").ents[0]
    assert (ent.text, ent.kb_id_) == ("RBX", "N:1")


def test_14_links_are_missing_and_nothing_says_why(tmp_path):
    nlp = spelling_pipeline(threshold=0.999, labels=["DISEASE", "CHEMICAL"])
    for ent in nlp("ua and gout").ents:
        assert bool(ent._.kb_id) != bool(ent._.kb_nil_reason)
    (tmp_path / "a.csv").write_text("id,name\n1,gout\n2,\n3,!!!\n")
    source = Source(tmp_path / "a.csv")
    kb = read_kb("table", source)
    assert (len(kb), sum(source.skipped.counts.values())) == (1, 2)


def test_15_own_mentions_cannot_be_brought(saved, tmp_path):
    nlp = spelling_pipeline()
    ((link,),) = nlp.get_pipe("angel_linker").link_mentions([nlp.make_doc("severe gout")], [[(7, 11)]])
    assert link.concept_id == "D006073"
    doc = nlp.make_doc("severe gout")
    doc.ents = [Span(doc, 1, 2, "MINE")]
    assert nlp.get_pipe("angel_linker")(doc).ents[0].kb_id_ == "D006073"
    assert len(angel_spacy.ground("severe gout", mentions=[(7, 11)], pipeline=saved)) == 1
    path = tmp_path / "in.pubtator"
    path.write_text("1|t|Severe gout.\n1|a|\n1\t7\t11\tgout\tDisease\n")
    angel("annotate", path, tmp_path / "out.pubtator", "--given", "--pipeline", saved)
    assert re.search(r"7\t11\tgout\tDisease\t\S+", (tmp_path / "out.pubtator").read_text())


def test_16_a_training_config_cannot_load_the_knowledge_base(tmp_path):
    toy_kb().to_disk(tmp_path / "kb")
    nlp = spacy.blank("en")
    nlp.add_pipe("angel_linker", config={"model": TOY})
    reader = {"@misc": "angel_spacy.KnowledgeBase.v1", "path": str(tmp_path / "kb")}
    nlp.config["initialize"]["components"]["angel_linker"] = {"kb": reader}
    nlp.initialize()
    assert "D006073" in nlp.get_pipe("angel_linker").kb


@pytest.mark.parametrize("kb", [[], [Concept("X:1", "gout", types=("Chemical",))]])
def test_17_an_empty_set_of_allowed_tokens_raises(kb):
    for ent in spelling_pipeline(toy_kb(kb))("gout and fever").ents:
        assert (ent.kb_id_, list(ent._.kb_candidates)) == ("NIL", [])


def test_18_nothing_scales_and_nothing_is_interchanged(saved, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(f'{{"id": "{i}", "text": "Gout and {i} aspirin."}}\n' for i in range(5)))
    found = {}
    for name in ("jsonl", "pubtator", "xml", "json"):
        out = tmp_path / f"out.{name}"
        angel("annotate", source, out, "--pipeline", saved, "--batch-size", 2)
        found[name] = [[(one.start, one.concept_ids) for one in article.mentions] for article in read_articles(out)]
    assert found["jsonl"] == found["pubtator"] == found["xml"] == found["json"]
    assert sum(map(len, found["jsonl"])) == 10
    assert len([one for one in FORMATS if one.sink]) >= 9


def test_no_complaint_is_left_out():
    numbers = re.findall(r"^def test_(\d\d)_", Path(__file__).read_text("utf8"), re.MULTILINE)
    assert list(map(int, numbers)) == list(range(1, 19))
