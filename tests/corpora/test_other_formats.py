# ruff: noqa: E501  the files are as wide as they are
"""Formats of others, each as its makers write it, in a few lines made by hand."""

import json

import pytest

from angel_spacy.corpora.formats import guess_format, read_articles
from angel_spacy.corpora.pubmed_newest import read_newest
from angel_spacy.corpora.pubmed_xml import deleted
from angel_spacy.errors import CorpusError


def read(folder, name, content, format=None):  # noqa: A002
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf8")
    return list(read_articles(path, format))


def mentions(article):
    return [(one.text, one.label, one.concept_ids) for one in article.mentions]


# BioC

BIOC = """<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE collection SYSTEM 'BioC.dtd'>
<collection><source>PubTator</source><date/><key/><document><id>71</id>
<passage><infon key="type">title</infon><offset>0</offset><text>Gout &amp; fever</text>
<annotation id="1"><infon key="type">Disease</infon><infon key="MESH">D006073</infon><location offset="0" length="4"/><text>Gout</text></annotation></passage>
<passage><infon key="type">abstract</infon><offset>20</offset><text>Breast and ovarian cancer.</text>
<annotation id="2"><infon key="identifier">MESH:D001943|D010051</infon><infon key="type">Disease</infon>
<location offset="20" length="6"/><location offset="39" length="6"/><text>Breast cancer</text></annotation>
<relation id="R1"><infon key="type">x</infon></relation></passage></document></collection>"""


def test_bioc_xml_has_offsets_in_the_document_and_mentions_in_pieces(tmp_path):
    (article,) = read(tmp_path, "a.xml", BIOC)
    assert (article.article_id, article.title, article.abstract) == ("71", "Gout & fever", "Breast and ovarian cancer.")
    gout, both = article.mentions
    assert (gout.text, gout.label, gout.concept_ids) == ("Gout", "Disease", ("D006073",))
    assert both.concept_ids == ("MESH:D001943", "D010051")
    assert both.fragments == ((13, 19), (32, 38))
    assert article.text[both.start : both.end] == both.text == "Breast and ovarian cancer"
    assert article.sections == ()


def test_bioc_json_of_pubtator_3_and_documents_a_line(tmp_path):
    passage = {"offset": 0, "infons": {"type": "title"}, "text": "Gout.", "annotations": []}
    passage["annotations"] = [
        {
            "infons": {"type": "Disease", "identifier": "MESH:D006073"},
            "text": "Gout",
            "locations": [{"offset": 0, "length": 4}],
        }
    ]
    more = {
        "offset": 6,
        "infons": {"type": "paragraph", "section_type": "INTRO"},
        "text": "It hurts.",
        "annotations": [],
    }
    documents = [{"id": "1", "passages": [passage, more]}, {"id": "2", "passages": [passage]}]
    for name, content in (
        ("a.json", json.dumps({"PubTator3": documents})),
        ("b.json", json.dumps({"documents": documents})),
        ("c.json", "\n".join(map(json.dumps, documents))),
    ):
        one, two = read(tmp_path, name, content)
        assert mentions(one) == mentions(two) == [("Gout", "Disease", ("MESH:D006073",))]
        assert [section.name for section in one.sections] == ["title", "paragraph"]


def test_sentences_of_bioc_are_read(tmp_path):
    passage = "<passage><infon key='type'>abstract</infon><offset>0</offset>"
    sentences = "".join(
        f"<sentence><offset>{at}</offset><text>{text}</text></sentence>" for at, text in ((0, "Gout."), (6, "Pain."))
    )
    (article,) = read(
        tmp_path, "a.xml", f"<collection><document><id>1</id>{passage}{sentences}</passage></document></collection>"
    )
    assert article.text == "Gout. Pain."


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('offset="0" length="4"', 'offset="3" length="4"', "expected 'Gout' at 3"),
        ('offset="0" length="4"', 'offset="9" length="9"', "is in no passage"),
        ("<id>71</id>", "", "expected an id and a text"),
        ("</passage></document>", "", "cannot read on"),
    ],
)
def test_broken_bioc_is_told(tmp_path, old, new, problem):
    with pytest.raises(CorpusError, match=problem):
        read(tmp_path, "a.xml", BIOC.replace(old, new))


# brat


def test_brat(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "1.txt").write_text("Gout hurts.\nLeft and right knee.\n")
    (tmp_path / "sub" / "1.ann").write_text(
        "T1\tDisease 0 4\tGout\nN1\tReference T1 MESH:D006073\tGout\nN2\tReference T1 UMLS:C0018099\tGout\n"
        "T2\tPlace 12 16;27 31\tLeft knee\nR1\tAt Arg1:T1 Arg2:T2\n#1\tAnnotatorNotes T1\tyes\nA1\tNegated T1\n*\tEquiv T1 T2\n"
    )
    assert guess_format(tmp_path) == "brat"
    (article,) = read_articles(tmp_path)
    gout, knee = article.mentions
    assert (gout.label, gout.concept_ids) == ("Disease", ("MESH:D006073", "UMLS:C0018099"))
    assert knee.fragments == ((12, 16), (27, 31))
    (tmp_path / "sub" / "1.ann").write_text("T1\tDisease 1 4\tGout\n")
    with pytest.raises(CorpusError, match=r"1\.ann, line 1: expected 'Gout' at 1"):
        list(read_articles(tmp_path))


# INCEpTION

WEBANNO = """#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|coarseValue|PosValue
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value


#Text=😊 Acute gout hurts.
1-1\t0-2\t😊\t_\t_\t_\t_
1-2\t3-8\tAcute\tADJ\tJJ\thttp://purl.obolibrary.org/obo/HP_0001997[1]\tDISEASE[1]
1-3\t9-13\tgout\t_\t_\thttp://purl.obolibrary.org/obo/HP_0001997[1]|D006073\tDISEASE[1]|JOINT
1-4\t14-19\thurts\t_\t_\t_\t_
1-5\t19-20\t.\t_\t_\t_\t_

#Text=Fever too.
2-1\t21-26\tFever\t_\t_\t*\tDISEASE
2-2\t27-30\ttoo\t_\t_\t_\t_
2-3\t30-31\t.\t_\t_\t_\t_
"""


def test_webanno_offsets_are_utf_16_and_annotations_overlap(tmp_path):
    (article,) = read(tmp_path, "7.tsv", WEBANNO)
    assert (article.article_id, article.text) == ("7", "😊 Acute gout hurts.\nFever too.")
    assert mentions(article) == [
        ("Acute gout", "DISEASE", ("HP:0001997",)),
        ("gout", "JOINT", ("D006073",)),
        ("Fever", "DISEASE", ()),
    ]
    assert [article.text[one.start : one.end] for one in article.mentions] == ["Acute gout", "gout", "Fever"]


# Label Studio


def test_label_studio(tmp_path):
    regions = [
        {
            "id": "r",
            "type": "labels",
            "value": {"start": 0, "end": 4, "text": "Gout", "labels": ["Disease"]},
            "meta": {"text": ["MESH:D006073"]},
        },
        {"id": "s", "type": "labels", "value": {"start": 5, "end": 10, "labels": ["Symptom"]}},
        {"id": "s", "type": "textarea", "value": {"text": ["HP:0012531"]}},
        {"id": "t", "type": "choices", "value": {"choices": ["relevant"]}},
    ]
    task = {"id": 3, "data": {"text": "Gout hurts.", "pmid": "71"}, "annotations": [{"result": regions}]}
    (article,) = read(tmp_path, "a.json", json.dumps([task]))
    assert article.article_id == "71"
    assert mentions(article) == [("Gout", "Disease", ("MESH:D006073",)), ("hurts", "Symptom", ("HP:0012531",))]
    regions[0]["value"]["text"] = "Cold"
    with pytest.raises(CorpusError, match="region 0-4"):
        read(tmp_path, "a.json", json.dumps([task]))


# Europe PMC


def test_europe_pmc(tmp_path):
    tags = [{"name": "gout", "uri": "http://linkedlifedata.com/resource/umls-concept/C0018099"}]
    rows = [{"prefix": "He has ", "exact": "gout", "postfix": " now", "type": "Diseases", "tags": tags}]
    answer = [{"source": "MED", "extId": "71", "pmcid": "PMC1", "annotations": [*rows, {"exact": "x", "tags": None}]}]
    first, second = read(tmp_path, "a.json", json.dumps(answer))
    assert (first.article_id, first.text, mentions(first)) == (
        "PMC1-1",
        "He has gout now",
        [("gout", "Diseases", ("UMLS:C0018099",))],
    )
    assert mentions(second) == [("x", "", ())]


# published files


def test_source_and_label_files(tmp_path):
    (tmp_path / "trainlabel.txt").write_text("D006073\nD1|D2\n\n")
    lines = 'He has START acute gout END .\n["START fever END"]\nSTART a END b\n'
    one, two, three = read(tmp_path, "train.source", lines)
    assert (one.article_id, one.text, mentions(one)) == (
        "train-1",
        "He has acute gout .",
        [("acute gout", "", ("D006073",))],
    )
    assert (two.text, mentions(two)) == ("fever", [("fever", "", ("D1", "D2"))])
    assert mentions(three) == [("a", "", ())]
    with pytest.raises(CorpusError, match=r"there is no testlabel\.txt beside it"):
        read(tmp_path, "test.source", "START a END\n")
    (tmp_path / "testlabel.txt").write_text("D1\n")
    with pytest.raises(CorpusError, match="line 1: expected START and END"):
        read(tmp_path, "test.source", "nothing\n")


def test_cometa_and_askapatient(tmp_path):
    header = "ID\tTerm\tGeneral SNOMED Label\tGeneral SNOMED ID\tSpecific SNOMED Label\tSpecific SNOMED ID\tExample\n"
    (article,) = read(
        tmp_path, "train.csv", header + "5\tgout\tGout\t90560007\tAcute gout\t24595009\tMy Gout is back\n"
    )
    assert (article.article_id, mentions(article)) == ("5", [("Gout", "", ("24595009", "90560007"))])
    path = tmp_path / "AskAPatient.fold-0.test.txt"
    path.write_bytes("22253000\tPain\tça fait mal\n".encode("latin-1"))
    assert guess_format(path) == "askapatient"
    (phrase,) = read_articles(path)
    assert mentions(phrase) == [("ça fait mal", "", ("22253000",))]


# full texts

JATS = """<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD" "JATS.dtd">
<article xmlns:mml="http://www.w3.org/1998/Math/MathML"><front><article-meta><article-id pub-id-type="pmid">71</article-id>
<article-id pub-id-type="pmcid">PMC1</article-id><title-group><article-title>Gout in <italic>mice</italic></article-title></title-group>
<abstract><title>Background</title><p>It hurts.</p></abstract><abstract abstract-type="graphical"><p>no</p></abstract></article-meta></front>
<body><p>Before.</p><sec><title>Methods</title><p>We<xref>1</xref> asked<mml:math>x</mml:math>.</p><sec><title>Mice</title><p>Ten.</p></sec></sec>
<table-wrap><table><tr><td>no</td></tr></table></table-wrap></body><back><ref-list><ref>no</ref></ref-list></back></article>"""


def test_jats_has_sections(tmp_path):
    (article,) = read(tmp_path, "a.nxml", JATS)
    assert (article.article_id, article.title) == ("PMC1", "Gout in mice")
    found = {one.name: article.text[one.start : one.end] for one in article.sections}
    assert found == {
        "title": "Gout in mice",
        "abstract": "Background It hurts.",
        "body": "Before.",
        "Methods": "Methods We1 asked. Mice Ten.",
    }
    assert guess_format(tmp_path / "a.nxml") == "jats"
    (tmp_path / "b.xml").write_text(JATS)
    assert guess_format(tmp_path / "b.xml") == "jats"
    with pytest.raises(CorpusError, match="declares entities"):
        read(tmp_path, "c.nxml", JATS.replace('"JATS.dtd">', '"JATS.dtd" [<!ENTITY a "b">]>'))


# PubMed's update files


def citation(pmid, title, version=1):
    return f"<PubmedArticle><MedlineCitation><PMID Version='{version}'>{pmid}</PMID><Article><ArticleTitle>{title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>"


def test_the_newest_version_wins_and_deleted_articles_go(tmp_path):
    base, update = tmp_path / "pubmed26n0001.xml", tmp_path / "pubmed26n0002.xml"
    base.write_text(
        f"<PubmedArticleSet>{citation(1, 'Old')}{citation(2, 'Gone')}{citation(3, 'Same')}</PubmedArticleSet>"
    )
    update.write_text(
        f"<PubmedArticleSet>{citation(1, 'New')}{citation(1, 'Newer')}<DeleteCitation><PMID Version='1'>2</PMID></DeleteCitation></PubmedArticleSet>"
    )
    assert deleted(update) == ["2"]
    found = [(one.article_id, one.title) for one in read_newest([update, base])]
    assert found == [("3", "Same"), ("1", "Newer")]


def test_a_second_version_wins_over_a_first_one_that_comes_later(tmp_path):
    base, update = tmp_path / "pubmed26n0001.xml", tmp_path / "pubmed26n0002.xml"
    base.write_text(f"<PubmedArticleSet>{citation(1, 'Second', 2)}{citation(1, 'First')}</PubmedArticleSet>")
    update.write_text(f"<PubmedArticleSet>{citation(1, 'First, mended')}</PubmedArticleSet>")
    assert [one.title for one in read_newest([base, update])] == ["Second"]


def test_a_relation_of_label_studio_costs_no_mention(tmp_path):
    region = {"id": "r", "type": "labels", "value": {"start": 0, "end": 4, "labels": ["Disease"]}}
    relation = {"from_id": "r", "to_id": "r", "type": "relation", "direction": "right"}
    task = {"data": {"text": "Gout hurts.", "pmcid": "PMC1"}, "annotations": [{"result": [relation, region]}]}
    (article,) = read(tmp_path, "a.json", json.dumps([task]))
    assert mentions(article) == [("Gout", "Disease", ())]
    del region["value"]["end"]
    with pytest.raises(CorpusError, match="region 0-None"):
        read(tmp_path, "a.json", json.dumps([task]))


def test_a_bad_label_line_shifts_no_other(tmp_path):
    (tmp_path / "trainlabel.txt").write_bytes(b"D\xe9\nD2\n")
    (tmp_path / "train.source").write_text("START a END\nSTART b END\n")
    problems = []
    first, second = read_articles(tmp_path / "train.source", on_error=problems.append)
    assert (mentions(first), mentions(second)) == ([("a", "", ())], [("b", "", ("D2",))])
    assert "trainlabel.txt, line 1" in str(problems[0])


def test_jats_may_have_a_namespace(tmp_path):
    xml = JATS.replace("<article xmlns:mml", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" xmlns:mml')
    (article,) = read(tmp_path, "a.nxml", xml)
    assert article.title == "Gout in mice"


def test_tables_of_others_are_not_taken_for_ours(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\n1,Gout\n")
    with pytest.raises(CorpusError, match="begins as no file of cometa"):
        list(read_articles(tmp_path / "a.csv"))
    (tmp_path / "a.json").write_text('{"id": "1", "text": "Gout."}\n')
    assert guess_format(tmp_path / "a.json") == "jsonl"


def test_a_column_called_mentions_may_be_another(tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for column in (["gout"], [{"text": "gout"}]):
        table = pa.table({"id": ["1"], "text": ["Gout."], "mentions": [column]})
        parquet.write_table(table, tmp_path / "a.parquet")
        problems = []
        (article,) = read_articles(tmp_path / "a.parquet", on_error=problems.append)
        assert (article.text, len(problems)) == ("Gout.", 1)


def test_a_table_beside_brat_files_makes_no_webanno_of_the_folder(tmp_path):
    (tmp_path / "1.txt").write_text("Gout.\n")
    (tmp_path / "1.ann").write_text("T1\tDisease 0 4\tGout\n")
    (tmp_path / "statistics.tsv").write_text("documents\t1\n")
    assert guess_format(tmp_path) == "brat"


def test_half_a_character_in_a_marked_line_is_told(tmp_path):
    (tmp_path / "trainlabel.txt").write_text("D1\nD2\n")
    (tmp_path / "train.source").write_text('["START fever\\ud800 END"]\nSTART gout\\ud800 END\n')
    problems = []
    (plain,) = read_articles(tmp_path / "train.source", "marked", problems.append)
    assert plain.text == "gout\\ud800"
    assert ["line 1: half a surrogate pair" in str(one) for one in problems] == [True]
