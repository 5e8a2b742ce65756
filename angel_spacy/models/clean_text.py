"""A text as its author meant it: what typesetting, HTML and a held shift key made of it undone, offsets kept."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_ODD = re.compile(r"&(?:amp;)*(?:#\d+|#x[\da-f]+|[a-z]+\d*);|\w[\u0300-\u036f]+|[^\x00-\x7f]", re.IGNORECASE)
_ASCII = str.maketrans("\u2010\u2011\u2012\u2013\u2212\u2018\u2019\u02bc\u2032\u00b4\u201c\u201d", "-----'''''\"\"")
_KEPT = ("<super>", "<sub>", "<fraction>", "<square>", "<compat> 0020 ")  # NFKC makes "m²" to "m2", "™" to "TM"
_SENTENCE_END = re.compile(r"(?<!\b\w\.)(?<=[.!?])\s+|\n|\Z")
_CAPITALS = re.compile(r"[A-Z]{4}[^a-z]+[A-Z]{4}")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class CleanText:
    """A clean text, and for each of its characters the stretch of the original that it stands for."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def between(self, start: int, end: int) -> str:
        """What the original's characters from `start` to `end` stand for."""
        return self.text[bisect_left(self.starts, start) : bisect_left(self.starts, end)]


def clean_text(text: str) -> CleanText:
    """`text` in Unicode's compatible form (NFKC) with HTML entities resolved, dashes and quotes as in ASCII, without
    characters that are not seen, and with sentences in capitals in lower case but for their first letter."""
    if text.isascii() and "&" not in text:
        return CleanText(_calm(text), range(len(text)), range(1, len(text) + 1))
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for odd in _ODD.finditer(text):
        form = _form(odd.group())
        parts += text[at : odd.start()], form
        starts += [*range(at, odd.start()), *[odd.start()] * len(form)]
        ends += [*range(at + 1, odd.start() + 1), *[odd.end()] * len(form)]
        at = odd.end()
    rest = range(at, len(text))
    return CleanText(_calm("".join(parts) + text[at:]), [*starts, *rest], [*ends, *(i + 1 for i in rest)])


@lru_cache(maxsize=4096)
def _form(odd: str) -> str:
    """What an HTML entity, a letter with its accents or one other character stands for."""
    meant = html.unescape(html.unescape(odd)) if odd.startswith("&") else odd
    meant = meant.translate(_ASCII)
    if meant and not unicodedata.decomposition(meant[0]).startswith(_KEPT):
        meant = unicodedata.normalize("NFKC", meant)
    return "".join(character for character in meant if unicodedata.category(character) != "Cf")


def _calm(text: str) -> str:
    """Sentences in capitals as they are ordinarily written, eponyms and abbreviations apart."""
    if not _CAPITALS.search(text):
        return text
    sentences, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        sentences.append(_ordinary(text[start : end.end()]))
        start = end.end()
    return "".join(sentences)


def _ordinary(sentence: str) -> str:
    """The sentence, in lower case if its long words in capitals outnumber words in lower case two to one."""
    words = _WORD.findall(sentence)
    capitals = sum(len(word) > 3 and word.isupper() for word in words)
    if capitals < 2 or capitals <= 2 * sum(not word.isupper() for word in words):
        return sentence
    first = sentence.index(next(filter(str.isalpha, sentence))) + 1
    # one letter for one: "İ" alone has two in lower case
    return sentence[:first] + "".join(letter if letter == "İ" else letter.lower() for letter in sentence[first:])
