"""Applications over toy pipelines: one that links at once, one that waits or fails where its texts say so."""

from collections.abc import Iterator

import pytest
from linker_toys import ruler_pipeline, with_linker
from spacy.language import Language
from tiny import tiny_pipeline

pytest.importorskip("fastapi", reason="the service needs the extra `serve`")
pytest.importorskip("prometheus_client", reason="the service needs the extra `serve`")

from fastapi.testclient import TestClient
from service_toys import PACE, Pace, Serve

from angel_spacy.service import Limits, create_app


@pytest.fixture
def pace() -> Iterator[Pace]:
    """Anew for each test; nothing waits when it is over."""
    PACE.__init__()
    yield PACE
    PACE.go_on.set()


@pytest.fixture(scope="session")
def moody() -> Language:
    nlp = tiny_pipeline()
    nlp.add_pipe("service_toy", first=True)
    return nlp


@pytest.fixture(scope="session")
def weighing() -> Language:
    """A pipeline that weighs evidence: it can explain, and knows what lies near."""
    return with_linker(ruler_pipeline(), combine="evidence")


@pytest.fixture
def serve(moody: Language, pace: Pace) -> Iterator[Serve]:
    """Makes clients of applications over the moody pipeline, with these limits."""
    clients = []

    def made(*, nlp: Language = moody, api_key: str | None = None, **limits: float) -> TestClient:
        client = TestClient(create_app(nlp, limits=Limits(**limits), api_key=api_key))
        clients.append(client.__enter__())
        return client

    yield made
    pace.go_on.set()
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serve: Serve) -> TestClient:
    return serve()


@pytest.fixture
def knowing(serve: Serve, weighing: Language) -> TestClient:
    """A client of the pipeline that weighs evidence."""
    return serve(nlp=weighing)
