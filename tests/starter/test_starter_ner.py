"""Capitals, HTML, thin spaces and what is not seen hide no entity from the starter, and make none."""

import subprocess
import sys
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

import angel_spacy

# A sentence as it is ordinarily written, the same as files have it, and there the entities of both.
CASES = {
    "capitals": [
        (
            "Lithium-induced tremor in patients with bipolar disorder.",
            "LITHIUM-INDUCED TREMOR IN PATIENTS WITH BIPOLAR DISORDER.",
            ["LITHIUM", "TREMOR", "BIPOLAR DISORDER"],
        ),
        (
            "Methotrexate for rheumatoid arthritis: a review of liver toxicity.",
            "METHOTREXATE FOR RHEUMATOID ARTHRITIS: A REVIEW OF LIVER TOXICITY.",
            ["METHOTREXATE", "RHEUMATOID ARTHRITIS", "LIVER TOXICITY"],
        ),
        (
            "After 5 mg/kg of heparin severe thrombocytopenia was seen.",
            "AFTER 5 mg/kg OF HEPARIN SEVERE THROMBOCYTOPENIA WAS SEEN.",
            ["HEPARIN", "THROMBOCYTOPENIA"],
        ),
        (
            "Cisplatin causes hearing loss. We saw it in three children.",
            "CISPLATIN CAUSES HEARING LOSS. We saw it in three children.",
            ["CISPLATIN", "HEARING LOSS"],
        ),
        (
            "Cocaine and myocardial infarction\nWe report chest pain in a young man.",
            "COCAINE AND MYOCARDIAL INFARCTION\nWe report chest pain in a young man.",
            ["COCAINE", "MYOCARDIAL INFARCTION", "chest pain"],
        ),
    ],
    "html": [
        (
            "Seizures were fewer with valproate (p<0.05).",
            "Seizures were fewer with valproate (p&lt;0.05).",
            ["Seizures", "valproate"],
        ),
        (
            "Seizures were fewer with valproate (p < 0.05).",
            "Seizures were fewer with valproate (p &#60; 0.05).",
            ["Seizures", "valproate"],
        ),
        (
            "Aspirin & warfarin caused gastric bleeding.",
            "Aspirin&nbsp;&amp;&nbsp;warfarin caused gastric&#160;bleeding.",
            ["Aspirin", "warfarin", "gastric&#160;bleeding"],
        ),
        (
            "Creatinine >2 mg and renal failure after cisplatin.",
            "Creatinine &amp;gt;2 mg and renal&#xA0;failure after cisplatin.",
            ["Creatinine", "renal&#xA0;failure", "cisplatin"],
        ),
    ],
    "spaces": [
        (
            "Chronic kidney disease after cisplatin.",
            "Chronic\u2009kidney\u2009disease after\u2009cisplatin.",
            ["Chronic\u2009kidney\u2009disease", "cisplatin"],
        ),
        (
            "Atrial fibrillation was treated with amiodarone.",
            "Atrial\u202ffibrillation was treated with\xa0amiodarone.",
            ["Atrial\u202ffibrillation", "amiodarone"],
        ),
        (
            "Congestive heart failure from doxorubicin.",
            "Congestive heart\n  failure  from\tdoxorubicin.",
            ["Congestive heart\n  failure", "doxorubicin"],
        ),
        (
            "Acute renal failure followed.",
            "\ufeffAcute\u200b \u200brenal\u2009 failure\u200b followed.",
            ["Acute\u200b \u200brenal\u2009 failure"],
        ),
    ],
    "signs": [
        (
            "He had pulmonary fibrosis after bleomycin.",
            "He had pulmonary fi\u200bbrosis after bleo\xadmycin.",
            ["pulmonary fi\u200bbrosis", "bleo\xadmycin"],
        ),
        (
            "He had pulmonary fibrosis after bleomycin.",
            "He had pulmonary \ufb01brosis after \uff42leomycin.",
            ["pulmonary \ufb01brosis", "\uff42leomycin"],
        ),
        (
            "Parkinson's disease and non-Hodgkin lymphoma.",
            "Parkinson\u2019s disease and non\u2011Hodgkin lymphoma.",
            ["Parkinson\u2019s disease", "non\u2011Hodgkin lymphoma"],
        ),
        (
            "Guillain-Barré syndrome after lithium-induced coma.",
            "Guillain\u2013Barre\u0301 syndrome after lithium\u2010induced coma.",
            ["Guillain\u2013Barre\u0301 syndrome", "lithium", "coma"],
        ),
    ],
    "junk": [
        ("Aspirin reduced fever.", "Aspirin {100 mg} reduced fever.", ["Aspirin", "fever"]),
        ("The set was small.", "The set {x} of { values } was small.", []),
        ("Aspirin and fever.", "{ Aspirin } and fever. { }", ["Aspirin", "fever"]),
        ("", "&lt; &amp; &#123; { } [ 5 ]", []),
    ],
}
ALL = [pytest.param(*case, id=f"{kind}{i}") for kind, cases in CASES.items() for i, case in enumerate(cases)]


@pytest.fixture(scope="module")
def nlp() -> Language:
    return angel_spacy.load(exclude=["angel_linker"])


def entities(doc: Doc) -> list[tuple[str, str]]:
    return [(doc.text[ent.start_char : ent.end_char], ent.label_) for ent in doc.ents]


@pytest.mark.parametrize(("ordinary", "written", "there"), ALL)
def test_the_entities_are_those_of_the_ordinary_sentence(nlp: Language, ordinary: str, written: str, there: list[str]):
    doc = nlp(written)
    assert doc.text == written
    assert [text for text, _ in entities(doc)] == there
    assert [label for _, label in entities(doc)] == [label for _, label in entities(nlp(ordinary))]


def test_headings_and_abbreviations_are_left_alone(nlp: Language):
    text = "METHODS AND RESULTS: NSAIDs and COX-2 inhibitors raised AST, ALT, LDH. HIV RNA, DNA, CSF."
    assert [token.norm_ for token in nlp(text)] == [token.lower_ for token in nlp(text)]


def test_a_stream_in_processes_and_a_saved_pipeline_find_the_same(nlp: Language, tmp_path: Path):
    texts = [written for cases in CASES.values() for _, written, _ in cases]
    alone = [entities(nlp(text)) for text in texts]
    assert [entities(doc) for doc in nlp.pipe(texts, n_process=2, batch_size=4)] == alone
    nlp.to_disk(tmp_path / "saved")
    load = f"import spacy; nlp = spacy.load({str(tmp_path / 'saved')!r})"
    code = f"{load}; print([[ent.text for ent in doc.ents] for doc in nlp.pipe({texts!r})])"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([[text for text, _ in found] for found in alone])


@pytest.mark.parametrize("text", ["   ", "\n\n", "\u200b\u200b", "&nbsp;", ""])
def test_a_blank_text_has_no_entity(nlp: Language, text: str):
    assert [doc.text for doc in nlp.pipe([text] * 2)] == [text] * 2
    assert not nlp(text).ents
