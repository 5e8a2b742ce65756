import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from angel_spacy.corpora.pubtator import read_pubtator

GOOD = ['{"id": "1", "title": "Gout.", "abstract": "Aspirin helps."}', '{"id": "2", "text": "Nothing here."}']
LAST = '{"id": "3", "text": "Renal failure."}'


def read(path: Path) -> list[dict]:
    data = path.read_bytes()
    return [json.loads(line) for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()]


def ids_of(rows: list[dict]) -> list[list[str]]:
    return [mention["concept_ids"] for row in rows for mention in row["mentions"]]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join([*GOOD, LAST]) + "\n")
    return path


def test_every_article_is_written_in_order_and_counted(angel, pipeline, source):
    target = source.with_name("out.jsonl")
    result = angel("annotate", source, target, "--pipeline", pipeline)
    rows = read(target)
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert [[mention["text"] for mention in row["mentions"]] for row in rows] == [
        ["Gout", "Aspirin"],
        [],
        ["Renal failure"],
    ]
    summary = dict(line.split(maxsplit=1) for line in result.stdout.splitlines() if line[:1].isalpha())
    assert summary.items() >= {"articles": "3", "mentions": "3", "linked": "3", "NIL": "0"}.items()
    assert {"abstracts/s", "mentions/s", "seconds", "peak"} <= summary.keys()
    assert "3/3" in result.stderr  # the progress bar


def test_pubtator_out_gzip_in_and_out(angel, pipeline, source):
    packed = source.with_name("packed.jsonl.gz")
    packed.write_bytes(gzip.compress(source.read_bytes()))
    target = source.with_name("out.pubtator.gz")
    angel("annotate", packed, target, "--pipeline", pipeline, "--threshold", 1)
    assert "1\t0\t4\tGout\tDISEASE\t-\n" in gzip.decompress(target.read_bytes()).decode()
    assert next(read_pubtator(target)).text == "Gout. Aspirin helps."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "Gout is old.\n\nAspirin\nhelps.\n"),
        ("a.pubtator", "1|t|Gout.\n1|a|\n\n2|t|Aspirin.\n2|a|\n"),
        (
            "a.xml",
            "<PubmedArticleSet>"
            + "".join(
                f"<PubmedArticle><MedlineCitation><PMID>{n}</PMID><Article><ArticleTitle>{word}</ArticleTitle>"
                "</Article></MedlineCitation></PubmedArticle>"
                for n, word in enumerate(["Gout", "Aspirin"])
            )
            + "</PubmedArticleSet>",
        ),
    ],
)
def test_the_other_formats_in(angel, pipeline, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    angel("annotate", tmp_path / name, tmp_path / "out.jsonl", "--pipeline", pipeline, "--batch-size", 1)
    assert [row["mentions"][0]["text"] for row in read(tmp_path / "out.jsonl")] == ["Gout", "Aspirin"]


def test_another_knowledge_base_and_threshold(angel, pipeline, gout_kb, source):
    target = source.with_name("out.jsonl")
    angel("annotate", source, target, "--pipeline", pipeline, "--kb", gout_kb)
    assert ids_of(read(target)) == [["D006073"]] * 3
    result = angel("annotate", source, target, "--pipeline", pipeline, "--kb", gout_kb, "--threshold", 1)
    assert ids_of(read(target)) == [[]] * 3
    assert "probability 1 or more" in result.stdout


def test_the_settings_of_speed_are_the_pipelines_unless_given(angel, pipeline, source):
    target = source.with_name("out.jsonl")
    angel("annotate", source, target, "--pipeline", pipeline)
    assert all(mention["candidates"][0]["score"] < 0 for row in read(target) for mention in row["mentions"])
    given = ("--precision", "float32", "--exact-match", "skip", "--beam-margin", 2)
    angel("annotate", source, target, "--pipeline", pipeline, *given)
    assert ids_of(read(target)) == [["D006073"], ["D001241"], ["D051437"]]
    candidates = [mention["candidates"] for row in read(target) for mention in row["mentions"]]
    assert [[candidate["score"] for candidate in of] for of in candidates] == [[0.0]] * 3


def test_a_broken_line_in_the_middle_is_reported_with_its_number_and_the_rest_written(angel, pipeline, source):
    source.write_text("\n".join([GOOD[0], '{"id": "broken', LAST]))
    target = source.with_name("out.jsonl")
    result = angel("annotate", source, target, "--pipeline", pipeline)
    assert f"{source}, record 2, line 2: expected one JSON object" in result.stderr
    assert "1 problems were reported" in result.stderr
    assert [row["id"] for row in read(target)] == ["1", "3"]
    result = angel("annotate", source, target, "--pipeline", pipeline, "--strict", code=1)
    assert "record 2, line 2" in result.stderr


def test_a_truncated_gzip_gives_what_can_be_read(angel, pipeline, source):
    lines = [json.dumps({"id": str(n), "text": f"gout number {n * 7919 % 10007}"}) for n in range(300)]
    packed = source.with_name("cut.jsonl.gz")
    packed.write_bytes(gzip.compress("\n".join(lines).encode())[:-300])
    target = source.with_name("out.jsonl")
    result = angel("annotate", packed, target, "--pipeline", pipeline, code=1)
    assert "could not be read to its end" in result.stderr
    assert "cannot read on" in result.stderr
    assert 0 < len(read(target)) < 300
    angel("annotate", packed, target, "--pipeline", pipeline, "--strict", code=1)


@pytest.mark.parametrize(("content", "problem"), [("", "no article was found"), ("broken\n", "record 1, line 1")])
def test_a_file_without_articles_fails_and_leaves_what_was_there(angel, pipeline, source, content, problem):
    source.write_text(content)
    target = source.with_name("out.jsonl")
    target.write_text("from before")
    result = angel("annotate", source, target, "--pipeline", pipeline, code=1)
    assert problem in result.stderr
    assert "no article was found" in result.stderr
    assert target.read_text() == "from before"
    assert problem in angel("annotate", source, target, "--pipeline", pipeline, "--strict", code=1).stderr


def test_stopping_at_a_bad_record_leaves_no_file_that_looks_complete(angel, pipeline, source):
    source.write_text("\n".join([*GOOD, "broken"]))
    target = source.with_name("out.jsonl")
    angel("annotate", source, target, "--pipeline", pipeline, "--strict", code=1)
    assert not target.exists()
    angel("annotate", source, target, "--pipeline", pipeline)
    assert sorted(path.name for path in source.parent.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_odd_texts_come_out_whole(angel, pipeline, source):
    texts = ["x " * 49_998 + "gout", "NUL\0 gout", "🦶🏽 gout", "مرض نقرس", "gou\u0301t", "", " \n "]
    source.write_text("\n".join(json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)))
    target = source.with_name("out.jsonl")
    angel("annotate", source, target, "--pipeline", pipeline)
    rows = read(target)
    assert [row["abstract"] for row in rows] == texts
    assert [len(row["mentions"]) for row in rows] == [1, 1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"id": "1", "text": "Gout.", "mentions": [{"start": 2, "end": 99, "label": "X"}]}\n'),
        ("a.pubtator", "1|t|Gout.\n1\t2\t99\tout\tDisease\tD1\nrubbish\n"),
    ],
)
def test_mentions_that_are_replaced_anyway_are_not_looked_at(angel, pipeline, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    result = angel("annotate", tmp_path / name, tmp_path / "out.jsonl", "--pipeline", pipeline, "--strict")
    assert "⚠" not in result.stderr
    assert [mention["text"] for mention in read(tmp_path / "out.jsonl")[0]["mentions"]] == ["Gout"]


def test_a_file_of_another_kind_is_called_what_it_looks_like(angel, pipeline, tmp_path):
    (tmp_path / "a.xml").write_text("<html><body>Gout.</body></html>")
    result = angel("annotate", tmp_path / "a.xml", tmp_path / "out.jsonl", "--pipeline", pipeline, code=1)
    assert "found a web page" in result.stderr
    assert "no article was found" in result.stderr


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["absent.jsonl", "out.jsonl"], "there is no such file"),
        (["in.jsonl", "out.csv"], "End the name with .jsonl, .pubtator, .xml, .json, .parquet or .spacy"),
        (["in.jsonl", "."], "there is a folder of that name"),
        (["in.jsonl", "in.jsonl"], "input and output are one file"),
        (["in.jsonl", "in.jsonl/out.jsonl"], "check the path"),
        (["in.jsonl", "out.jsonl", "--input-format", "bioc"], "choose one of these"),
        (["in.jsonl", "out.jsonl", "--pipeline", "no_such_pipeline"], "Give a pipeline folder"),
        (["in.jsonl", "out.jsonl", "--threshold", "7"], "use 0 to 1"),
        (["in.jsonl", "out.jsonl", "--kb", "absent"], "check the path"),
        (["in.jsonl", "out.jsonl", "--precision", "float8"], "use one of float32"),
        (["in.jsonl", "out.jsonl", "--exact-match", "maybe"], "use one of off, prefer, skip"),
        (["in.jsonl", "out.jsonl", "--beam-margin", "-1"], "use 0 or more"),
    ],
)
def test_mistakes_end_with_one_line_and_leave_the_input_alone(
    angel, pipeline, source, monkeypatch: pytest.MonkeyPatch, args, problem
):
    monkeypatch.chdir(source.parent)
    before = source.read_bytes()
    result = angel("annotate", "--pipeline", pipeline, *args, code=1)
    assert problem in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert [path.name for path in source.parent.iterdir()] == ["in.jsonl"]
    assert source.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may write everywhere")
def test_where_nothing_may_be_written_is_told_before_the_pipeline_is_read(angel, source):
    room = source.parent / "room"
    room.mkdir(mode=0o500)
    result = angel("annotate", source, room / "deep" / "out.jsonl", "--pipeline", "no_such_pipeline", code=1)
    assert "nothing may be written into" in result.stderr


@pytest.mark.parametrize("command", ["annotate", "demo"])
def test_the_help_says_what_an_article_of_plain_text_is(angel, command):
    assert "each paragraph is an article" in " ".join(angel(command, "--help").stdout.split())


def test_it_is_a_command_of_spacy():
    command = [sys.executable, "-m", "spacy", "angel", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "python -m spacy angel" in done.stdout
    for name in ("annotate", "kb", "train", "corpus", "demo", "view", "evaluate", "calibrate"):
        assert f"\n  {name} " in done.stdout


def test_lists_of_names_get_the_ids_of_all_where_that_is_asked_for(angel, pipeline, tmp_path):
    source, ids = tmp_path / "in.pubtator", []
    source.write_text("1|t|Gout and aspirin.\n1|a|\n1\t0\t16\tGout and aspirin\tEntity\n\n")
    for more in ((), ("--composites",)):
        target = tmp_path / f"out{len(more)}.jsonl"
        angel("annotate", source, target, "--pipeline", pipeline, "--given", "--exact-match", "prefer", *more)
        ids += ids_of(read(target))
    assert len(ids[0]) == 1
    assert set(ids[1]) == {"D006073", "D001241"}


def test_given_mentions_get_ids_and_the_rest_of_the_file_stays(angel, pipeline, tmp_path):
    source, target = tmp_path / "ner.pubtator", tmp_path / "out.pubtator"
    source.write_text("1|t|Gout hurts.\n1|a|\n1\t0\t4\tGout\tDISEASE\n1\tCID\tD1\tD2\n\n")
    angel("annotate", source, target, "--pipeline", pipeline, "--given", "--threshold", 0)
    lines = target.read_text().split("\n")
    assert lines[2].startswith("1\t0\t4\tGout\tDISEASE\t")
    assert lines[2].split("\t")[5] not in ("", "-")
    assert lines[3:] == ["1\tCID\tD1\tD2", "", ""]
    angel("annotate", source, tmp_path / "out.json", "--pipeline", pipeline, "--given", "--threshold", 0)
    assert '"identifier"' in (tmp_path / "out.json").read_text()
