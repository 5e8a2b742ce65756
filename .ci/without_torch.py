"""A pytest plugin: what fails for want of torch counts as skipped; a file that cannot be imported without it as one."""

import re
from collections.abc import Generator
from typing import Any

import pytest

_WANTED = re.compile(r"No module named '(torch|accelerate|peft)\b|PyTorch library but it was not found")
_REASON = "Skipped: needs torch"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Of a file."""
    return _judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Of a test; what a program that it started has printed counts, too."""
    return _judged((yield))


def _judged(report: Any) -> Any:
    if report.failed and _WANTED.search(str(report.longrepr)):
        report.outcome, report.longrepr = "skipped", (report.nodeid, 0, _REASON)
    return report
