"""What an article loses in a format that cannot hold it."""

from collections import Counter

from ..records import LinkedArticle

CANDIDATES, REASONS = "candidates", "reasons for NIL"
FRAGMENTS, SECTIONS, TITLES = "mentions in several pieces, which become one", "sections", "titles apart from the text"

ACROSS = "mentions that run over the end of a passage, which are left out"
GROWN = "mentions that grew to whole tokens"
LABELS = "blanks in labels"

ALL = frozenset({CANDIDATES, REASONS, FRAGMENTS, SECTIONS, TITLES})


def losses(linked: LinkedArticle, keeps: frozenset[str]) -> Counter[str]:
    """How much of each there is that a format does not keep."""
    article = linked.article
    found = Counter(
        {
            CANDIDATES: sum(len(one.candidates) for one in linked.mentions),
            REASONS: sum(bool(one.nil_reason) for one in linked.mentions),
            FRAGMENTS: sum(bool(one.mention.fragments) for one in linked.mentions),
            SECTIONS: len(article.sections),
            TITLES: int(bool(article.title and article.abstract)),
        }
    )
    return Counter({what: n for what, n in found.items() if n and what not in keeps})
