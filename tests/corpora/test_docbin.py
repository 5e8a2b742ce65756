import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from angel_spacy.corpora.docbin import MENTIONS, article_to_doc, docbin_sink, read_docbin
from angel_spacy.records import Article, LinkedArticle, Mention, Section

ARTICLE = Article(
    "7",
    "Beta-blockers in gout",
    "and renal failure.",
    (
        Mention("gout", 17, 21, "Disease", ("D006073", "D9")),
        Mention("gout and renal failure", 17, 39, "Disease", ()),
        Mention("Beta", 0, 4, "Chemical", ("D1", "OMIM:7")),
        Mention(" ", 13, 14, "Chemical", ("D2",)),
    ),
)
SCI = {"nlp": {"tokenizer": {"@tokenizers": "angel_spacy.SciTokenizer.v1"}}}


SPLITTING = {"nlp": {"tokenizer": {"@tokenizers": "angel_spacy.SciTokenizer.v1", "split_modifiers": True}}}


@pytest.fixture(scope="module")
def nlp() -> spacy.language.Language:
    return spacy.blank("en", config=SCI)


@pytest.fixture(scope="module")
def splitting() -> spacy.language.Language:
    return spacy.blank("en", config=SPLITTING)


def test_mentions_grow_to_tokens_and_the_longest_of_overlapping_ones_stays(nlp: spacy.language.Language):
    doc = article_to_doc(nlp, ARTICLE)
    found = [(ent.text, ent.label_, ent.kb_id_) for ent in doc.ents]
    assert found == [("Beta-blockers", "CHEMICAL", "D1|OMIM:7"), ("gout and renal failure", "DISEASE", "")]
    assert not article_to_doc(nlp, ARTICLE, gold=False).ents


def test_overlapping_mentions_stand_in_a_span_group_and_are_read_again(tmp_path: Path):
    target = tmp_path / "new" / "out.spacy"
    plain = Article("8", "", "Gout hurts.", (Mention("Gout", 0, 4, "DISEASE", ("D1",)),), (Section("title", 0, 4),))
    with docbin_sink(target) as put:
        put(LinkedArticle.of(ARTICLE))
        put(LinkedArticle.of(plain))
    first, second = DocBin().from_disk(target).get_docs(spacy.blank("en").vocab)
    assert [ent.kb_id_ for ent in first.ents] == ["D1|OMIM:7", ""]
    assert len(first.spans[MENTIONS]) == 3
    assert MENTIONS not in second.spans
    again, other = read_docbin(target)
    assert (again.article_id, again.title, again.abstract) == ("7", ARTICLE.title, ARTICLE.abstract)
    assert [one.concept_ids for one in again.mentions] == [("D006073", "D9"), (), ("D1", "OMIM:7")]
    assert other == plain


def test_the_tokenizer_is_scispacys_own_unless_asked_otherwise(nlp: spacy.language.Language):
    text = "Lithium-induced (IL-2(-/-)) changes, e.g. 3.5 mg/kg of alpha-methyldopa; drug-free."
    theirs = pytest.importorskip("scispacy.custom_tokenizer").combined_rule_tokenizer(spacy.blank("en"))
    assert [token.text for token in nlp(text)] == [token.text for token in theirs(text)]


def test_the_hyphen_before_a_modifier_can_be_a_token(splitting: spacy.language.Language):
    words = [token.text for token in splitting("lithium-induced alpha-methyldopa, drug-free (PAN)-treated")]
    assert words == [
        "lithium",
        "-",
        "induced",
        "alpha-methyldopa",
        ",",
        "drug",
        "-",
        "free",
        "(",
        "PAN",
        ")",
        "-",
        "treated",
    ]


def test_brackets_that_belong_to_a_name_stay(splitting: spacy.language.Language):
    words = ["poly(ADP-ribose)", "-", "induced", "(5,6)-ene", "(3-methyl)cholanthrene", "-", "induced"]
    assert [
        token.text for token in splitting("poly(ADP-ribose)-induced (5,6)-ene (3-methyl)cholanthrene-induced")
    ] == words


def test_a_saved_pipeline_finds_the_tokenizer_in_a_fresh_process(tmp_path: Path, splitting: spacy.language.Language):
    text = "Ca2+-dependent IL-2(-/-) mice (e.g. 3.5 mg/kg)."
    splitting.to_disk(tmp_path / "saved")
    code = f"import spacy; print(*spacy.load({str(tmp_path / 'saved')!r})({text!r}), sep='|')"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "|".join(token.text for token in splitting(text))


def test_a_span_that_is_not_where_it_is_said_to_be_is_told(tmp_path):
    doc = spacy.blank("en")("Gout in mice.")
    doc.spans[MENTIONS] = [doc[0:1]]
    DocBin(docs=[doc]).to_disk(path := tmp_path / "a.spacy")
    place, other = struct.pack(">4l", 0, 1, 0, 4), struct.pack(">4l", 0, 1, 9, 4)  # tokens, characters
    path.write_bytes(zlib.compress(zlib.decompress(path.read_bytes()).replace(place, other)))
    problems = []
    assert list(read_docbin(path, problems.append)) == []
    assert ["is not where it is said to be" in str(one) for one in problems] == [True]
