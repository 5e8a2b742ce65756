import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.corpora.jsonl import jsonl_line, read_jsonl, read_linked
from angel_spacy.errors import CorpusError
from angel_spacy.pipelines import DEMO_TEXTS
from angel_spacy.records import Article, Candidate, LinkedArticle, LinkedMention, Mention

GOOD = {"id": "1", "title": "Gout.", "abstract": "It hurts."}
ABSTRACTS = Path(__file__).parents[2].parent / "shared" / "data" / "pubmed" / "abstracts.jsonl.gz"


def save(folder: Path, *lines: str) -> Path:
    path = folder / "in.jsonl"
    path.write_text("".join(line + "\n" for line in lines))
    return path


def with_mention(**mention: object) -> str:
    return json.dumps({**GOOD, "mentions": [mention]})


def test_both_record_forms_and_repeated_ids(tmp_path: Path):
    path = save(tmp_path, json.dumps(GOOD), "", json.dumps({"id": "1", "text": "Gout. It hurts."}))
    first, second = read_jsonl(path)
    assert (first.title, first.text, second.title) == ("Gout.", second.text, "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"id": 2, "text": "Gout."}', Article("2", "", "Gout.")),
        ('{"pmid": 31, "title": "Gout."}', Article("31", "Gout.", "")),
        ('{"id": "a", "pmid": 31, "title": null, "abstract": "Gout."}', Article("a", "", "Gout.")),
        ('{"pmid": "31", "title": "Gout.", "abstract": null}', Article("31", "Gout.", "")),
    ],
)
def test_ids_may_be_numbers_and_parts_of_the_text_absent(tmp_path: Path, line: str, expected: Article):
    assert list(read_jsonl(save(tmp_path, line))) == [expected]


@pytest.mark.parametrize("article", [Article("1", "", "x"), Article("1", "x", ""), Article("1", "", "")])
def test_title_and_abstract_are_always_written(tmp_path: Path, article: Article):
    line = jsonl_line(LinkedArticle(article))
    assert list(json.loads(line)) == ["id", "title", "abstract", "mentions"]
    assert list(read_jsonl(save(tmp_path, line))) == [article]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{not json", "expected one JSON object"),
        ("[" * 100_000, "expected one JSON object"),
        ("[1]", "found list"),
        ('{"text": "no id"}', "the field `id` is missing"),
        ('{"id": "2"}', "there is no text"),
        ('{"id": "2", "title": 5}', "expected a string under `title`, found 5"),
        ('{"id": 2.5, "text": "number"}', "expected a string under `id`, found 2.5"),
        ('{"id": true, "text": "number"}', "expected a string under `id`, found True"),
        ('{"id": "2", "text": null}', "expected a string under `text`, found None"),
        ('{"id": "2", "text": "\\ud83d"}', "half a surrogate pair"),
        ('{"id": "2", "text": "x", "mentions": {}}', "expected a list under `mentions`"),
    ],
)
def test_a_broken_record_raises_or_is_reported_and_skipped(tmp_path: Path, line: str, problem: str):
    path = save(tmp_path, json.dumps(GOOD), line, json.dumps(GOOD))
    with pytest.raises(CorpusError, match="record 2, line 2"):
        list(read_jsonl(path))
    reported: list[CorpusError] = []
    assert len(list(read_jsonl(path, reported.append))) == 2
    assert [problem in str(error) for error in reported] == [True]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (with_mention(start=0, end=99), "not inside the text of 15 characters"),
        (with_mention(start=3, end=3), "not inside"),
        (with_mention(start=-2, end=3), "not inside"),
        (with_mention(start=True, end=4), "not inside"),
        (with_mention(end=4), "not inside"),
        (with_mention(start=0, end=4, text="pain"), "the text has 'Gout'"),
        (with_mention(start=0, end=4, concept_id=7), "under `concept_id`"),
        (with_mention(start=0, end=4, concept_ids="D1"), "a list of strings under `concept_ids`"),
        (with_mention(start=0, end=4, concept_ids=["D1", 7]), "a list of strings under `concept_ids`"),
        (with_mention(start=0, end=4, concept_ids=[], concept_id="D1"), "keep one of the two"),
        (with_mention(start=0, end=4, candidates=[{"id": "D1"}]), "a candidate cannot be read"),
        (with_mention(start=0, end=4, candidates=[3]), "a candidate cannot be read"),
        (with_mention(start=0, end=4, candidates=3), "a list under `candidates`"),
        (json.dumps({**GOOD, "mentions": ["Gout"]}), "expected a mention object"),
    ],
)
def test_a_broken_mention_is_reported_and_its_article_stays(tmp_path: Path, line: str, problem: str):
    reported: list[CorpusError] = []
    (article,) = read_jsonl(save(tmp_path, line), reported.append)
    assert (article.text, article.mentions) == ("Gout. It hurts.", ())
    assert [problem in str(error) for error in reported] == [True]


def test_bytes_that_are_not_utf8_cost_one_line(tmp_path: Path):
    path = tmp_path / "in.jsonl"
    good = json.dumps(GOOD).encode() + b"\n"
    path.write_bytes(good + b'{"id": "2", "text": "caf\xe9"}\n' + good)
    reported: list[CorpusError] = []
    assert len(list(read_jsonl(path, reported.append))) == 2
    assert "line 2: expected UTF-8" in str(reported[0])


def test_a_truncated_gzip_gives_what_is_left_and_says_so(tmp_path: Path):
    path = tmp_path / "in.jsonl"
    lines = [json.dumps({**GOOD, "abstract": f"{number**9}"}) for number in range(3000)]
    whole = gzip.compress("\n".join(lines).encode())
    path.write_bytes(whole[: len(whole) // 2])
    reported: list[CorpusError] = []
    n_read = len(list(read_jsonl(path, reported.append)))
    assert 0 < n_read < 3000
    assert len(reported) == 1
    with pytest.raises(CorpusError, match="fetch the file again"):
        list(read_jsonl(path))


def test_a_mention_without_a_concept_says_why():
    nil = LinkedMention(Mention("Gout", 0, 4, "DISEASE"), nil_reason="below the threshold")
    (row,) = json.loads(jsonl_line(LinkedArticle(Article("1", "Gout.", ""), (nil,))))["mentions"]
    assert (row["concept_ids"], row["candidates"], row["nil_reason"]) == ([], [], "below the threshold")


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({}, ()),
        ({"concept_id": None}, ()),
        ({"concept_id": ""}, ()),
        ({"concept_id": "D1"}, ("D1",)),
        ({"concept_id": "c|SUB|G|304|A"}, ("c|SUB|G|304|A",)),
        ({"concept_ids": ["D1", "p|SUB|V|600|E;HGVS:V600E"]}, ("D1", "p|SUB|V|600|E;HGVS:V600E")),
    ],
)
def test_ids_are_a_list_or_one_written_by_hand(tmp_path: Path, fields: dict, ids: tuple[str, ...]):
    (article,) = read_jsonl(save(tmp_path, with_mention(start=0, end=4, label=None, **fields)))
    assert article.mentions == (Mention("Gout", 0, 4, "", ids),)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
floats = st.floats(allow_nan=False, allow_infinity=False)
candidates = st.builds(Candidate, texts, texts, texts, floats, floats, st.lists(texts, max_size=2).map(tuple))
ids = st.lists(texts.filter(bool) | st.sampled_from(["c|SUB|G|304|A", "a,b+c", "-1"]), max_size=3).map(tuple)


@given(texts, texts.filter(bool), st.lists(candidates, max_size=3).map(tuple), ids, texts, texts)
def test_whatever_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    title: str,
    abstract: str,
    found: tuple[Candidate, ...],
    ids: tuple[str, ...],
    nil_reason: str,
    error: str,
):
    article = Article("x", title, abstract)
    mention = Mention(article.text[:2], 0, len(article.text[:2]), "DISEASE", ids)
    linked = LinkedArticle(article, (LinkedMention(mention, found, nil_reason),), error)
    path = save(tmp_path_factory.getbasetemp(), jsonl_line(linked))
    assert list(read_linked(path)) == [linked]
    assert list(read_jsonl(path)) == [linked.article]


def test_the_demo_reads_and_its_abstracts_have_the_usual_length():
    demo = list(read_jsonl(DEMO_TEXTS))
    assert len({article.article_id for article in demo}) == 6
    assert all(90 <= len(article.abstract.split()) <= 160 for article in demo)


def test_the_shared_abstracts_stream():
    if not ABSTRACTS.exists():
        pytest.skip(f"{ABSTRACTS} is absent: real abstracts are not part of the project")
    assert next(read_jsonl(ABSTRACTS)).abstract
