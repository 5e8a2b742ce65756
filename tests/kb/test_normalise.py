import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.kb.normalise import DEFAULT_NORMALISER, get_normaliser, normalise_v1, normalise_v2

SAME_WORD = {
    "fibrosis": ["\ufb01brosis", "fi\u200bbrosis", "fib\u00adrosis", "ｆｉｂｒｏｓｉｓ", "\ufefffibrosi\u017f"],
    "sjogren s": ["Sjögren's", "Sjo\u0308gren's", "Sjogren\u2019s", "Sj\u00f6gren\u02bcs".replace("\u02bc", "\u2032")],
    "non hodgkin": ["non-Hodgkin", "non\u2011Hodgkin", "non\u2013Hodgkin", "non\u2212Hodgkin", "non\u00a0Hodgkin"],
    "alzheimer s disease": ["Alzheimer\u2019s disease", "Alzheimer's\u2009disease", "Alzheimer&#39;s&nbsp;disease"],
    "p 0 05": ["p<0.05", "p&lt;0.05", "p&amp;lt;0.05"],
    "beta blocker": ["beta\u2014blocker", "\u201cbeta blocker\u201d", "beta\u2007blocker"],
    "aspirin": ["Aspirin\u2122", "aspirin\u00ae"],
    "μ receptor": ["\u00b5 receptor", "\u03bc-receptor"],
    "crohn s": ["Crohn\u00b4s", "Crohn\u02bcs", "Crohn\u02b9s", "Crohn\u2035s"],
    "weissfleck": ["Weißfleck", "WEISSFLECK"],
    "n acetyl": ["N\u22c5acetyl", "N\u2027acetyl"],
    "高血压": ["高血压", "\u200b高血压"],
}


@pytest.mark.parametrize(("normalised", "written"), [(name, form) for name in SAME_WORD for form in SAME_WORD[name]])
def test_the_same_word_in_another_form_is_the_same_name(normalised, written):
    assert normalise_v2(written) == normalised


OTHER = ["か が", "и й", "alpha α", "att at&t", "sởi sỏi", "sốt sót", "ılık ilik"]


@pytest.mark.parametrize(("one", "other"), map(str.split, OTHER))
def test_other_letters_stay_other_letters(one, other):
    assert normalise_v2(one) != normalise_v2(other)


@given(st.text(st.characters(codec="ascii", exclude_characters="&")))
def test_ascii_is_as_it_was(text):
    assert normalise_v2(text) == normalise_v1(text)


@given(st.text() | st.text("aé\u0301\u200b&;lt -–½™ﬁβµ"))
def test_what_is_normalised_stays_as_it_is(text):
    assert normalise_v2(normalise_v2(text)) == normalise_v2(text)


def test_both_are_there_by_name():
    assert get_normaliser("angel_spacy.normalise.v1") is normalise_v1
    assert get_normaliser(DEFAULT_NORMALISER) is normalise_v2
