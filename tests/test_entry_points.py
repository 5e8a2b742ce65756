"""What spaCy imports of us without being asked must exist, cost nothing and break nobody."""

import subprocess
import sys
import warnings
from importlib.metadata import EntryPoint, distribution
from pathlib import Path

import pytest
import spacy
from spacy.util import registry

from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.records import Article, Mention

ENTRY_POINTS = [point for point in distribution("angel-spacy").entry_points if point.group.startswith("spacy_")]

BLOCK = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import spacy
nlp = spacy.blank("en")
assert "torch" not in sys.modules
print([token.text for token in nlp("Gout hurts.")])
"""
BLANK = "import sys, spacy; spacy.blank('en'); print('transformers' in sys.modules, 'scispacy' in sys.modules)"
HELP = """
import sys
from spacy.cli import setup_cli
sys.argv = ["spacy", *{args!r}]
try:
    setup_cli()
finally:
    print({{"transformers", "scispacy", "angel_spacy.component.linker"}} & set(sys.modules))
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("point", ENTRY_POINTS, ids=lambda point: f"{point.group}:{point.name}")
def test_every_entry_point_resolves(point: EntryPoint):
    assert callable(point.load())
    if point.group != "spacy_factories":
        assert registry.has(point.group.removeprefix("spacy_"), point.name)


def test_a_blank_pipeline_imports_neither_transformers_nor_scispacy():
    assert run(BLANK).strip() == "False False"


def test_a_blank_pipeline_works_without_torch_and_transformers():
    assert run(BLOCK).strip() == "['Gout', 'hurts', '.']"


@pytest.mark.parametrize("args", [["--help"], ["angel", "--help"]])
def test_asking_for_help_imports_nothing_heavy(args: list[str]):
    printed = run(HELP.format(args=args))
    assert "angel" in printed
    assert printed.strip().endswith("set()")


def test_pubtator_is_a_corpus_for_spacy_train(tmp_path: Path):
    path = tmp_path / "corpus.pubtator"
    mentions = (Mention("Gout", 0, 4, "Disease", ("D006073", "D9")), Mention("pain", 9, 13, "Disease", ()))
    write_pubtator([Article("1", "Gout and pain.", "It hurts.", mentions)], path)
    nlp = spacy.blank("en")
    (example,) = registry.readers.get("angel_spacy.PubTator.v1")(str(path))(nlp)
    assert not example.predicted.ents
    found = [(ent.text, ent.label_, ent.kb_id_) for ent in example.reference.ents]
    assert found == [("Gout", "DISEASE", "D006073|D9"), ("pain", "DISEASE", "")]


def test_a_config_can_name_a_source_that_is_read_as_a_kb(tmp_path):
    source = tmp_path / "mine.csv"
    source.write_text("code,label,also\nX:1,Gout,Podagra\n")
    options = {"id": "code", "name": "label", "synonyms": "also"}
    kb = {"@misc": "angel_spacy.ReadKB.v1", "kind": "table", "paths": str(source), "options": options}
    nlp = spacy.blank("en")
    linker = nlp.add_pipe("angel_linker", config={"kb": kb, "model": {"@architectures": "angel_spacy.ToySeq2Seq.v1"}})
    source.rename(tmp_path / "later.csv")  # nothing is read before it is needed
    source.with_name("later.csv").rename(source)
    assert linker.kb["X:1"].names == ("Gout", "Podagra")


def test_a_second_linker_that_would_write_over_the_first_is_warned_of():
    toy = {"model": {"@architectures": "angel_spacy.ToySeq2Seq.v1"}}
    nlp = spacy.blank("en")
    nlp.add_pipe("angel_linker", config=toy)
    with pytest.warns(UserWarning, match="writes over what 'angel_linker' writes"):
        nlp.add_pipe("angel_linker", name="second", config=toy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.add_pipe("angel_linker", name="third", config={**toy, "attributes": "hpo"})
