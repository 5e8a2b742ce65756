"""Annotated articles as one HTML page: displaCy's marks, links to the concepts' pages, the candidates below."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from spacy import displacy

from ..files import open_output
from ..kb.identifiers import concept_url
from ..records import Article, LinkedArticle, LinkedMention, Mention

COLORS = {"DISEASE": "#ffd8a8", "CHEMICAL": "#a5d8ff"}
NIL_COLOR = "#e9ecef"
N_CANDIDATES = 5  # listed for each mention

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
article {{ border-bottom: 1px solid #ccc; padding-bottom: 1.5rem; }}
h2 small {{ color: #868e96; font-weight: normal; }}
table {{ border-collapse: collapse; font-size: 0.9rem; }}
td, th {{ padding: 0.2rem 0.8rem 0.2rem 0; text-align: start; vertical-align: top; }}
</style>
</head>
<body>
<h1>{title}</h1>
"""


Reasons = Callable[[Article], Sequence[Sequence[str]]]
"""Of each mention of an article, lines that say why it is linked so."""


def write_page(
    annotated: Iterable[LinkedArticle], path: Path, title: str = "Linked concepts", reasons: Reasons | None = None
) -> int:
    """Writes the page, one article in memory at a time; returns how many there were."""
    n_articles = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_output(path) as file:
        file.write(_HEAD.format(title=escape(title)))
        for linked in annotated:
            file.write(article_html(linked, reasons(linked.article) if reasons else None))
            n_articles += 1
        file.write("</body>\n</html>\n")
    return n_articles


def article_html(linked: LinkedArticle, reasons: Sequence[Sequence[str]] | None = None) -> str:
    """One article: title and abstract with the mentions marked, and a table of their candidates to fold out, each with
    its `reasons` where there are any."""
    article = linked.article
    lines = "\n".join(part for part in (article.title, article.abstract) if part)  # a line break for the space
    drawn = {"text": lines, "ents": list(_entities(article.mentions))}
    text = displacy.render(drawn, style="ent", manual=True, page=False, jupyter=False, options={"colors": COLORS})
    told = reasons or [()] * len(linked.mentions)
    rows = "".join(_row(one, lines) for one, lines in zip(linked.mentions, told, strict=True))
    table = f"<table>\n<tr><th>mention</th><th>label</th><th>concept</th><th>candidates</th></tr>\n{rows}</table>"
    summary = f"<summary>{len(linked.mentions)} mentions and their candidates</summary>"
    return (
        f"<article>\n<h2>{escape(article.title)} <small>{escape(article.article_id)}</small></h2>\n{text}\n"
        f"<details>{summary}\n{table}</details>\n</article>\n"
    )


def _entities(mentions: Iterable[Mention]) -> Iterator[dict[str, Any]]:
    """displaCy's form of the mentions in order; of overlapping ones the first and longest is drawn."""
    end = 0
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if mention.start >= end:
            end = mention.end
            yield {"start": mention.start, "end": mention.end, **_mark(mention)}


def _mark(mention: Mention) -> dict[str, Any]:
    """Label, and id with its page; NIL, or an id without a page, is plain text. displaCy escapes none of them."""
    label = escape(mention.label)
    if not mention.concept_ids:
        return {"label": label, "params": {"kb_link": " NIL", "bg": NIL_COLOR}}
    concept_id, url = escape(mention.concept_ids[0]), escape(concept_url(mention.concept_ids[0]))
    if url:
        return {"label": label, "kb_id": concept_id, "kb_url": url}
    return {"label": label, "params": {"kb_link": f" {concept_id}"}}


def _row(linked: LinkedMention, reasons: Sequence[str]) -> str:
    mention = linked.mention
    chosen = ", ".join(map(_anchor, mention.concept_ids)) or "NIL"
    listed = "<br>".join(
        f"{_anchor(c.concept_id)} {escape(c.name)} ({c.probability:.3f})" for c in linked.candidates[:N_CANDIDATES]
    )
    if reasons:
        why = "<br>".join(map(escape, reasons))
        listed += f"<details><summary>why</summary><small>{why}</small></details>"
    cells = escape(mention.text), escape(mention.label), chosen, listed
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _anchor(concept_id: str) -> str:
    url = concept_url(concept_id)
    return f'<a href="{escape(url)}">{escape(concept_id)}</a>' if url else escape(concept_id)
