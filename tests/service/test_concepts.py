import pytest
from fastapi.testclient import TestClient
from linker_toys import ruler_pipeline, toy_kb, with_linker
from service_toys import Serve

from angel_spacy.kb import Concept


def ids(client: TestClient, q: str, **more: int) -> list[str]:
    return [one["id"] for one in client.get("/search", params={"q": q, **more}).json()["concepts"]]


@pytest.mark.parametrize(
    ("q", "first"),
    [("D006073", "D006073"), ("D999999", "D001241"), ("PODAGRA", "D006073"), ("acetyl", "D001241"), ("gou", "D006073")],
)
def test_an_id_a_name_and_its_beginning_are_found(client: TestClient, q: str, first: str):
    assert ids(client, q)[0] == first


def test_a_name_that_is_spelled_otherwise_is_found_where_evidence_is_weighed(knowing: TestClient, client: TestClient):
    assert ids(knowing, "asprin")[0] == "D001241"
    assert ids(client, "asprin") == []  # this one has no encoder of names


def test_what_begins_so_comes_before_what_lies_near_and_nothing_twice(knowing: TestClient):
    found = ids(knowing, "pyr")
    assert found[0] == "D005334"
    assert sorted(found) == ["D001241", "D005334", "D006073"]
    assert ids(knowing, "pyr", limit=1) == ["D005334"]


@pytest.mark.parametrize("q", ["…", "!?", " "])
def test_what_can_be_no_name_finds_nothing(knowing: TestClient, q: str):
    assert ids(knowing, q) == []


@pytest.mark.parametrize("query", ["", "q=", "q=a&limit=0", "q=a&limit=101", "q=a&limit=x", f"q={'a' * 201}"])
def test_wrong_searches_are_refused(client: TestClient, query: str):
    refused = client.get(f"/search?{query}")
    assert (refused.status_code, list(refused.json())) == (422, ["error"])


def test_a_concept_is_shown_with_all_its_names(serve: Serve):
    kb = toy_kb()
    names = tuple(f"name {i}" for i in range(50))
    kb.add(Concept("X/a b?c#d", "Odd", names, parents=("D006073", "Y:1"), types=("T",), definition="What it is."))
    client = serve(nlp=with_linker(ruler_pipeline(), kb))
    shown = client.get("/concept/X%2Fa%20b%3Fc%23d").json()
    assert shown["names"] == ["Odd", *names]
    assert (shown["parents"], shown["types"], shown["definition"]) == (["D006073", "Y:1"], ["T"], "What it is.")
    (found,) = client.get("/search?q=odd").json()["concepts"]
    assert found["names"] == ["Odd", *names[:19]]
    assert "url" not in found


def test_an_alternative_id_leads_to_its_concept(knowing: TestClient):
    assert knowing.get("/concept/D999999").json()["id"] == "D005334"
    assert knowing.get("/concept/D006073").json() == {
        "id": "D006073",
        "name": "Gout",
        "names": ["Gout", "podagra", "gouts"],
        "types": ["Disease"],
        "url": "https://meshb.nlm.nih.gov/record/ui?ui=D006073",
    }


def test_an_unknown_concept_is_not_found(knowing: TestClient):
    missing = knowing.get("/concept/../../etc/passwd")
    assert missing.status_code == 404
    assert "/search" in knowing.get("/concept/X:1").json()["error"]


def test_a_service_without_concepts_finds_none(serve: Serve):
    client = serve(nlp=with_linker(ruler_pipeline(), toy_kb([]), combine="evidence"))
    assert ids(client, "gout") == []
    assert client.post("/link", json={"texts": ["Gout."]}).json()["articles"][0]["mentions"][0]["concept_ids"] == []
