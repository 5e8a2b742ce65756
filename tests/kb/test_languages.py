"""Names that are known to be of a language: kept with the concepts, chosen by `filtered`."""

import json

import pytest

from angel_spacy.arrays.files import save_arrays
from angel_spacy.errors import ConfigError, KnowledgeBaseError
from angel_spacy.kb import Concept, KnowledgeBase, read_kb
from angel_spacy.kb.concept import concept_of
from angel_spacy.kb.merge import merged
from angel_spacy.kb.selection import filtered

GOUT = Concept("X:1", "Gout", ("Gicht", "Podagra", "M10"), languages=("en-GB", "de", "en la"))
KB = KnowledgeBase(
    [GOUT, Concept("X:2", "Fieber", languages=("de",)), Concept("X:3", "Flu")],
    seen={("gicht", "X:1"): 3, ("gout", "X:1"): 2, ("flu", "X:3"): 1},
)


@pytest.mark.parametrize(
    ("languages", "kept"),
    [
        (["en"], {"X:1": ("Gout", "Podagra", "M10"), "X:3": ("Flu",)}),
        (["DE"], {"X:1": ("Gicht", "M10"), "X:2": ("Fieber",), "X:3": ("Flu",)}),
        (["la", "en-gb"], {"X:1": ("Gout", "Podagra", "M10"), "X:3": ("Flu",)}),
        ([], {"X:1": GOUT.names, "X:2": ("Fieber",), "X:3": ("Flu",)}),
    ],
)
def test_names_of_other_languages_go(languages, kept):
    part = filtered(KB, languages=languages)
    assert {concept.concept_id: concept.names for concept in part.concepts} == kept
    own = dict(GOUT.languages_of_names())
    assert all(own[name] == tags for name, tags in part["X:1"].languages_of_names())


def test_what_was_seen_goes_with_the_names():
    assert filtered(KB, languages=["en"]).seen == {("gout", "X:1"): 2, ("flu", "X:3"): 1}


def test_a_kb_of_another_language_has_nothing_left():
    with pytest.raises(ConfigError, match="No concept is like that"):
        filtered(KnowledgeBase([Concept("X:2", "Fieber", languages=("de",))]), languages=["en"])


def test_languages_are_stored(tmp_path):
    KB.to_disk(tmp_path / "kb")
    assert list(KnowledgeBase.from_disk(tmp_path / "kb", verify=True).concepts) == list(KB.concepts)
    assert KB["X:1"] == GOUT


def test_languages_of_changed_names():
    kb = KnowledgeBase([GOUT])
    kb.remove_name("X:1", "Gout")
    kb.add_name("X:1", "Urate arthritis")
    expected = [("Gicht", "de"), ("Podagra", "en la"), ("M10", ""), ("Urate arthritis", "")]
    assert list(kb["X:1"].languages_of_names()) == expected
    assert list(KnowledgeBase.from_bytes(kb.to_bytes())["X:1"].languages_of_names()) == expected


def test_a_merged_concept_has_the_languages_of_both():
    other = KnowledgeBase([Concept("X:1", "podagra", ("Gicht", "Goutte"), languages=("fr", "", "fr"))])
    kb, _ = merged([KnowledgeBase([GOUT]), other])
    expected = [*GOUT.languages_of_names(), ("podagra", "fr"), ("Goutte", "fr")]
    assert list(kb["X:1"].languages_of_names()) == expected


def test_more_languages_than_names_are_an_error():
    with pytest.raises(KnowledgeBaseError, match="more languages than names"):
        KnowledgeBase([Concept("X:1", "Gout", languages=("en", "de"))])


def test_json_and_readers_tell_languages(tmp_path):
    assert concept_of({"id": "X:1", "names": ["Gout", "Gicht"], "languages": ["en", "de"]}).languages == ("en", "de")
    path = tmp_path / "names.tsv"
    path.write_text("compound_id\tname\tlanguage\n1\taspirine\tfr\n1\tASS\tde\n")
    (tmp_path / "compounds.tsv").write_text("id\tname\tchebi_accession\tstars\n1\taspirin\tCHEBI:1\t3\n")
    aspirin = read_kb("chebi", tmp_path, languages="")["CHEBI:1"]
    assert list(aspirin.languages_of_names()) == [("aspirin", ""), ("aspirine", "fr"), ("ASS", "de")]


@pytest.mark.parametrize(("version", "lacking"), [(4, ["language"]), (3, ["language", "xref", "parent"])])
def test_a_kb_of_an_older_format_is_read(tmp_path, version, lacking):
    concepts = [Concept("X:1", "Gout", ("Podagra",)), Concept("X:2", "Flu")]
    KnowledgeBase(concepts).to_disk(tmp_path / "kb")
    meta = json.loads((tmp_path / "kb" / "meta.json").read_text())
    del meta["languages"]
    (tmp_path / "kb" / "meta.json").write_text(json.dumps(meta | {"format_version": version}))
    arrays = KnowledgeBase(concepts).packed().arrays
    for path in (tmp_path / "kb" / "concepts").iterdir():
        path.unlink()
    (tmp_path / "kb" / "concepts").rmdir()
    old = {name: array for name, array in arrays.items() if not name.startswith(tuple(lacking))}
    save_arrays(tmp_path / "kb" / "concepts", old)
    assert list(KnowledgeBase.from_disk(tmp_path / "kb").concepts) == concepts
