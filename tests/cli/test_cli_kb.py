import json
from pathlib import Path

import pytest

from angel_spacy.cli.kb import KIND_HELP
from angel_spacy.kb import FORMATS, Concept, KnowledgeBase
from angel_spacy.kb.official import VOCABULARIES, Vocabulary


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.jsonl"
    rows = [{"id": "D1", "names": ["Gout", "Podagra"]}, {"id": "D2", "names": ["Gouty arthritis", "gout"]}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_build_info_and_search(angel, source):
    folder = source.with_name("kb")
    provenance = ("--version", "7", "--date", "2024-05-01", "--licence", "CC0")
    assert "2 concepts, 3 names" in angel("kb", "build", "jsonl", source, folder, *provenance).stdout
    assert KnowledgeBase.from_disk(folder).provenance.licence == "CC0"
    shown = angel("kb", "info", folder).stdout.split()
    assert {"2", "3", "7", "2024-05-01", "CC0", "jsonl/source.jsonl"} <= set(shown)
    lines = angel("kb", "search", folder, "GOUT").stdout.split("\n")
    assert [line.split()[:2] for line in lines if line.startswith("gout")][:2] == [["gout", "D1"], ["gout", "D2"]]
    assert "gouty arthritis" in "\n".join(lines)
    assert "arthritis" not in angel("kb", "search", folder, "gout", "--limit", 1).stdout.replace("Gouty arthritis", "")
    for nothing in ("xyz", "!!!"):
        assert f"No name begins with {nothing!r}" in angel("kb", "search", folder, nothing).stderr


def test_check_finds_a_file_that_was_altered(angel, source):
    folder = source.with_name("kb")
    angel("kb", "build", "jsonl", source, folder)
    assert "as they were written" in angel("kb", "check", folder.parent).stdout
    with (folder / "concepts" / "spellings.npy").open("ab") as file:
        file.write(b"!")
    result = angel("kb", "check", folder, code=1)
    assert "spellings.npy is not the file that was written; fetch or build" in result.stderr.replace("\n", " ")


def test_the_help_knows_every_kind():
    assert all(kind in KIND_HELP for kind in FORMATS)


def test_prefixes_are_told_kept_and_shown(angel, source):
    folder = source.with_name("kb")
    angel("kb", "build", "jsonl", source, folder, "--prefix", "GeneID", "--prefix", "mesh")
    assert KnowledgeBase.from_disk(folder).resolve("ncbigene:D2") == 1
    assert "MESH, NCBIGENE" in angel("kb", "info", folder).stdout


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["build", "umlaut", "source.jsonl", "kb"], "choose one of angel, chebi, ctd"),
        (["build", "jsonl", "absent.jsonl", "kb"], "check the path"),
        (["build", "jsonl", "broken.jsonl", "kb"], "line 2"),
        (["build", "jsonl", "empty.jsonl", "kb"], "no concept was found; check whether it is a file of kind jsonl"),
        (["build", "jsonl", "source.jsonl", "kb", "--option", "a=1"], "'a'; its options are: none"),
        (["build", "jsonl", "source.jsonl", "kb", "--option", "a"], "--option a: write NAME=VALUE"),
        (["build", "jsonl", "source.jsonl", "kb", "--option", "version=1"], "--option version=1: write NAME=VALUE"),
        (["info", "absent"], "check the path"),
        (["check", "absent"], "`kb build` wrote"),
        (["search", "absent", "x"], "check the path"),
    ],
)
def test_mistakes_end_with_one_line(angel, source, monkeypatch: pytest.MonkeyPatch, args, problem):
    monkeypatch.chdir(source.parent)
    Path("broken.jsonl").write_text('{"id": "D1", "names": ["Gout"]}\n{"id": "D2"}\n')
    Path("empty.jsonl").touch()
    result = angel("kb", *args, code=1)
    assert problem in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not Path("kb").exists()


def test_names_of_other_vocabularies_are_added(angel, tmp_path):
    KnowledgeBase([Concept("D:1", "Gout"), Concept("D:2", "Fever")]).to_disk(tmp_path / "mine")
    lexicon = [Concept("L:1", "GOUT", ("Uric-Acid Arthritis",)), Concept("L:2", "fever", ("Hot Sickness",))]
    KnowledgeBase(lexicon).to_disk(tmp_path / "theirs")
    said = angel("kb", "enrich", tmp_path / "mine", tmp_path / "theirs", "--output", tmp_path / "rich").stdout
    assert "2 names more" in said
    assert KnowledgeBase.from_disk(tmp_path / "rich")["D:2"].names == ("Fever", "Hot Sickness")
    wrong = angel("kb", "enrich", tmp_path / "mine", tmp_path / "absent", "--output", tmp_path / "x", code=1).stderr
    assert "absent" in wrong


def test_what_was_left_out_is_told(angel, tmp_path):
    source = tmp_path / "x.csv"
    source.write_text("id,name\nX1,gout\nX2,\n", encoding="utf8")
    result = angel("kb", "build", "table", source, tmp_path / "kb")
    assert "left out: 1 rows without a name" in result.stderr
    assert "x.csv, line 3" in result.stderr
    assert "1 concepts" in result.stdout


def test_a_vocabulary_inside_a_package_needs_no_file(angel, tmp_path):
    pytest.importorskip("simple_icd_10_cm")
    result = angel("kb", "build", "icd10cm", tmp_path / "kb", "--option", "categories=no")
    assert "concepts" in result.stdout
    assert "codes that have more exact ones" in result.stderr


def test_what_can_be_fetched_is_listed_and_what_cannot_says_why(angel, tmp_path):
    shown = angel("kb", "list").stdout
    assert "mondo" in shown
    assert "CC BY 4.0" in shown
    assert "choose one of mesh, hpo" in angel("kb", "get", "mesch", tmp_path / "x", code=1).stderr
    assert "inside the package simple-icd-10-cm" in angel("kb", "get", "icd10cm", tmp_path / "x", code=1).stderr
    assert "needs your key" in angel("kb", "get", "umls", tmp_path / "x", code=1).stderr.replace("\n", " ")


def test_what_is_fetched_says_its_licence_first_and_how_to_go_on(angel, tmp_path, monkeypatch):
    ours = Vocabulary("x", "Some things", "obo", "CC0", "https://terms", {"x.obo": "https://x/x.obo"})
    monkeypatch.setitem(VOCABULARIES, "x", ours)
    monkeypatch.setattr(
        "angel_spacy.kb.fetch.download", lambda url, target, **_: target.write_text("[Term]\nid: X:1\nname: gout\n")
    )
    lines = angel("kb", "get", "x", tmp_path).stdout.splitlines()
    assert "Licence: CC0. Terms: https://terms" in lines[0]
    command = lines[-1].partition("spacy ")[2].split()
    assert command[:4] == ["angel", "kb", "build", "obo"]
    assert "1 concepts" in angel(*command[1:5], tmp_path / "kb", *command[6:]).stdout


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    one = KnowledgeBase([Concept("D1", "Gout", ("Podagra",), types=("C05",)), Concept("D2", "Fever", types=("C23",))])
    other = KnowledgeBase(
        [Concept("HP:1", "Gout", xrefs=("MESH:D000001",)), Concept("HP:2", "Cold", ("Fever", "Gout"))]
    )
    for name, kb in (("one", one), ("other", other)):
        kb.to_disk(tmp_path / name)
    return tmp_path / "one", tmp_path / "other"


def test_merge_tells_what_became_one_and_writes_it_down(angel, two, tmp_path):
    report = tmp_path / "folds.json"
    shown = angel("kb", "merge", *two, "--output", tmp_path / "both", "--report", report).stdout
    assert "joined by shared names: 1" in shown
    assert "homonyms: 0 + 1 before, 2 now" in shown
    assert "3 concepts of 4" in shown
    assert json.loads(report.read_text())["joined"][0]["id"] == "HP:1"


def test_filter_diff_and_fuzzy_search(angel, two, tmp_path):
    assert "1 concepts of 2" in angel("kb", "filter", two[0], "--type", "C0*", "--output", tmp_path / "part").stdout
    shown = angel("kb", "diff", two[0], tmp_path / "part").stdout
    assert "removed: 1\n    D2 Fever" in shown
    assert "Nothing changed" in angel("kb", "diff", two[0], two[0]).stdout
    assert "podagra" in angel("kb", "search", two[0], "podagrra", "--fuzzy").stdout
    assert "No name looks like" in angel("kb", "search", two[0], "qqq", "--fuzzy").stderr


def test_check_tells_what_is_odd(angel, tmp_path):
    KnowledgeBase([Concept("X:1", "Cold", parents=("X:9",)), Concept("X:2", "cold")]).to_disk(tmp_path / "kb")
    shown = angel("kb", "check", tmp_path / "kb").stdout
    assert "1 names of several concepts (homonyms)" in shown
    assert "X:1 -> X:9" in shown


def test_names_of_another_language_are_told(angel, tmp_path):
    path = tmp_path / "de.csv"
    path.write_text("id,name\nX:1,Blähungen\nX:2,Fußpilz\nX:3,Gicht\n", encoding="utf8")
    assert "letters that are not English" in angel("kb", "build", "table", path, tmp_path / "kb").stderr


def test_names_can_be_cleaned_as_published_checkpoints_want_it(angel, tmp_path):
    (tmp_path / "kb.jsonl").write_text('{"id": "D1", "names": ["Gout"]}\n')
    angel("kb", "build", "jsonl", tmp_path / "kb.jsonl", tmp_path / "kb", "--normaliser", "angel_spacy.normalise.v1")
    assert KnowledgeBase.from_disk(tmp_path / "kb").normaliser == "angel_spacy.normalise.v1"
    result = angel("kb", "build", "jsonl", tmp_path / "kb.jsonl", tmp_path / "kb", "--normaliser", "mine", code=1)
    assert "'mine' is not registered" in result.output
