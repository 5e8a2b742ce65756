import gzip
import json
from pathlib import Path

import pytest
from tiny import tiny_pipeline

from angel_spacy.corpora.jsonl import read_jsonl
from angel_spacy.pipelines import DEMO_TEXTS


def test_the_demo_shows_a_table_and_writes_jsonl_and_a_page(angel, pipeline, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.txt").write_text("Gout, gout and aspirin.\n\nNothing.\n")
    result = angel("demo", "mine.txt", "--pipeline", pipeline)
    for word in ("mention", "label", "concept", "name", "prob", "runners-up", "Gout x2", "aspirin", "CHEMICAL"):
        assert word in result.stdout
    table = [line for line in result.stdout.splitlines() if str(tmp_path) not in line]
    assert max(map(len, table)) <= 120
    rows = [json.loads(line) for line in Path("angel-demo/annotations.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["mine-1", "mine-2"]
    page = Path("angel-demo/annotations.html").read_text()
    assert page.count("<mark") == 3
    assert "https://meshb.nlm.nih.gov/record/ui?ui=D" in page
    assert str(Path("angel-demo/annotations.html")) in result.stdout
    assert "2/2" in result.stderr


def test_the_shipped_abstracts_are_the_default(angel, pipeline, tmp_path):
    result = angel("demo", "--output", tmp_path / "out", "--pipeline", pipeline)
    shipped = list(read_jsonl(DEMO_TEXTS))
    assert len(list(read_jsonl(tmp_path / "out" / "annotations.jsonl"))) == len(shipped) > 2
    assert all(article.article_id in result.stdout for article in shipped)
    table = [line for line in result.stdout.splitlines() if str(tmp_path) not in line]
    assert max(map(len, table)) <= 120


def test_a_table_says_nil_and_shows_what_was_nearest(angel, tmp_path):
    tiny_pipeline(threshold=1.0).to_disk(tmp_path / "sceptic")
    (tmp_path / "mine.txt").write_text("Gout.\n")
    result = angel("demo", tmp_path / "mine.txt", "--output", tmp_path / "out", "--pipeline", tmp_path / "sceptic")
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("Gout"))
    assert "NIL" in line
    assert line.count("D0") == 2


def test_nil_below_zero_is_not_spoken_of(angel, tmp_path):
    (tmp_path / "mine.txt").write_text("Gout.\n")
    for threshold, spoken in [(0.0, False), (0.25, True)]:
        tiny_pipeline(threshold=threshold).to_disk(tmp_path / "tiny")
        result = angel("demo", tmp_path / "mine.txt", "--output", tmp_path / "out", "--pipeline", tmp_path / "tiny")
        assert "prob: the concept's probability" in result.stdout
        assert ("a mention is NIL" in result.stdout) == spoken


def test_view_of_nothing_or_of_a_damaged_file_fails(angel, tmp_path):
    source, page = tmp_path / "a.jsonl.gz", tmp_path / "a.html"
    source.write_text("")
    assert "no article was found" in angel("view", source, page, code=1).stderr
    assert not page.exists()
    lines = [json.dumps({"id": n, "text": f"gout number {n * 7919 % 10007}"}) for n in range(300)]
    source.write_bytes(gzip.compress("\n".join(lines).encode())[:-300])
    assert "could not be read to its end" in angel("view", source, page, code=1).stderr
    assert "<article>" in page.read_text()


def test_a_missing_file_is_one_line(angel, pipeline, tmp_path):
    result = angel("demo", tmp_path / "absent.txt", "--pipeline", pipeline, code=1)
    assert "check the path" in result.stderr


def test_view_reports_broken_lines_and_draws_the_rest(angel, pipeline, tmp_path):
    (tmp_path / "mine.txt").write_text("Gout.\n")
    angel("annotate", tmp_path / "mine.txt", tmp_path / "a.jsonl", "--pipeline", pipeline)
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write("broken\n")
    result = angel("view", tmp_path / "a.jsonl", tmp_path / "a.html")
    assert "record 2, line 2" in result.stderr
    assert "1 articles" in result.stdout
    assert "<mark" in (tmp_path / "a.html").read_text()
    angel("view", tmp_path / "a.jsonl", tmp_path / "a.html", "--strict", code=1)
    angel("view", tmp_path / "a.jsonl", tmp_path / "a.jsonl", code=1)


def test_the_page_says_why_where_it_is_asked(angel, tmp_path):
    tiny_pipeline(combine="evidence").to_disk(tmp_path / "mine")
    text, links, page = tmp_path / "note.txt", tmp_path / "links.jsonl", tmp_path / "why.html"
    text.write_text("gout was seen after aspirin.")
    angel("annotate", text, links, "--pipeline", tmp_path / "mine")
    angel("view", links, page, "--explain", tmp_path / "mine")
    html = page.read_text()
    assert html.count("<summary>why</summary>") == html.count("<tr><td>") > 0
    assert "similar +" in html
    assert "the generator writes" in html
    angel("view", links, page)
    assert "<summary>why" not in page.read_text()
