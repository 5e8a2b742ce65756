from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import CONCEPTS, tiny_kb, tiny_pipeline
from typer.testing import CliRunner, Result

from angel_spacy.cli import app

Angel = Callable[..., Result]


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A saved pipeline."""
    folder = tmp_path_factory.mktemp("tiny") / "pipeline"
    tiny_pipeline().to_disk(folder)
    return str(folder)


@pytest.fixture(scope="session")
def gout_kb(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A saved KB of one concept: whatever the generator thinks, it is gout."""
    folder = tmp_path_factory.mktemp("tiny") / "kb"
    tiny_kb(CONCEPTS[:1]).to_disk(folder)
    return str(folder)


@pytest.fixture
def angel() -> Angel:
    """Runs `angel ARGS` and checks that no failure is a traceback: `stdout` and `stderr` without colours."""

    def run(*args: object, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [str(arg) for arg in args])
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two annotated articles: three mentions with an id, one without; one id is not in the KB."""
    path = tmp_path / "corpus.pubtator"
    path.write_text(
        "1|t|Gout and aspirin.\n1|a|No pain.\n"
        "1\t0\t4\tGout\tDisease\tMESH:D006073\n"
        "1\t9\t16\taspirin\tChemical\tD000001\n"
        "1\t21\t25\tpain\tDisease\t-1\n\n"
        "2|t|Podagra.\n2|a|\n"
        "2\t0\t7\tPodagra\tDisease\tD006073|D9\n\n"
    )
    return path
