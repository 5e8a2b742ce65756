import gzip
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import FORMATS, Concept, read_kb
from angel_spacy.kb.readers import Format, Source

REAL = Path(__file__).parents[3] / "shared" / "data" / "kb"

CTD_HEADER = "# Diseases\n# Fields:\n# DiseaseName\tDiseaseID\tAltDiseaseIDs\tDefinition\tParentIDs\tSynonyms\n#\n"
CTD_ROW = "Gout\tMESH:D1\tOMIM:100001|DO:DOID:7\tCrystals.\tMESH:D0\tGouty|Podagra\n"
MEDIC_ROW = "D1|100001|100002||Gout|Podagra\n"
JSONL_ROW = '{"id": "D1", "names": ["Gout", "Podagra"], "alt_ids": ["X:1"], "types": ["Disease"], "definition": "d"}\n'

GOOD = {
    "jsonl": (JSONL_ROW, Concept("D1", "Gout", ("Podagra",), ("X:1",), ("Disease",), "d")),
    "angel": (
        '{"D1|215600": ["gout", "podagra"], "D2": ["x"]}',
        Concept("D1", "gout", ("podagra",), ("215600",)),
    ),
    "medic": (MEDIC_ROW, Concept("D1", "Gout", ("Podagra",), ("100001", "100002"), ("Disease",))),
    "ctd": (
        CTD_HEADER + CTD_ROW,
        Concept(
            "MESH:D1",
            "Gout",
            ("Gouty", "Podagra"),
            ("OMIM:100001", "DO:DOID:7"),
            ("Disease",),
            "Crystals.",
            parents=("MESH:D0",),
        ),
    ),
    "ssslm": (
        "text\tcurie\tname\tpredicate\n"
        + "gout\tx:1\tgout\trdfs:label\npodagra\tx:1\tgout\toboInOwl:hasExactSynonym\n",
        Concept("x:1", "gout", ("podagra",)),
    ),
    "mesh-tsv": ("D1\tGout\tPodagra|Gouty\nD2\tKnee\t\n", Concept("D1", "Gout", ("Podagra", "Gouty"))),
}


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "source"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_every_example_is_of_a_kind_that_there_is() -> None:
    assert GOOD.keys() <= FORMATS.keys()


@pytest.mark.parametrize("kind", GOOD)
def test_sources_are_read_packed_or_not(kind: str, tmp_path: Path) -> None:
    content, first = GOOD[kind]
    assert next(FORMATS[kind].read(Source(written(tmp_path, content)))) == first
    assert next(FORMATS[kind].read(Source(written(tmp_path, gzip.compress(content.encode()))))) == first
    windows = b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()
    assert next(FORMATS[kind].read(Source(written(tmp_path, windows)))) == first


@pytest.mark.parametrize("kind", GOOD)
def test_a_kb_knows_its_source(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD[kind][0])
    kb = read_kb(kind, path, version="7", date="2020-01-01", licence="CC0")
    source = kb.provenance
    assert (source.source, source.version, source.date, source.licence) == (f"{kind}/source", "7", "2020-01-01", "CC0")
    assert source.sha256 == sha256(path.read_bytes()).hexdigest()
    assert kb.concept(0) == GOOD[kind][1]


BROKEN = [
    ("jsonl", JSONL_ROW + "{oops\n", "line 2: not JSON"),
    ("jsonl", JSONL_ROW + "\n[1]\n", "line 3: expected a JSON object"),
    ("jsonl", '{"id": "D1", "names": ["a"], "colour": 1}', "line 1: unknown field colour; remove it"),
    ("jsonl", '{"id": "D1"}', "line 1: 'names' is missing"),
    ("jsonl", '{"id": "D1", "names": "gout"}', "line 1: 'names' is 'gout'; write a list"),
    ("jsonl", '{"id": "D1", "names": ["a", 3]}', "line 1: 'names' is"),
    ("jsonl", '{"id": "D1", "names": ["a", " "]}', "line 1: a name of D1 is blank"),
    ("jsonl", '{"id": 7, "names": ["a"]}', "line 1: 'id' is 7; put it in quotes"),
    ("jsonl", '{"names": ["a"]}', "line 1: the id is missing"),
    ("jsonl", JSONL_ROW + '{"id": "mesh:D1", "names": ["b"]}', "mesh:D1 is in the KB already; merge the two"),
    ("medic", MEDIC_ROW + "D2|100003|Gout\n", "line 2: expected"),
    ("medic", MEDIC_ROW + "D2\n", "line 2: expected"),
    ("medic", "D1||Gout||Podagra\n", "line 1: a name of D1 is blank"),
    ("medic", "||Gout\n", "line 1: the id is missing"),
    ("medic", MEDIC_ROW * 2, "line 2: id D1 is on line 1 too"),
    ("ctd", CTD_ROW, "line 1: the `# Fields:` header lacks DiseaseName"),
    ("ctd", CTD_HEADER.replace("Synonyms", "Words") + CTD_ROW, "line 5: the `# Fields:` header lacks Synonyms"),
    ("ctd", CTD_HEADER + "Gout\tMESH:D1\n", "line 5: expected 6 columns, got 2"),
    ("ctd", CTD_HEADER + CTD_ROW * 2, "line 6: id MESH:D1 is on line 5 too"),
    ("mesh-tsv", "D1\tGout\n", "line 1: expected 3 columns"),
    ("mesh-tsv", "D1\t \tGouty\n", "line 1: a name of D1 is blank"),
    ("mesh-tsv", b"D1\tGout\t\nD2\t\xff\t\n", "line 2: not UTF-8"),
    ("angel", '{"D1": ["a"],\n"D2" 7}', "line 2: not JSON"),
    ("angel", '["D1"]', "expected one JSON object"),
    ("angel", "[" * 100_000, "nested too deep|not JSON"),
    ("angel", '{"D1": ["a"], "D2": "b"}', "entry 2 \\('D2'\\): 'names' is 'b'"),
    ("angel", '{"D1": {"a": "b"}}', "entry 1"),
    ("angel", '{"D1": []}', "entry 1 .*'names' is missing"),
    ("angel", '{"-1": ["a"]}', "entry 1 .*the id is missing"),
    ("angel", '{"D1": ["a"], "D1": ["b"]}', "entry 2 .*the key is used before; merge"),
    ("jsonl", '{"id": "D1", "names": ["?!", "..."]}', "D1 has no usable name"),
    ("jsonl", '{"id": "D1", "names": ["a\\ud800"]}', "D1 holds half a character"),
]


@pytest.mark.parametrize(("kind", "content", "complaint"), BROKEN)
def test_a_broken_line_is_named(kind: str, content: str | bytes, complaint: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(KnowledgeBaseError, match=f"{path}.*(?:{complaint})"):
        read_kb(kind, path)


@pytest.mark.parametrize("kind", GOOD)
def test_a_truncated_archive_is_an_error(kind: str, tmp_path: Path) -> None:
    packed = gzip.compress(GOOD[kind][0].encode())
    path = written(tmp_path, packed[:-10])
    with pytest.raises(KnowledgeBaseError, match=f"{path}, line .*cut short or damaged"):
        read_kb(kind, path)


@pytest.mark.parametrize("kind", ["jsonl", "medic", "ctd", "mesh-tsv"])
def test_an_empty_file_is_an_empty_kb(kind: str, tmp_path: Path) -> None:
    assert len(read_kb(kind, written(tmp_path, ""))) == 0


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match=r"nothing\.tsv.*check the path"):
        read_kb("medic", tmp_path / "nothing.tsv")
    with pytest.raises(KnowledgeBaseError, match="check the path"):
        next(FORMATS["jsonl"].read(Source(tmp_path)))
    with pytest.raises(KnowledgeBaseError, match="'umlaut'; choose one of angel, chebi, ctd"):
        read_kb("umlaut", tmp_path)


def test_composite_and_plain_keys_of_the_benchmark_are_one_concept(tmp_path: Path) -> None:
    content = json.dumps({"D1": ["gout"], "D1|D2": ["gout", "gout and knee pain"], "D2": ["knee pain"]})
    concepts = list(FORMATS["angel"].read(Source(written(tmp_path, content))))
    assert concepts == [Concept("D1", "gout", ("gout and knee pain",), ("D2",)), Concept("D2", "knee pain")]


def test_line_separators_inside_names_end_no_line(tmp_path: Path) -> None:
    kb = read_kb("mesh-tsv", written(tmp_path, "D1\tgout\u2028old\t\nD2\tknee\x85\x0cjoint\t\n"))
    assert list(kb.names()) == ["gout old", "knee joint"]


@pytest.mark.parametrize(
    ("kind", "name", "n_concepts", "some_id", "its_name"),
    [
        ("medic", "medic_2012.txt", 11_915, "OMIM:613097", "stHAG6"),
        ("ctd", "ctd_diseases_2017.tsv.gz", 11_865, "DOID:0060395", "15q24 deletion"),
        ("obo", "doid_2016.obo.gz", 6_874, "DOID:13189", "gout"),
        ("ssslm", "phenotype.ssslm.tsv.gz", None, "HP:0001997", "gout"),
    ],
)
def test_real_sources(kind: str, name: str, n_concepts: int, some_id: str, its_name: str) -> None:
    if not (REAL / name).exists():
        pytest.skip(f"{name} is not in ../shared/data/kb")
    kb = read_kb(kind, REAL / name)
    assert n_concepts in (None, len(kb))
    assert kb.resolve(some_id) in kb.rows_of(its_name)


def test_concepts_can_be_watched_as_they_are_packed(tmp_path: Path) -> None:
    watched: list[Concept] = []

    def watch(concepts: Iterator[Concept]) -> Iterator[Concept]:
        for concept in concepts:
            watched.append(concept)
            yield concept

    kb = read_kb("jsonl", written(tmp_path, JSONL_ROW + JSONL_ROW.replace("D1", "D2")), watch=watch)
    assert watched == list(kb.concepts)


@pytest.mark.parametrize("names", ['["!!!"]', '["gout", 3]'])
def test_errors_of_the_reader_and_of_the_kb_name_the_file_once(tmp_path: Path, names: str) -> None:
    path = written(tmp_path, '{"id": "D1", "names": ' + names + "}\n")
    with pytest.raises(KnowledgeBaseError) as caught:
        read_kb("jsonl", path)
    assert str(caught.value).count(str(path)) == 1


def read_toy(source: Source, *, language: str = "ENG", limit: int) -> Iterator[Concept]:
    names = (source.path / f"{language}.txt").read_text().splitlines()
    return (Concept(f"T:{number}", name) for number, name in enumerate(names[: int(limit)], 1))


@pytest.fixture
def toy_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(FORMATS, "toy", Format("toy", "a toy", read_toy))
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "ENG.txt").write_text("gout\nfever\n")
    (tmp_path / "toy" / "GER.txt").write_text("Gicht\nFieber\n")
    return tmp_path / "toy"


def test_a_reader_may_take_a_folder_and_options(toy_folder: Path) -> None:
    kb = read_kb("toy", toy_folder, language="GER", limit=1)
    assert list(kb.names()) == ["gicht"]
    assert kb.provenance.source == "toy/toy"
    again = read_kb("toy", toy_folder, limit=2).provenance.sha256
    assert again == kb.provenance.sha256
    (toy_folder / "ENG.txt").rename(toy_folder / "English.txt")
    assert read_kb("toy", toy_folder, language="GER", limit=1).provenance.sha256 != again


@pytest.mark.parametrize("options", [{"limit": 1, "speed": 9}, {}])
def test_options_that_a_reader_lacks_or_misses_are_told_with_those_it_has(toy_folder: Path, options: dict) -> None:
    with pytest.raises(KnowledgeBaseError, match=r"kind toy: .*'(speed|limit)'; its options are: language, limit\.$"):
        read_kb("toy", toy_folder, **options)
    with pytest.raises(KnowledgeBaseError, match=r"'speed'; its options are: none\.$"):
        read_kb("medic", toy_folder, speed=9)


def test_a_source_of_genes_can_be_told_its_prefix(tmp_path: Path) -> None:
    kb = read_kb("mesh-tsv", written(tmp_path, "672\tBRCA1\t\n"), prefixes=["ncbigene"])
    assert kb.resolve("GeneID:672") == 0
