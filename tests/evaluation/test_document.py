"""Reports: the same figures as a page that needs nothing else, and as Markdown."""

import re
from html.parser import HTMLParser

import pytest

from angel_spacy.errors import ConfigError
from angel_spacy.evaluation import plots
from angel_spacy.evaluation.document import Heading, Plot, Table, Text, as_html, as_markdown, write_report

BLOCKS = [
    Heading("Links <of> us", 1),
    Text("a & b"),
    Table(("name", "n"), [("x|y", "1,000"), ("<script>", "2")]),
    Plot([plots.bars([plots.Bar("seen", 0.75, (0.5, 1.0))])]),
]


class Balanced(HTMLParser):
    """Every tag that is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_escaped_and_asks_nothing_of_the_network():
    page = as_html(BLOCKS)
    reader = Balanced()
    reader.feed(page)
    assert reader.open == []
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"https?:|@import|url\(", page)
    assert 'aria-label="seen 75.0%"' in page


def test_markdown_has_the_same_cells():
    assert as_markdown(BLOCKS) == (
        "# Links <of> us\n\na & b\n\n| name | n |\n| --- | --- |\n| x\\|y | 1,000 |\n| <script> | 2 |\n"
    )


def test_another_format_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"\*.html or \*.md"):
        write_report(BLOCKS, tmp_path / "report.pdf")


def test_points_of_a_line_stand_where_they_should():
    drawn = plots.lines([plots.Line("", [(0.0, 0.5), (1.0, 1.0)])], "x", "y", least_y=0.5)
    (path,) = re.findall(r'<path d="M([\d. ]+)L([\d. ]+)" fill="none"', drawn)
    (x1, y1), (x2, y2) = (tuple(map(float, one.split())) for one in path)
    assert x1 < x2
    assert y1 > y2  # downwards in SVG
    axis = re.search(r'M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" class="axis"', drawn)
    left, top, _, bottom, right, _ = map(float, axis.groups())
    assert (x1, y1, x2, y2) == (left, bottom, right, top)
