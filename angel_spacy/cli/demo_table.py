"""Linked mentions as a table for the terminal, 120 columns wide."""

from collections import Counter
from typing import TYPE_CHECKING

from wasabi.tables import table

if TYPE_CHECKING:
    from ..records import Article, LinkedArticle, LinkedMention

WIDTH = 120
COLUMNS = {"mention": 22, "label": 8, "concept": 10, "name": 22, "prob": 5, "runners-up": 43}
SPACING = 2
RUNNER_UP = 20

Row = tuple[str, ...]


def heading(article: "Article") -> str:
    """The line above the table of one article."""
    return cut(f"{article.article_id}  {article.title}", WIDTH)


def demo_table(article: "LinkedArticle") -> str:
    """The table of one article. Mentions that differ in case alone and have one concept share a row, which says how
    many they are."""
    groups: Counter[Row] = Counter()
    shown: dict[Row, Row] = {}
    for linked in article.mentions:
        row = _row(linked)
        key = (linked.mention.text.casefold(), *row[1:3])
        groups[key] += 1
        shown.setdefault(key, row)
    rows = [(_counted(row[0], groups[key]), *row[1:]) for key, row in shown.items()]
    text: str = table(rows, header=list(COLUMNS), divider=True, widths=list(COLUMNS.values()), spacing=SPACING)
    return text


def cut(text: str, width: int) -> str:
    """The text on one line, its end replaced by an ellipsis where it is longer than `width`."""
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


def _row(linked: "LinkedMention") -> Row:
    mention, candidates = linked.mention, linked.candidates
    is_linked = bool(mention.concept_ids)
    chosen = candidates[0] if candidates else None
    cells = (
        mention.text,
        mention.label,
        mention.concept_ids[0] if is_linked else "NIL",
        chosen.name if is_linked and chosen else "",
        f"{chosen.probability:.2f}" if chosen else "",
        "; ".join(cut(f"{c.concept_id} {c.name}", RUNNER_UP) for c in candidates[is_linked : is_linked + 2]),
    )
    return tuple(cut(cell, width) for cell, width in zip(cells, COLUMNS.values(), strict=True))


def _counted(mention: str, n: int) -> str:
    times = f" x{n}" if n > 1 else ""
    return cut(mention, COLUMNS["mention"] - len(times)) + times
