import gzip
from pathlib import Path

import pytest

from angel_spacy.corpora.pubmed_xml import read_pubmed_xml
from angel_spacy.corpora.text import read_text
from angel_spacy.errors import CorpusError

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://example.org/pubmed.dtd">
"""
ARTICLE = """<PubmedArticle><MedlineCitation><PMID Version="1">71</PMID><Article>
<ArticleTitle>Effect of Ca<sup>2+</sup> in <i>gout</i> &amp; pain.</ArticleTitle>
<Abstract><AbstractText Label="AIM">To  see.</AbstractText><AbstractText>Seen <b>it</b>.</AbstractText></Abstract>
</Article></MedlineCitation><PubmedData><ReferenceList><Reference><ArticleIdList>
<ArticleId IdType="pubmed">5</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>"""
BOOK = """<PubmedBookArticle><BookDocument><PMID>72</PMID><ArticleTitle>Gout</ArticleTitle>
<Abstract><AbstractText>A chapter.</AbstractText></Abstract></BookDocument></PubmedBookArticle>"""
NAMELESS = """<PubmedArticle><MedlineCitation><Article><ArticleTitle>X</ArticleTitle></Article></MedlineCitation>
</PubmedArticle>"""
EMPTY = "<PubmedArticle><MedlineCitation><PMID>73</PMID><Article/></MedlineCitation></PubmedArticle>"


def save(folder: Path, *articles: str, head: str = HEAD) -> Path:
    path = folder / "pubmed.xml"
    path.write_text(f"{head}<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>")
    return path


def test_titles_keep_the_text_of_inline_markup_and_sections_their_labels(tmp_path: Path):
    article, chapter = read_pubmed_xml(save(tmp_path, ARTICLE, BOOK))
    assert (article.article_id, article.title) == ("71", "Effect of Ca2+ in gout & pain.")
    assert article.abstract == "AIM: To see. Seen it."
    assert (chapter.article_id, chapter.text) == ("72", "Gout A chapter.")


def test_articles_arrive_before_the_file_has_been_read(tmp_path: Path):
    path = tmp_path / "endless.xml"
    path.write_text(HEAD + "<PubmedArticleSet>" + ARTICLE * 2000 + "</oops>")
    articles = read_pubmed_xml(path)
    assert next(articles).article_id == "71"
    with pytest.raises(CorpusError, match="cannot read on"):
        list(articles)


@pytest.mark.parametrize("broken", [NAMELESS, EMPTY, "<PubmedArticle/>"])
def test_an_article_without_id_or_text_is_reported_with_its_number(tmp_path: Path, broken: str):
    path = save(tmp_path, ARTICLE, broken, ARTICLE)
    reported: list[CorpusError] = []
    assert len(list(read_pubmed_xml(path, reported.append))) == 2
    assert "record 2: expected a PMID" in str(reported[0])
    with pytest.raises(CorpusError, match="record 2"):
        list(read_pubmed_xml(path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_declarations_are_refused_in_any_encoding(tmp_path: Path, encoding: str):
    path = tmp_path / "bomb.xml"
    bomb = '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;">]>\n<PubmedArticleSet>&b;</PubmedArticleSet>'
    path.write_bytes(bomb.encode(encoding))
    with pytest.raises(CorpusError, match="declares entities"):
        list(read_pubmed_xml(path, lambda _: None))


def test_truncated_gzip_and_missing_file_are_clear_errors(tmp_path: Path):
    whole = gzip.compress(save(tmp_path, ARTICLE).read_bytes())
    path = tmp_path / "cut.xml.gz"
    path.write_bytes(whole[:-20])
    for bad in (path, tmp_path / "absent.xml"):
        with pytest.raises(CorpusError, match="fetch the file again"):
            list(read_pubmed_xml(bad))


def test_a_paragraph_is_an_article(tmp_path: Path):
    path = tmp_path / "my notes.txt"
    path.write_text("\n\nGout hurts\nat night.\n \t\n\nمرض السكري 😀\n")
    first, second = read_text(path)
    assert (first.article_id, first.text) == ("my_notes-1", "Gout hurts at night.")
    assert (second.article_id, second.text) == ("my_notes-2", "مرض السكري 😀")


def test_an_empty_file_has_no_article(tmp_path: Path):
    (tmp_path / "empty.txt").touch()
    assert list(read_text(tmp_path / "empty.txt")) == []
