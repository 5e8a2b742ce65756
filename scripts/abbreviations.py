"""The table of abbreviations that texts may use without a definition, counted in texts that define them.

    python scripts/abbreviations.py abstracts.jsonl.gz --output angel_spacy/candidates/abbreviations.json

Every short form in brackets whose long form stands before it (Schwartz and Hearst 2003) counts once an abstract. Kept
are short forms that at least `--least` abstracts define alike, with their `--most` most frequent long forms.
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from angel_spacy.component.abbreviations import long_form, may_be_short
from angel_spacy.corpora.formats import read_articles

_BRACKETS = re.compile(r"[(\[]\s*([^\s()\[\]]{2,10})\s*[)\],;:]")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+", help="articles, without annotations")
    parser.add_argument("--least", type=int, default=2, help="abstracts that define a form alike")
    parser.add_argument("--most", type=int, default=3, help="long forms of a short one")
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    options = parser.parse_args()
    articles = (article.text for path in options.texts for article in read_articles(path, texts_only=True))
    table = kept(counted(articles), options.least, options.most)
    lines = (f"{json.dumps(short)}: {json.dumps(forms)}" for short, forms in table.items())
    options.output.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    n_long = sum(form != "" for forms in table.values() for form in forms)
    print(f"{len(table):,} short forms, {n_long:,} long forms")


def counted(texts: Iterable[str]) -> dict[str, Counter[str]]:
    """Short form -> long forms in small letters without hyphens, with the number of texts that define it so."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for short in {bracket[1] for bracket in _BRACKETS.finditer(text) if may_be_short(bracket[1], least_letters=2)}:
            if long := " ".join(long_form(short, text).lower().replace("-", " ").split()):
                found[short][long] += 1
    return found


def kept(found: dict[str, Counter[str]], least: int, most: int) -> dict[str, dict[str, int]]:
    """The table, in the order of the short forms; "" counts the abstracts that define one in rarer ways."""
    frequent = {short: forms.most_common(most) for short, forms in sorted(found.items())}
    return {
        short: dict(forms) | _others(found[short].total() - sum(n for _, n in forms))
        for short, forms in frequent.items()
        if forms[0][1] >= least
    }


def _others(n: int) -> dict[str, int]:
    return {"": n} if n else {}


if __name__ == "__main__":
    main()
