import pytest
from linker_toys import ruler_pipeline, toy_kb, with_linker

from angel_spacy.component.abbreviations import long_form, may_be_short
from angel_spacy.component.mentions import requests
from angel_spacy.component.settings import Settings

TEXT = (
    "After nitroglycerin (NTG)-induced hypotension, saline (C), methylprednisolone (M) or triamcinolone (T, 80 mg) and "
    "phenobarbital (PB: 15 mg) were given. The receptor agonist m-chlorophenylpiperazine (mCPP) and 5-fluorouracil "
    "[5-FU] caused excited delirium (EDDs). MI (myocardial infarction) was rare. Attenuated adenomatous polyposis coli "
    "(AAPC) and hyperparathyroidism-jaw tumor (HPT-JT) are familial. In the trial (ABC) nothing was short for that."
)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("NTG", "nitroglycerin"),
        ("M", "methylprednisolone"),
        ("T", "triamcinolone"),
        ("PB", "phenobarbital"),
        ("mCPP", "m-chlorophenylpiperazine"),
        ("5-FU", "5-fluorouracil"),
        ("EDDs", "excited delirium"),
        ("MI", "myocardial infarction"),
        ("AAPC", "Attenuated adenomatous polyposis coli"),
        ("HPT-JT", "hyperparathyroidism-jaw tumor"),
        ("C", ""),
        ("ABC", ""),
        ("XYZ", ""),
    ],
)
def test_the_text_says_what_a_short_form_means(short, long):
    assert long_form(short, TEXT) == long


def test_names_are_not_taken_for_short_forms():
    assert [word for word in ("CsA", "5-HT", "T", "HPT-JT", "Taxol", "gout", "12", "") if may_be_short(word)] == [
        "CsA",
        "5-HT",
        "T",
        "HPT-JT",
    ]


def test_mentions_are_tried_in_both_wordings_with_no_detector_in_the_pipeline():
    nlp = ruler_pipeline()
    doc = nlp.make_doc(TEXT)
    start = TEXT.index("NTG")
    asked = [(start, start + 3, "CHEMICAL"), (TEXT.index("hypotension"), TEXT.index("hypotension") + 11, "DISEASE")]
    short, plain = requests(doc, asked, Settings())
    assert short.surfaces == ("NTG", "nitroglycerin")
    assert plain.surfaces == ("hypotension",)
    assert (short.label, plain.label) == ("CHEMICAL", "DISEASE")
    assert [one.surfaces for one in requests(doc, asked, Settings(abbreviations=False))] == [("NTG",), ("hypotension",)]


def test_a_letter_within_a_mention_is_no_short_form():
    text = "Hepatitis C in chronic hepatitis patients (C, HC)."
    doc = ruler_pipeline().make_doc(text)
    assert [one.surfaces for one in requests(doc, [(0, 11, "")], Settings())] == [("Hepatitis C",)]


def test_links_follow_the_long_form():
    text = "Podagra (PG)-like pain."
    nlp = with_linker(ruler_pipeline(), toy_kb())
    (links,) = nlp.get_pipe("angel_linker").link_mentions([nlp.make_doc(text)], [[(9, 11)]])
    assert links[0].concept_id == "D006073"
