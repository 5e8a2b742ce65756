"""What is taken from scispaCy, and what stands in for it where scispaCy cannot be installed, find the same."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.component.scispacy import own_detector, own_tokenizer, scispacys_detector, scispacys_tokenizer

pytestmark = pytest.mark.filterwarnings("ignore:.*W036")  # scispaCy's matcher before it has found anything
HAS_SCISPACY = find_spec("scispacy") is not None
needs_scispacy = pytest.mark.skipif(not HAS_SCISPACY, reason="scispaCy is absent")
SOURCES = [pytest.param("scispacy", marks=needs_scispacy), "own"]


@pytest.fixture(scope="module", params=SOURCES)
def tokenizer(request):
    nlp = spacy.blank("en")
    return own_tokenizer(nlp) if request.param == "own" else scispacys_tokenizer(nlp)


@pytest.fixture(scope="module", params=SOURCES)
def detector(request):
    return own_detector if request.param == "own" else scispacys_detector(spacy.blank("en"), "detector")


WORDS = {
    "Alpha-methyldopa was given at 3.5 mg/kg/day, i.v. or p.o., to IL-2(-/-) mice.": (
        "Alpha-methyldopa was given at 3.5 mg/kg/day , i.v . or p.o . , to IL-2(-/- ) mice ."
    ),
    "The (+/-)-form of (1,2)-ene, [3H]thymidine, {x}y, ((a)b) and (5-a).": (
        "The (+/-)-form of (1,2)-ene , [3H]thymidine , {x}y , ( (a)b ) and ( 5-a ) ."
    ),
    "Na+/K+-ATPase, Ca2+, Ca(2+); +5 and -5% of alpha-/beta-blockers": (
        "Na+/K+-ATPase , Ca2 + , Ca(2 + ) ; + 5 and -5 % of alpha-/beta-blockers"
    ),
    "p<0.05, P = .03; n=12, 95% CI 1.2-1.8 and 5–6 or 5×6": (
        "p<0.05 , P = .03 ; n=12 , 95 % CI 1.2 - 1.8 and 5–6 or 5 × 6"
    ),
    "a–b but –a, 5– and ——a; a--b, x,–y and a-b": "a – b but –a , 5– and ——a ; a -- b , x ,– y and a-b",
    "see Fig. 2, figs. 3, Eqs. 4, No. 5, sec. 6, et al., E. coli sp. nov., Ref. 7": (
        "see Fig. 2 , figs. 3 , Eqs. 4 , No. 5 , sec. 6 , et al. , E. coli sp. nov. , Ref . 7"
    ),
    "Cut at 37°C. Type 3H. Type AB. Type A. It ended.Here too.": (
        "Cut at 37 ° C . Type 3H . Type AB . Type A. It ended . Here too ."
    ),
    "5mg, 5mM, 10km² at 30% for $5 or 5€.": "5 mg , 5mM , 10 km² at 30 % for $ 5 or 5€.",
    "a=b is not 5=b, a:b not 5:b": "a = b is not 5=b , a : b not 5:b",
    "Sjögren's “quoted” don't o'clock": "Sjögren 's “ quoted ” do n't o'clock",
    "http://a.de/b?c=d www.a.de 10.1000/xyz": "http://a.de/b?c = d www.a.de 10.1000/xyz",
    "H5N1™ of 2'-O-methyl->5'... a*b 5*6 5^-3": "H5N1 ™ of 2'-O-methyl->5 ' ... a*b 5 * 6 5 ^ -3",
}


@pytest.mark.parametrize("text", WORDS)
def test_words(tokenizer, text):
    doc = tokenizer(text)
    assert [token.text for token in doc] == WORDS[text].split()
    assert doc.text == text


SIGNS = st.text("aabBcXyY0193.,;:-–—~×+*^=<>/()[]{}\"'’“%°CFµmgkl²é…#_&$€@!?|·→±™sS ", max_size=12)


@needs_scispacy
def test_words_of_any_signs():
    own, theirs = own_tokenizer(spacy.blank("en")), scispacys_tokenizer(spacy.blank("en"))

    @given(SIGNS)
    def are_the_same(text):
        assert [token.text for token in own(text)] == [token.text for token in theirs(text)]

    are_the_same()


@pytest.fixture(scope="module")
def words_of():
    return own_tokenizer(spacy.blank("en"))


def abbreviations(detector, doc):
    """(short form, first token) -> long form."""
    found = detector(doc)._.abbreviations
    places = {(one["short_text"], one["short_start"]): one["long_text"] for one in found}
    assert len(places) == len(found)
    return places


LONG = "Spinal and bulbar muscular atrophy"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{LONG} (SBMA) is rare. SBMA hurts.", {("SBMA", 6): LONG, ("SBMA", 11): LONG}),
        ("alpha beta ( AB ) is AB, not Ab.", {("AB", 3): "alpha beta", ("AB", 6): "alpha beta"}),
        ("the SS (a syndrome that Sjögren saw)", {("SS", 1): "Sjögren saw"}),
        ("GF (gout fever) is too short to be told apart", {}),
        ("one (AB) stands alone, and so does (CD)", {}),
        ("(AB) alpha beta", {}),
        ("alpha [AB], alpha beta (AB, 5 mg), alpha beta (AB)-like", {}),
        ("nitroglycerin (N) and alpha beta gamma (A B G)", {}),
        ("Helicobacter pylori (H. pylori) infects", {("H. pylori", 3): "Helicobacter pylori"}),
        ("short form 36 (SF-36), Interleukin 2 (IL-2)", {("IL-2", 10): "Interleukin 2"}),
        ("United States (U.S.) and b-alpha of bx (AB)", {("U.S.", 3): "United States", ("AB", 10): "b-alpha of bx"}),
        ("alpha beta (AB), alpha bones (AB)", {("AB", 3): "alpha beta", ("AB", 9): "alpha beta"}),
        ("alpha beta (AB), alpha beta (ALB)", {("AB", 3): "alpha beta"}),
        ("gout with a bad fever (GF) is gout of fever (GF)", {("GF", 6): "gout of fever", ("GF", 13): "gout of fever"}),
        ("alpha betagamma (abcdefghij), the betalpha bx (AB)", {}),
        ("gout; (fever) of the knee (GF)", {}),
        ("", {}),
        ("()((AB)) ) (", {}),
    ],
)
def test_abbreviations(detector, words_of, text, found):
    assert abbreviations(detector, words_of(text)) == found


def test_a_long_form_keeps_its_first_word(words_of):
    """scispaCy's detector gives "mass" here."""
    assert abbreviations(own_detector, words_of("pressure (MBP), LV mass (LVM)")) == {("LVM", 8): "LV mass"}


WITHOUT_SCISPACY = """
import sys
sys.modules["scispacy"] = None
import spacy
nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "angel_spacy.SciTokenizer.v1"}}})
nlp.add_pipe("angel_abbreviations")
doc = nlp("IL-2(-/-) and gout fever (GF)")
print(*doc, *(one["long_text"] for one in doc._.abbreviations), sep="|")
"""


def test_a_pipeline_works_without_scispacy():
    done = subprocess.run([sys.executable, "-c", WITHOUT_SCISPACY], capture_output=True, text=True)
    assert done.stdout.strip() == "IL-2(-/-|)|and|gout|fever|(|GF|)|gout fever", done.stderr
