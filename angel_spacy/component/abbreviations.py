"""The long forms that a text itself gives its abbreviations, found as Schwartz and Hearst (2003) do, in plain text.

A detector that reads tokens misses "nitroglycerin (NTG)-induced", "testosterone (T, 5 mg/kg)" and "phenobarbital
(PB: 15 mg)"; here only letters and brackets count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_MOST_CHARACTERS = 10  # of a short form
_PART = re.compile(r"[^\W_]+")
_OPENED_BEFORE = re.compile(r"\s*[(\[]\s*$")
_WIDEST_BRACKET = 5  # characters of one with the spaces around it
_CLOSED = re.compile(r"\s*[)\]]")
_VERY_SHORT = 3
_LEAST_HIGH = 2
_MOST_BEHIND = 2  # words from the one that holds the last letter on
_LOCANTS = re.compile(r"(?:[\d,':]|\([^()]*\)|N)+-")
_REACH = 300  # characters before a bracket that may hold a long form


def may_be_short(word: str, *, least_letters: int = 1) -> bool:
    """Whether a word can be an abbreviation: not long, and half of it capitals or digits where it is no very short one.

    "Taxol" is a name; "mCPP", "CsA", "5-HT" and "T" may be short for others.
    """
    n_letters = sum(map(str.isalpha, word))
    n_high = sum(letter.isupper() or letter.isdigit() for letter in word)
    is_high = n_high > 0 and (len(word) <= _VERY_SHORT or 2 * n_high >= len(word))
    return is_high and n_letters >= least_letters and len(word) <= _MOST_CHARACTERS


def long_form(short: str, text: str) -> str:
    """What `text` defines the short form to mean, "" where it does not; of a plural also by its singular."""
    singular = short[:-1] if short.endswith("s") and len(short) > 2 else short
    for written, forms in ((short, (short, singular)), (singular, (singular,))):
        for long in _definitions(written, tuple(dict.fromkeys(forms)), text):
            return long
    return ""


def beside(text: str, places: Iterable[tuple[int, int, str]]) -> dict[str, list[str]]:
    """Short form -> long forms of mentions (start, end, label), one of which stands alone in brackets behind another of
    the same label: "ammonium acetate (NH4Ac)", "ribavirin-induced hemolytic anemia (RIHA)". Mentions may overlap.

    Annotators and recognisers that read both as mentions of a thing say more than letters do: on the train and dev
    parts of BC5CDR and NCBI Disease the two mean the same in 863 of 875 such pairs.
    """
    places = sorted(places)
    longest_to: dict[tuple[int, str], int] = {}  # end and label -> where the longest mention that ends there begins
    for first, end, label in places:
        longest_to.setdefault((end, label), first)
    found: dict[str, list[str]] = {}
    for start, last, label in places:
        bracket = _OPENED_BEFORE.search(text, max(0, start - _WIDEST_BRACKET), start)
        end = bracket.start() if bracket and _CLOSED.match(text, last) else -1
        if (end, label) not in longest_to:
            continue
        before, inside = text[longest_to[end, label] : end], text[start:last]
        if may_be_short(inside) and not may_be_short(before):
            found.setdefault(inside, []).append(before)
        elif may_be_short(before) and not may_be_short(inside):
            found.setdefault(before, []).append(inside)
    return found


def completes(defined: str, mention: str, short: str) -> bool:
    """Whether the words of `defined` have the short form's initials and end with the mention, which a recogniser cut
    short: "type 2 diabetes mellitus" for T2DM behind "diabetes mellitus"."""
    letters = "".join(filter(str.isalnum, short.lower()))
    return defined.endswith(mention) and _with_initials(letters, defined) == defined != ""


def defines(long: str, short: str) -> bool:
    """Whether a pair that a detector found looks like one: it takes "symptoms" to be short for "Symptoms summary score"
    where that stands before "(symptoms)", and reads over brackets."""
    n_high = sum(letter.isupper() or letter.isdigit() or letter == "." for letter in short)
    is_short = may_be_short(short) or (n_high >= _LEAST_HIGH and len(short) <= _MOST_CHARACTERS)
    return is_short and long[:1].isalnum() and long.count("(") == long.count(")")


def _definitions(written: str, forms: Sequence[str], text: str) -> Iterator[str]:
    """The long forms before "(written)" that hold the letters of one of the forms, then those in "written (long)"."""
    for bracket in re.finditer(rf"[(\[]\s*{re.escape(written)}\s*[)\],;:]", text):
        before = text[max(0, bracket.start() - _REACH) : bracket.start()]
        clause = re.split(r"[()\[\];:]|[.?!]\s", before)[-1].strip()
        if long := _matched(forms, clause):
            yield long
    for bracket in re.finditer(rf"(?<![^\W_]){re.escape(written)}\s*[(\[]([^()\[\]]+)[)\]]", text):
        inside = re.split(r"[;,:]", bracket[1])[0].strip()
        if _matched(forms, inside) == inside:
            yield inside


def _matched(forms: Sequence[str], text: str) -> str:
    """The end of `text` that holds the letters of one of the forms in order, the first at the beginning of a word; ""
    if none.

    Words whose initials are the letters come first ("attenuated adenomatous polyposis coli"); else letters are matched
    from the right, as in the paper's figure 1.
    """
    lettered = [(form, "".join(filter(str.isalnum, form.lower()))) for form in forms]
    for form, letters in lettered:
        if long := _with_initials(letters, text):
            return _whole_words(long, form, text)
    for form, letters in lettered:
        long = _from_the_right(letters, " ".join(text.split()[-_most_words(form) :]))
        if long and _is_longer(long, form):
            return _whole_words(long, form, text)
    return ""


def _most_words(short: str) -> int:
    return min(len(short) + 5, 2 * len(short))


def _from_the_right(letters: str, text: str) -> str:
    lowered, place = text.lower(), len(text)
    for number, letter in reversed(list(enumerate(letters))):
        place = lowered.rfind(letter, 0, place)
        while number == 0 and place > 0 and lowered[place - 1].isalnum():
            place = lowered.rfind(letter, 0, place)
        if place < 0 or (number == len(letters) - 1 and len(text[place:].split()) > _MOST_BEHIND):
            return ""
    return text[place:] if letters else ""


def _with_initials(letters: str, text: str) -> str:
    """The last words of `text` if `letters` are their initials; parts of a hyphenated word are words."""
    words = list(_PART.finditer(text))[-len(letters) :]
    if len(letters) < 2 or "".join(word[0][0].lower() for word in words) != letters:
        return ""
    return text[words[0].start() :]


def _whole_words(long: str, short: str, text: str) -> str:
    """With what stands before it in the same word, where that are locants ("1-methyl-4-phenyl ...") or it begins as
    the short form does ("tissue-type plasminogen activator")."""
    start = len(text) - len(long)
    before = text[:start].split()[-1] if text.endswith(long) and start and not text[start - 1].isspace() else ""
    if before and (_LOCANTS.fullmatch(before) or before[0].lower() == short[0].lower()):
        return before + long
    return long


def _is_longer(long: str, short: str) -> bool:
    words = long.split()
    return len(long) > len(short) + 1 and short not in words and len(words) <= _most_words(short)
