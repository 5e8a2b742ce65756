import pytest
import spacy
from linker_toys import CONCEPTS, ruler_pipeline, toy_kb, with_linker

from angel_spacy.candidates.common_abbreviations import usual_long_form
from angel_spacy.component.abbreviations import beside, defines, long_form, may_be_short
from angel_spacy.component.mentions import requests
from angel_spacy.component.settings import Settings
from angel_spacy.kb import Concept, KnowledgeBase

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


BESIDE = "We gave ammonium acetate (NH4Ac) and sodium valproate [VPA ], not pain (saline) or AIDS (SIDA) or iron (FE 3."


def _places(text, *mentions):
    return [(text.index(words), text.index(words) + len(words), label) for words, label in mentions]


def test_a_code_in_brackets_behind_another_mention_means_the_same():
    chemicals = ("ammonium acetate", "NH4Ac", "sodium valproate", "VPA", "saline", "iron")
    places = _places(BESIDE, *((words, "CHEMICAL") for words in chemicals), ("pain", "DISEASE"))
    assert beside(BESIDE, places) == {"NH4Ac": ["ammonium acetate"], "VPA": ["sodium valproate"]}


def test_two_codes_and_mentions_of_different_labels_say_nothing_about_each_other():
    places = _places(BESIDE, ("AIDS", "DISEASE"), ("SIDA", "DISEASE"), ("sodium valproate", "DISEASE"), ("VPA", "DRUG"))
    assert beside(BESIDE, places) == {}


def test_the_long_form_may_stand_in_the_brackets():
    text = "Levels of cAMP (cyclic adenosine monophosphate) rose."
    places = _places(text, ("cAMP", "CHEMICAL"), ("cyclic adenosine monophosphate", "CHEMICAL"))
    assert beside(text, places) == {"cAMP": ["cyclic adenosine monophosphate"]}


def test_the_mention_before_the_bracket_goes_before_another_phrase_that_has_the_letters():
    text = "Renal injury has haemolytic anaemias (RIHA) as signs, and RIHA limits the dose."
    doc = spacy.blank("en")(text)
    places = _places(text, ("haemolytic anaemias", "DISEASE"), ("RIHA", "DISEASE"))
    places.append((text.rindex("RIHA"), text.rindex("RIHA") + 4, "DISEASE"))
    assert long_form("RIHA", text) == "Renal injury has haemolytic anaemias"
    assert [of.surfaces for of in requests(doc, places, Settings())[1:]] == [("RIHA", "haemolytic anaemias")] * 2


def test_a_recogniser_that_marks_the_end_of_the_long_form_does_not_cut_it():
    text = "Patients with type 2 diabetes mellitus (T2DM) were asked."
    places = _places(text, ("diabetes mellitus", "DISEASE"), ("T2DM", "DISEASE"))
    found = requests(spacy.blank("en")(text), places, Settings())
    assert found[1].surfaces == ("T2DM", "type 2 diabetes mellitus")


@pytest.mark.parametrize(
    "text", ["Gouty pain (FMF) is no gout. FMF hurts, gouty pain too.", "FMF (gouty pain), gouty pain"]
)
def test_a_mention_and_its_abbreviation_have_one_answer(text):
    kb = toy_kb([*CONCEPTS, Concept("D9", "Fmf")])
    ents = with_linker(ruler_pipeline({"gouty pain": "DISEASE", "FMF": "DISEASE"}), kb)(text).ents
    assert {ent.text.lower() for ent in ents} == {"gouty pain", "fmf"}
    assert [ent._.kb_candidates for ent in ents] == [ents[0]._.kb_candidates] * len(ents)


def test_what_the_letters_say_and_a_mention_confirms_goes_before_another_bracket():
    text = "Stroke (AF) was frequent in atrial fibrillation (AF). AF is common."
    doc = spacy.blank("en")(text)
    places = [(0, 6, "DISEASE"), (8, 10, "DISEASE"), (28, 47, "DISEASE"), (49, 51, "DISEASE"), (54, 56, "DISEASE")]
    found = requests(doc, places, Settings())
    assert [one.surfaces for one in found if one.surfaces[0] == "AF"] == [("AF", "atrial fibrillation")] * 3


@pytest.mark.parametrize(
    "more",
    [
        [("acetate", "CHEMICAL")],
        [("acetate", "SALT")],
        [("ammonium acetate (NH4Ac)", "CHEMICAL")],
        [("ammonium acetate", "DRUG"), ("NH4Ac", "DRUG")],
    ],
)
def test_mentions_that_overlap_do_not_hide_the_one_before_the_bracket(more):
    text = "We treated rats with ammonium acetate (NH4Ac) for weeks."
    places = _places(text, ("ammonium acetate", "CHEMICAL"), ("NH4Ac", "CHEMICAL"), *more)
    assert set(beside(text, places)["NH4Ac"]) == {"ammonium acetate"}


@pytest.mark.parametrize(
    ("short", "long", "text"),
    [
        ("MPTP", "1-methyl-4-phenyl-1,2,3,6-tetrahydropyridine", "1-methyl-4-phenyl-1,2,3,6-tetrahydropyridine (MPTP)"),
        ("t-PA", "tissue-type plasminogen activator", "endogenous tissue-type plasminogen activator (t-PA)"),
        ("CCR5", "C-C chemokine receptor 5", "the C-C chemokine receptor 5 (CCR5)"),
        ("SAP", "Serum amyloid P component", "125I-Serum amyloid P component (SAP) was injected"),
        ("COCs", "combined oral contraceptives", "combined oral contraceptives (COCs)"),
        ("SE", "", "intrathecal sufentanil was 1.8 microg (SE, 0.6)"),
    ],
)
def test_a_long_form_is_whole_words_and_ends_near_its_last_letter(short, long, text):
    assert long_form(short, text) == long


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("symptoms", "Symptoms summary score"),
        ("France", "followed at the Centre Hospitalier de Créteil"),
        ("TTD", ") transdermal system"),
        ("Babylonia japonica", "Babylonia japonica) 1 Some pharmacological properties"),
    ],
)
def test_what_a_detector_takes_for_a_definition_is_not_believed(short, long):
    assert not defines(long, short)
    assert defines("tumor necrosis factor-alpha", "TNF-alpha")
    assert defines("Helicobacter pylori", "H. pylori")


# Abbreviations that the text does not define


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("OAB", "overactive bladder"),
        ("MI", "myocardial infarction"),
        ("OABs", "overactive bladder"),
        ("XQZ", ""),
        ("PA", ""),  # physical activity in a third of them
    ],
)
def test_what_most_abstracts_mean_by_an_abbreviation(short, long):
    assert usual_long_form(short) == long


def undefined(text, names, **config):
    kb = KnowledgeBase([Concept("D1", names[0], names[1:]), Concept("D2", "oab fever"), Concept("D3", "ocean bath")])
    return with_linker(ruler_pipeline({"OAB": "DISEASE"}), kb, **config)(text).ents[0]


def test_an_abbreviation_that_is_no_name_is_tried_in_its_usual_long_form():
    ent = undefined("OAB was treated.", ("overactive bladder",))
    assert (ent.kb_id_, ent._.kb_candidates[0].generated_name) == ("D1", "overactive bladder")
    assert undefined("OAB was treated.", ("overactive bladder",), undefined_abbreviations=False).kb_id_ != "D1"


def test_what_the_text_defines_and_what_is_a_name_itself_are_not_looked_up():
    assert undefined("The ocean bath (OAB) was warm.", ("overactive bladder",)).kb_id_ == "D3"
    named = undefined("OAB was treated.", ("gout", "oab", "overactive bladders"))
    assert named._.kb_candidates[0].generated_name == "oab"
