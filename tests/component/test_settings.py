"""A setting is written once; documentation and command line follow it."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from angel_spacy.candidates.settings import Search, defaults_of
from angel_spacy.cli import app
from angel_spacy.component.links import NIL_REASONS
from angel_spacy.component.settings import Settings
from angel_spacy.errors import ConfigError

PAGE = (Path(__file__).parents[2] / "docs" / "component.md").read_text(encoding="utf8")


def test_the_documentation_has_every_setting_with_its_meaning_and_no_other():
    table = PAGE.partition("| setting | meaning |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    rows.pop("learner")
    assert rows == {one.name: one.metadata["help"] for one in fields(Settings)}


def test_the_defaults_that_can_be_pasted_are_those_of_the_settings():
    section = PAGE.partition('factory = "angel_linker"\n')[2].partition("\n\n")[0]
    pasted = {name: json.loads(value) for name, value in (line.split(" = ") for line in section.splitlines())}
    assert pasted == defaults_of(Settings)


@pytest.mark.parametrize("name", ["threshold", "precision", "exact_match", "beam_margin"])
def test_the_command_line_says_the_same(name):
    shown = CliRunner().invoke(app, ["annotate", "--help"], env={"COLUMNS": "1000"}).stdout
    (meaning,) = (one.metadata["help"] for one in fields(Settings) if one.name == name)
    assert f"--{name.replace('_', '-')}" in shown
    assert meaning.replace("`", "").split(";")[0].split(",")[0] in " ".join(shown.split())


def test_how_names_are_searched_is_part_of_the_settings_and_checked_alone_too():
    assert isinstance(Settings(), Search)
    with pytest.raises(ConfigError, match="beam_width is 0: use 1 or more"):
        Search(beam_width=0)


def test_the_documentation_has_every_reason_for_nil():
    for reason, meaning in NIL_REASONS.items():
        assert f"| `{reason}` | {meaning} |" in PAGE
