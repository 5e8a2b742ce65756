import pytest
from linker_toys import spelling_pipeline, toy_kb

from angel_spacy.candidates.spellings import plain_spelling, spellings
from angel_spacy.kb import Concept

GREEK = {
    "β-thalassemia": "beta-thalassemia",
    "17β-estradiol": "17beta-estradiol",
    "TNF-α": "TNF-alpha",
    "TNFα": "TNFalpha",
    "α1-antitrypsin": "alpha1-antitrypsin",
    "Δ9-THC": "delta9-THC",
    "interferon γ": "interferon gamma",
    "5 µg": "5 mu g",
    "μ-opioid": "mu-opioid",
    "NF-κB": "NF-kappa B",
    "ω-3 fatty acids": "omega-3 fatty acids",
}
NUMERALS = {
    "type II diabetes mellitus": "type 2 diabetes mellitus",
    "neurofibromatosis type I": "neurofibromatosis type 1",
    "neurofibromatosis I": "neurofibromatosis 1",
    "type i": "type 1",
    "MPS III": "MPS 3",
    "stage IV melanoma": "stage 4 melanoma",
    "factor VIII deficiency": "factor 8 deficiency",
    "types I and II": "types 1 and 2",
    "cranial nerve XII palsy": "cranial nerve 12 palsy",
    "grade v": "grade 5",
}
ENGLISH = {
    "leukaemia": "leukemia",
    "Oedema": "Edema",
    "HAEMORRHAGE": "HEMORRHAGE",
    "oesophageal tumour": "esophageal tumor",
    "diarrhoea": "diarrhea",
    "paediatric anaesthesia": "pediatric anesthesia",
    "foetal behaviour": "fetal behavior",
    "sulphonamide": "sulfonamide",
    "sleep apnoea": "sleep apnea",
    "coeliac disease": "celiac disease",
    "gynaecomastia": "gynecomastia",
}
OTHERS = ("vitamin C", "hepatitis B", "IV", "iv glucose", "MPS IIIA", "αβγ", "Ελλάδα", "aerobic", "p. 4.5", "")


@pytest.mark.parametrize(("written", "plain"), [*GREEK.items(), *NUMERALS.items(), *ENGLISH.items()])
def test_the_plain_spelling_comes_first(written, plain):
    assert plain_spelling(written) == spellings(written)[0] == plain


@pytest.mark.parametrize("plain", [*NUMERALS.values(), *ENGLISH.values()])
def test_what_is_plain_stays_so(plain):
    assert plain_spelling(plain) == plain


@pytest.mark.parametrize(
    ("written", "other"),
    [("type 2 diabetes", "type ii diabetes"), ("leukemia", "leukaemia"), ("Edema", "Oedema"), ("tumor", "tumour"),
     ("hemorrhage", "haemorrhage"), ("stage 4", "stage iv"), ("TNFα", "TNF alpha")],
)  # fmt: skip
def test_a_vocabulary_may_be_british_or_roman(written, other):
    assert other in spellings(written)


@pytest.mark.parametrize("written", OTHERS)
def test_what_is_spelt_in_one_way_is_left_alone(written):
    assert spellings(written) == ()


# In the component


def kb_ids(text, *concepts, **config):
    """The ids of a text that is one mention."""
    nlp = spelling_pipeline(toy_kb([*concepts, Concept("X", "something else")]), **config)
    ((link,),) = nlp.get_pipe("angel_linker").link_mentions([nlp.make_doc(text)], [[(0, len(text))]])
    return link.concept_id


@pytest.mark.parametrize("name", ["17 beta estradiol", "17beta-estradiol"])
def test_a_greek_letter_finds_its_name(name):
    estradiol, other = Concept("D1", name), Concept("D2", "estradiol")
    assert kb_ids("17β-estradiol", estradiol, other) == "D1"


@pytest.mark.parametrize(("written", "name"), [("type ii ulcer", "type 2 ulcer"), ("tumor", "tumour")])
def test_the_spelling_that_is_a_name_wins(written, name):
    wrong = Concept("D2", written + "s")
    assert kb_ids(written, Concept("D1", name), wrong) == "D1"
    assert kb_ids(written, Concept("D1", name), wrong, spellings=False) == "D2"


@pytest.mark.parametrize("mention", ["type I\u200bI ulcer", "type Ⅱ ulcer", "ｔｙｐｅ　ＩＩ ulcer", "TYPE II ULCER"])
def test_numerals_are_known_in_whatever_form_they_are_written(mention):
    assert kb_ids(mention, Concept("D2", "type 2 ulcer"), Concept("D1", "type 1 ulcer")) == "D2"


@pytest.mark.parametrize("mention", ["&beta;-blocker", "&#946;-blocker", "\U0001d6fd-blocker", "ß-blocker"])
def test_greek_letters_are_known_in_whatever_form_they_are_written(mention):
    assert kb_ids(mention, Concept("D2", "beta blocker"), Concept("D1", "blocker")) == "D2"


def test_a_mention_that_is_a_name_is_not_respelt():
    assert kb_ids("oedema", Concept("D1", "edema"), Concept("D2", "oedema")) == "D2"


@pytest.mark.parametrize("mention", ["高血压", "高血圧", "고혈압", "نقرس", "подагра"])
def test_an_exact_name_is_found_whatever_the_models_alphabet(mention):
    others = [Concept(f"D{i}", name) for i, name in enumerate(["糖尿病", "哮喘", "발열", "грипп", "حمى", "心不全"])]
    assert kb_ids(mention, *others, Concept("D99", mention), threshold=0.99) == "D99"
