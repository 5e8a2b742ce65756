import pytest
from fastapi.testclient import TestClient
from spacy.language import Language
from tiny import articles, tiny_pipeline

from angel_spacy.annotation.stream import annotate
from angel_spacy.component.given import linked_as_given
from angel_spacy.corpora.jsonl import record_of
from angel_spacy.records import Article, Mention

TEXTS = ["Gout and aspirin.", "", "Renal failure 🙂 gout", "Nothing."]


def test_texts_get_the_links_that_annotate_gives(client: TestClient):
    alone = [record_of(one) for one in annotate(tiny_pipeline(), articles(*TEXTS))]
    found = client.post("/link", json={"texts": TEXTS}).json()["articles"]
    assert [one["id"] for one in found] == ["1", "2", "3", "4"]
    assert [one | {"id": ""} for one in found] == [one | {"id": ""} for one in alone]
    assert sum(len(one["mentions"]) for one in found) == 4


def test_articles_keep_id_title_and_abstract(client: TestClient):
    asked = [{"id": 7, "title": "Gout.", "abstract": "Aspirin."}, {"text": "gout", "pmid": "9", "error": "of before"}]
    first, second = client.post("/link", json={"articles": asked}).json()["articles"]
    assert (first["id"], first["title"], first["abstract"]) == ("7", "Gout.", "Aspirin.")
    assert [one["text"] for one in first["mentions"]] == ["Gout", "Aspirin"]
    assert (second["id"], second["abstract"], len(second["mentions"]), "error" in second) == ("2", "gout", 1, False)


def test_given_mentions_are_linked_and_no_others(client: TestClient):
    text = "Kidney trouble and gout."
    mentions = (Mention("Kidney trouble", 0, 14, "DISEASE"),)
    nlp = tiny_pipeline()
    (alone,) = linked_as_given(nlp, nlp.get_pipe("angel_linker"), [Article("a", "", text, mentions)])
    mention = {"start": 0, "end": 14, "label": "DISEASE", "text": "Kidney trouble"}
    asked = {"id": "a", "text": text, "mentions": [mention]}
    (found,) = client.post("/link", json={"articles": [asked], "given": True}).json()["articles"]
    assert found == record_of(alone)
    (anew,) = client.post("/link", json={"articles": [found]}).json()["articles"]
    assert [one["text"] for one in anew["mentions"]] == ["gout"]


def test_a_mention_in_parts_is_linked(client: TestClient):
    mention = {"start": 0, "end": 23, "label": "DISEASE", "fragments": [[0, 5], [16, 23]]}
    asked = {"articles": [{"text": "renal and heart failure", "mentions": [mention]}], "given": True}
    (found,) = client.post("/link", json=asked).json()["articles"]
    assert found["mentions"][0]["fragments"] == mention["fragments"]
    asked["articles"][0]["mentions"][0]["fragments"] = [[0, 5, 7]]
    assert client.post("/link", json=asked).status_code == 422


@pytest.mark.parametrize("given", [False, True])
def test_an_article_that_fails_says_so_and_harms_no_other(client: TestClient, given: bool):
    mentions = [{"start": 0, "end": 4}]
    asked = [{"text": text, "mentions": mentions} for text in ("gout", "boom gout", "gout too")]
    answer = client.post("/link", json={"articles": asked, "given": given})
    assert answer.status_code == 200
    found = answer.json()["articles"]
    assert [one.get("error", "") for one in found] == ["", "RuntimeError: it went off", ""]
    assert [len(one["mentions"]) for one in found] == [1, 0, 1]


def test_the_worker_survives_work_that_fails(client: TestClient):
    assert client.post("/explain", json={"text": "boom", "start": 0, "end": 4}).status_code == 500
    assert client.post("/link", json={"texts": ["gout"]}).status_code == 200


def test_a_mention_is_explained(knowing: TestClient):
    asked = {"text": "Gout and fever", "start": 0, "end": 4, "label": "DISEASE"}
    told = knowing.post("/explain", json=asked).json()
    assert told["lines"][0].startswith("D006073 Gout (0.9")
    assert "the generator writes 'gout'" in told["lines"][-1]
    assert told["candidates"][0]["id"] == "D006073"
    assert all(line.split()[-1][0] in "+-" for one in told["candidates"] for line in one["lines"])


def test_a_concept_is_compared_with_the_winner(knowing: TestClient):
    asked = {"text": "Gout and fever", "start": 0, "end": 4, "label": "DISEASE", "concept_id": "D005334"}
    first, second, third = knowing.post("/explain", json=asked).json()["lines"]
    assert (first.split()[0], second.split()[0]) == ("D005334", "D006073")
    assert "against 'fever'" in third
    itself = knowing.post("/explain", json=asked | {"concept_id": "D006073"}).json()["lines"]
    assert [line.split()[0] for line in itself] == ["D006073"]


def test_what_cannot_be_explained_is_said(knowing: TestClient, client: TestClient):
    asked = {"text": "Gout and fever", "start": 0, "end": 4}
    unknown = knowing.post("/explain", json=asked | {"concept_id": "X:1"})
    assert (unknown.status_code, "no concept 'X:1'" in unknown.json()["error"]) == (422, True)
    outside = knowing.post("/explain", json=asked | {"end": 40})
    assert (outside.status_code, "not inside the text" in outside.json()["error"]) == (422, True)
    unweighed = client.post("/explain", json=asked)
    assert (unweighed.status_code, "set combine" in unweighed.json()["error"]) == (422, True)
    blank = knowing.post("/explain", json={"text": "a  b", "start": 1, "end": 2})
    assert (blank.status_code, blank.json()) == (200, {"lines": [], "candidates": []})


HALF = '"\\ud83d"'
BROKEN = {
    "no JSON": (b'{"texts": ["a"', 400),
    "not UTF-8": (b'{"texts": ["\xff"]}', 400),
    "half a character": (f'{{"texts": [{HALF}]}}'.encode(), 400),
    "half a character where nobody looks": (f'{{"texts": ["a"], {HALF}: {HALF}}}'.encode(), 400),
    "NaN": (b'{"texts": ["a"], "more": NaN}', 400),
    "infinity": (b'{"texts": ["a"], "more": -Infinity}', 400),
    "deep": (b'{"texts": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", 400),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "a number of many digits": (b'{"texts": [' + b"9" * 10_000 + b"]}", 400),
    "nothing": (b"", 422),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "neither": (b"{}", 422),
    "both": (b'{"texts": ["a"], "articles": []}', 422),
    "no text": (b'{"articles": [{"id": "a"}]}', 422),
    "a number as text": (b'{"texts": [1]}', 422),
    "given without articles": (b'{"texts": ["gout"], "given": true}', 422),
    "a mention outside": (b'{"articles": [{"text": "a", "mentions": [{"start": 0, "end": 9}]}], "given": true}', 422),
    "an empty mention": (b'{"articles": [{"text": "a", "mentions": [{"start": 0, "end": 0}]}], "given": true}', 422),
    "a huge offset": (b'{"articles": [{"text": "a", "mentions": [{"start": 0, "end": 1e99}]}], "given": true}', 422),
    "another text": (
        b'{"articles": [{"text": "ab", "mentions": [{"start": 0, "end": 1, "text": "b"}]}], "given": true}',
        422,
    ),
}


@pytest.mark.parametrize(("body", "status"), BROKEN.values(), ids=BROKEN)
def test_broken_requests_are_refused_in_one_sentence(client: TestClient, body: bytes, status: int):
    answer = client.post("/link", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"]


def test_json_must_be_called_so(client: TestClient):
    """A page of another origin may send plain text unasked, but not JSON."""
    answer = client.post("/link", content=b'{"texts": ["gout"]}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_a_text_of_many_kinds_of_characters_comes_back_as_it_was(client: TestClient):
    text = "NUL\0 \u2028 \ufeff gou\u0301t 🦶🏽 نقرس \r\n\t"
    (found,) = client.post("/link", json={"texts": [text]}).json()["articles"]
    assert found["abstract"] == text
    assert [one["text"] for one in found["mentions"]] == ["نقرس"]


def test_the_mentions_that_are_not_asked_about_may_be_wrong(client: TestClient):
    asked = {"articles": [{"text": "gout", "mentions": [{"start": 3, "end": 99}]}]}
    assert client.post("/link", json=asked).status_code == 200


def test_a_pipeline_without_a_linker_is_refused():
    import spacy

    from angel_spacy.errors import ConfigError
    from angel_spacy.service import create_app

    with pytest.raises(ConfigError, match="no angel_linker"):
        create_app(spacy.blank("en"))


def test_nothing_of_a_request_stays_in_the_pipeline(client: TestClient, moody: Language):
    before = list(moody.pipe_names)
    client.post("/link", json={"articles": [{"text": "boom", "mentions": [{"start": 0, "end": 4}]}], "given": True})
    assert moody.pipe_names == before
