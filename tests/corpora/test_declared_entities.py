"""XML that declares entities is read by no reader of corpora, whatever its encoding."""

import gzip
from pathlib import Path

import pytest

from angel_spacy.corpora.formats import FORMATS, read_articles
from angel_spacy.errors import CorpusError

DECLARED = '<!DOCTYPE x [<!ENTITY a "boomboom"><!ENTITY b "&a;&a;&a;&a;">]>'
DOCUMENTS = {
    "bioc-xml": "<collection><document><id>1</id><passage><offset>0</offset><text>&b;</text></passage></document>"
    "</collection>",
    "pubmed-xml": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>&b;"
    "</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    "jats": "<article><front><article-meta><article-id pub-id-type='pmc'>1</article-id><title-group><article-title>&b;"
    "</article-title></title-group></article-meta></front></article>",
    "knowtator": '<annotations textSource="1.txt"><annotation><mention id="m"/><span start="0" end="4"/></annotation>'
    '<classMention id="m"><mentionClass id="&b;">gout</mentionClass></classMention></annotations>',
}


def test_every_format_of_xml_is_here():
    assert {one.name for one in FORMATS if "XML" in one.help or "JATS" in one.help} == set(DOCUMENTS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("form", DOCUMENTS)
def test_what_is_declared_is_not_read(form: str, encoding: str, tmp_path: Path):
    (tmp_path / "1.txt").write_text("Gout.")
    path = tmp_path / "1.knowtator.xml"
    source = tmp_path if form == "knowtator" else path
    problems: list[CorpusError] = []

    def found(declared: str, document: str) -> str:
        path.write_bytes(f'<?xml version="1.0"?>{declared}\n{document}'.encode(encoding))
        return "".join(map(repr, read_articles(source, form, problems.append)))

    document = DOCUMENTS[form]
    assert "boom" in found('<!DOCTYPE x SYSTEM "x.dtd" [<!ELEMENT b ANY>]>', document.replace("&b;", "boom"))
    assert problems == []
    try:
        assert "boom" not in found(DECLARED, document)
    except CorpusError as error:
        problems.append(error)
    assert ["declares entities" in str(one) for one in problems] == [True]


@pytest.mark.parametrize("form", ["bioc-xml", "knowtator"])
def test_a_comment_that_does_not_end_is_not_waited_for(form: str, tmp_path: Path):
    (tmp_path / "1.txt").write_text("Gout.")
    path = tmp_path / "1.knowtator.xml"
    path.write_bytes(gzip.compress(b'<?xml version="1.0"?><!--' + bytes(1 << 24).replace(b"\0", b" ")))
    problems: list[CorpusError] = []
    list(read_articles(tmp_path if form == "knowtator" else path, form, problems.append))
    assert [str(one).startswith(str(path)) for one in problems] == [True]
