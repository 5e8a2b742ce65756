# ruff: noqa: E501  the files are as wide as they are
"""Small valid files of the formats that we do not write, or that others write in other ways, made by hand."""

import json

from .mutation import Files

_BIOC = """<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE collection SYSTEM 'BioC.dtd'>
<collection><source>x</source><date/><key/><document><id>71</id>
<passage><infon key="type">title</infon><offset>0</offset><text>Gout &amp; fever</text>
<annotation id="1"><infon key="type">Disease</infon><infon key="MESH">D006073</infon><location offset="0" length="4"/><text>Gout</text></annotation></passage>
<passage><infon key="type">abstract</infon><offset>20</offset><sentence><offset>20</offset><text>Breast and ovarian cancer.</text>
<annotation id="2"><infon key="identifier">MESH:D001943|D010051</infon><location offset="20" length="6"/><location offset="39" length="6"/><text>Breast cancer</text></annotation></sentence></passage></document></collection>
"""

_JATS = """<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD" "JATS.dtd">
<article xmlns:mml="http://www.w3.org/1998/Math/MathML"><front><article-meta><article-id pub-id-type="pmid">71</article-id>
<article-id pub-id-type="pmcid">PMC1</article-id><title-group><article-title>Gout in <italic>mice</italic></article-title></title-group>
<abstract><title>Background</title><p>It hurts.</p></abstract></article-meta></front>
<body><p>Before.</p><sec><title>Methods</title><p>We<xref>1</xref> asked<mml:math>x</mml:math>.</p><sec><title>Mice</title><p>Ten.</p></sec></sec>
<table-wrap><table><tr><td>no</td></tr></table></table-wrap></body><back><ref-list><ref>no</ref></ref-list></back></article>
"""

_PUBMED = """<?xml version="1.0" ?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "x.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">71</PMID><Article><ArticleTitle>Gout in <i>mice</i>.</ArticleTitle>
<Abstract><AbstractText Label="AIM">It hurts.</AbstractText><AbstractText>And fever &lt; 39.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>
<PubmedBookArticle><BookDocument><PMID>72</PMID><ArticleTitle>Fever</ArticleTitle></BookDocument></PubmedBookArticle>
<DeleteCitation><PMID Version="1">2</PMID></DeleteCitation></PubmedArticleSet>
"""

_EUROPE_PMC = [
    {
        "source": "MED",
        "extId": "71",
        "pmcid": "PMC1",
        "annotations": [
            {
                "prefix": "He has ",
                "exact": "gout",
                "postfix": " now",
                "type": "Diseases",
                "tags": [{"name": "gout", "uri": "http://linkedlifedata.com/resource/umls-concept/C0018099"}],
            }
        ],
    }
]

_LABEL_STUDIO = [
    {
        "id": 3,
        "data": {"text": "Gout hurts.", "pmid": "71", "title_end": 4},
        "annotations": [
            {
                "result": [
                    {
                        "id": "r",
                        "type": "labels",
                        "value": {"start": 0, "end": 4, "text": "Gout", "labels": ["Disease"]},
                        "meta": {"text": ["MESH:D006073"]},
                    },
                    {
                        "id": "s",
                        "type": "hypertextlabels",
                        "value": {"start": 5, "end": 10, "hypertextlabels": ["Symptom"]},
                    },
                    {"id": "s", "type": "taxonomy", "value": {"taxonomy": [["x", "HP:0012531"]]}},
                ]
            }
        ],
    }
]

_COMETA = 'ID\tTerm\tGeneral SNOMED Label\tGeneral SNOMED ID\tSpecific SNOMED Label\tSpecific SNOMED ID\tExample\n5\tgout\tGout\t90560007\tAcute gout\t24595009\tMy "Gout" is back\n6\tflu\tFlu\t1\tFlu\t2\tno flu\n'

_WEBANNO = """#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|coarseValue|PosValue
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value


#Text=😊 Acute gout hurts.
1-1\t0-2\t😊\t_\t_\t_\t_
1-2\t3-8\tAcute\tADJ\tJJ\thttp://purl.obolibrary.org/obo/HP_0001997[1]\tDISEASE[1]
1-3\t9-13\tgout\t_\t_\thttp://purl.obolibrary.org/obo/HP_0001997[1]|D006073\tDISEASE[1]|JOINT
1-4\t14-19\thurts\t_\t_\t_\t_

#Text=Fever too.
2-1\t21-26\tFever\t_\t_\t*\tDISEASE
"""

_BRAT = "T1\tDisease 0 4\tGout\nN1\tReference T1 MESH:D006073\tGout\nT2\tPlace 12 16;27 31\tLeft knee\nR1\tAt Arg1:T1 Arg2:T2\n#1\tAnnotatorNotes T1\tyes\n"

_KNOWTATOR = '<?xml version="1.0"?><annotations textSource="11.txt"><annotation><mention id="i1"/><annotator id="a">A</annotator><span start="10" end="14"/><span start="19" end="24"/><spannedText>x</spannedText></annotation><classMention id="i1"><mentionClass id="HP_0001945">x</mentionClass></classMention></annotations>'

_PUBTATOR = "71|t|Gout in mice.\n71|a|It hurts. Fever, too.\n71\t0\t4\tGout\tDisease\tMESH:D006073\n71\t24\t29\tFever\tDisease\tD005334|D1\tx\n71\tCID\tD006073\tD1\n\n72|t|Flu\n72|a|\n72\t0\t3\tFlu\tDisease\t-1\n"


def _file(name: str, text: str) -> Files:
    return {name: text.encode()}


TEXTS: dict[str, list[Files]] = {
    "jsonl": [_file("a.jsonl", '{"pmid": 71, "title": "Gout.", "abstract": null}\n{"id": "2", "text": "Fever", "mentions": [{"start": 0, "end": 5, "label": "D", "concept_id": "D1"}]}\n')],
    "pubtator": [_file("a.pubtator", _PUBTATOR)],
    "bioc-xml": [_file("a.xml", _BIOC)],
    "bioc-json": [_file("a.json", json.dumps({"PubTator3": [{"pmid": 1, "passages": [{"offset": 0, "infons": {"type": "title"}, "text": "Gout.", "annotations": [{"infons": {"type": "Disease", "identifier": "MESH:D006073"}, "text": "Gout", "locations": [{"offset": 0, "length": 4}]}]}]}]}))],
    "jats": [_file("a.nxml", _JATS)],
    "pubmed-xml": [_file("a.xml", _PUBMED)],
    "europe-pmc": [_file("a.json", json.dumps(_EUROPE_PMC))],
    "label-studio": [_file("a.json", json.dumps(_LABEL_STUDIO))],
    "cometa": [_file("a.csv", _COMETA)],
    "marked": [{"train.source": b'He has START acute gout END .\n["START fever END"]\nSTART a END b\n', "trainlabel.txt": b"D006073\nD1|D2\n\n"}],
    "askapatient": [{"AskAPatient.test.txt": "22253000\tPain\tça fait mal\n1\tx\ty\n".encode("latin-1")}],
    "knowtator": [{"txt/11.txt": b"Mice with gout and fever.\n", "k/11.txt.knowtator.xml": _KNOWTATOR.encode()}],
    "brat": [{"1.txt": b"Gout hurts.\nLeft and right knee.\n", "1.ann": _BRAT.encode()}],
    "webanno": [_file("a.tsv", _WEBANNO)],
    "text": [_file("a.txt", "Gout hurts.\n\nFever, too.\r\nMore.\n\n\n  Blanks \n")],
}  # fmt: skip
"""By the name of the format."""
