"""The service does what /openapi.json says, whatever it is asked: schemathesis tries. More examples: ANGEL_EXAMPLES."""

import os

import pytest
from linker_toys import ruler_pipeline, with_linker

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis, of the extra `dev`")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

from angel_spacy.service import Limits, create_app  # noqa: E402

EXAMPLES = int(os.environ.get("ANGEL_EXAMPLES", "10"))
MAY_BE_WRONG = ["/link", "/explain", "/search", "/read"]
NEVER_WRONG = ["/concept/{concept_id}", "/health", "/metrics"]  # whatever is asked


@pytest.fixture(scope="module")
def operations():
    app = create_app(with_linker(ruler_pipeline(), combine="evidence"), limits=Limits(seconds=20))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    return {one.ok().path: one.ok() for one in schema.get_all_operations()}


def test_every_route_is_described(operations):
    assert sorted(operations) == sorted(MAY_BE_WRONG + NEVER_WRONG)


@pytest.mark.parametrize("route", MAY_BE_WRONG + NEVER_WRONG)
def test_what_the_schema_allows_is_answered_as_it_says(operations, route):
    try_out(operations[route], schemathesis.GenerationMode.POSITIVE)


@pytest.mark.parametrize("route", MAY_BE_WRONG)
def test_what_the_schema_does_not_allow_is_refused(operations, route):
    try_out(operations[route], schemathesis.GenerationMode.NEGATIVE)


def try_out(operation, mode):
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def check(case):
        case.call_and_validate(excluded_checks=[positive_data_acceptance])  # no schema says that a mention is in a text

    check()
