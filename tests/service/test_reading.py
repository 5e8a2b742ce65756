import gzip
import io
import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from service_toys import Serve

from angel_spacy.service import reading

PUBTATOR = b"1|t|Gout.\n1|a|Aspirin.\n1\t0\t4\tGout\tDisease\tD006073\n\n"
JSONL = json.dumps({"id": "1", "title": "Gout.", "abstract": "Aspirin.", "mentions": [{"start": 0, "end": 4}]}).encode()
PUBMED = (
    b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Gout.</ArticleTitle>"
    b"<Abstract><AbstractText>Aspirin.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    b"</PubmedArticleSet>"
)
BIOC = (
    b"<collection><document><id>1</id><passage><offset>0</offset><text>Gout. Aspirin.</text></passage></document>"
    b"</collection>"
)
FILES = {
    "a.pubtator": PUBTATOR,
    "a.jsonl": JSONL,
    "a.xml": PUBMED,
    "b.xml": BIOC,
    "a.txt": b"Gout. Aspirin.",
    "no suffix": PUBTATOR,
    "a.pubtator.gz": gzip.compress(PUBTATOR),
    "two parts.pubtator.gz": gzip.compress(PUBTATOR[:20]) + gzip.compress(PUBTATOR[20:]),
    "../../etc/passwd.jsonl": JSONL,
    "..\\a.jsonl": JSONL,
    "\0.jsonl": JSONL,
    "é" * 150 + ".pubtator": PUBTATOR,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def read(client: TestClient, name: str, content: bytes):
    return client.post("/read", params={"name": name}, content=content)


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_whatever_they_are(client: TestClient, folder: Path, name: str):
    answer = read(client, name, FILES[name])
    assert answer.status_code == 200, answer.text
    assert answer.json()["problems"] == []
    (article,) = answer.json()["articles"]
    assert f"{article['title']} {article['abstract']}".strip() == "Gout. Aspirin."
    assert list(folder.iterdir()) == []


def test_what_was_considered_for_mentions_is_kept(client: TestClient):
    linked = client.post("/link", json={"texts": ["Gout and aspirin."]}).json()["articles"]
    lines = "".join(json.dumps(one) + "\n" for one in linked).encode()
    assert read(client, "a.jsonl", lines).json()["articles"] == linked


def test_problems_are_told_without_the_name_of_our_folder(client: TestClient):
    second = PUBTATOR.replace(b"1|", b"2|").replace(b"1\t", b"2\t")
    answer = read(client, "my.pubtator", PUBTATOR + b"broken\n\n" + second)
    assert [one["id"] for one in answer.json()["articles"]] == ["1", "2"]
    (problem,) = answer.json()["problems"]
    assert problem.startswith("my.pubtator, record 2")


def test_many_problems_are_counted(client: TestClient):
    problems = read(client, "a.jsonl", b"{\n" * 1000).json()["problems"]
    assert len(problems) == 101
    assert problems[-1].startswith("There are 900 more")


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../a.jsonl", content)
    return buffer.getvalue()


REFUSED = {
    "gzip bomb": ("a.jsonl.gz", gzip.compress(b" " * 1_000_000), 413, "unpacks to more"),
    "bomb in parts": ("a.jsonl.gz", gzip.compress(b" " * 30_000) * 200, 413, "unpacks to more"),
    "packed twice": ("a.jsonl.gz", gzip.compress(gzip.compress(b"x" * 10_000_000)), 422, "packed twice"),
    "zip": ("a.zip", zipped(b" " * 10_000), 422, "zip archive"),
    "zip in gzip": ("a.gz", gzip.compress(zipped(b"a")), 422, "zip archive"),
    "cut gzip": ("a.jsonl.gz", gzip.compress(JSONL)[:-20], 422, "ends too early"),
    "damaged gzip": ("a.jsonl.gz", b"\x1f\x8b" + b"nonsense" * 10, 422, "damaged"),
    "parquet": ("a.parquet", b"PAR1" + b"\0" * 100, 422, "not read here"),
    "parquet by its beginning": ("a", b"PAR1" + b"\0" * 100, 422, "not read here"),
    "docbin": ("a.spacy", b"\0" * 100, 422, "not read here"),
    "a pair of files": ("a.source", b"text", 422, "not read here"),
    "a vocabulary": ("a.obo", b"format-version: 1.2", 422, "no corpus"),
    "what its name does not say": ("a.json", b"[1, 2]", 422, "begins as no file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_read_is_refused_and_leaves_nothing(serve: Serve, folder: Path, case: str):
    name, content, status, words = REFUSED[case]
    answer = read(serve(bytes=100_000), name, content)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    assert str(folder) not in answer.text
    assert list(folder.iterdir()) == []


def test_entities_of_xml_are_refused(client: TestClient, folder: Path):
    (folder / "secret").write_text("do not tell")
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file://%s/secret">]>'
    answer = read(client, "a.xml", entities % str(folder).encode() + PUBMED.replace(b"Aspirin.", b"&b;&c;"))
    assert (answer.status_code, "remove the DTD" in answer.json()["error"]) == (422, True)


def test_a_file_that_takes_too_long_is_refused(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    now = iter(range(0, 10_000, 40))
    monkeypatch.setattr(reading.time, "monotonic", lambda: float(next(now)))
    answer = read(serve(), "a.jsonl", (JSONL + b"\n") * 10)
    assert (answer.status_code, "too long" in answer.json()["error"]) == (413, True)


def test_a_file_needs_a_name(client: TestClient):
    assert client.post("/read", content=b"gout").status_code == 422
    assert read(client, "", b"gout").json()["articles"][0]["id"] == "file-1"
    assert read(client, "a.txt", b"").json() == {"articles": [], "problems": []}
