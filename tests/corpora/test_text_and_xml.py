import gzip
import re
from pathlib import Path

import pytest

from angel_spacy.corpora.files import CutShortError
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
    with pytest.raises(CorpusError, match="record 2001: expected PubMed"):
        list(articles)


@pytest.mark.parametrize("broken", [NAMELESS, EMPTY, "<PubmedArticle/>"])
def test_an_article_without_id_or_text_is_reported_with_its_number(tmp_path: Path, broken: str):
    path = save(tmp_path, ARTICLE, broken, ARTICLE)
    reported: list[CorpusError] = []
    assert len(list(read_pubmed_xml(path, reported.append))) == 2
    assert [f"record 2, line {ARTICLE.count(chr(10)) + 3}: expected a PMID" in str(error) for error in reported] == [
        True
    ]
    with pytest.raises(CorpusError, match="record 2"):
        list(read_pubmed_xml(path))


def article(pmid: int, title: str = "Gout") -> str:
    return ARTICLE.replace(">71<", f">{pmid}<").replace("<ArticleTitle>Effect", f"<ArticleTitle>{title} effect")


def ids_and_reports(path: Path) -> tuple[list[str], list[str]]:
    reported: list[CorpusError] = []
    found = [one.article_id for one in read_pubmed_xml(path, reported.append)]
    if reported:
        with pytest.raises(CorpusError, match="; "):
            list(read_pubmed_xml(path))
    return found, [str(error).removeprefix(str(path)) for error in reported]


@pytest.mark.parametrize("between", ["", "\n", "\n\ufeff", " <!-- <PubmedArticle> --> <?page 2?>"])
@pytest.mark.parametrize("packed", [False, True])
def test_answers_behind_one_another_are_read_to_the_end(tmp_path: Path, between: str, packed: bool):
    answers = [save(tmp_path, article(n), BOOK, article(n + 1)).read_text() for n in (1, 3)]
    path = tmp_path / "several.xml"
    data = between.join(answers).encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    assert ids_and_reports(path) == (["1", "72", "2", "3", "72", "4"], [])


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (article(2, "Gout & pain"), "article 2 is broken (not well-formed"),
        (article(2, "Gout &alpha; pain"), "article 2 is broken (undefined entity"),
        (article(2, "Gout <i>pain"), "article 2 is broken (mismatched tag"),
        (article(2, "Gout\0"), "article 2 is broken (not well-formed"),
        (article(2).removesuffix("</PubmedArticle>"), "article 2 is broken (its end is missing"),
        (article(2)[:150], "article 2 is broken (its end is missing"),
        ("<eFetchResult><ERROR>no reply</ERROR></eFetchResult>", "found an answer of E-utilities without articles"),
        ("Error: 502", "found something else ('Error: 502')"),
    ],
)
@pytest.mark.parametrize("n", [1, 500])
def test_a_fault_costs_the_article_that_it_is_in(tmp_path: Path, broken: str, problem: str, n: int):
    path = save(tmp_path, *[article(1)] * n, broken, *[article(3)] * n)
    found, reports = ids_and_reports(path)
    assert found == ["1"] * n + ["3"] * n
    assert [problem in report for report in reports] == [True]
    assert reports[0].startswith(f", record {n + 1}")
    if "line" in reports[0]:
        assert int(reports[0].split("line ")[1].split(":")[0]) in range(3 + n * 5 - n - 1, 3 + n * 5 + 5)


def test_a_set_that_does_not_end_is_told_and_its_articles_are_there(tmp_path: Path):
    path = save(tmp_path, article(1), article(2))
    path.write_text(path.read_text().removesuffix("</PubmedArticleSet>"))
    assert ids_and_reports(path) == (
        ["1", "2"],
        [": cannot read on (the set of articles does not end); check the path, or fetch the file again"],
    )


def test_a_file_that_was_cut_in_an_article_gives_those_before_it(tmp_path: Path):
    path = save(tmp_path, article(1), article(2))
    path.write_text(path.read_text()[:-300])
    reported: list[CorpusError] = []
    assert [one.article_id for one in read_pubmed_xml(path, reported.append)] == ["1"]
    assert ["article 2 is broken (its end is missing)" in str(error) for error in reported] == [True, False]
    assert [isinstance(error, CutShortError) for error in reported] == [False, True]


def test_old_baselines_have_citations_alone(tmp_path: Path):
    citations = "".join(re.search("<MedlineCitation>.*</MedlineCitation>", article(n), re.DOTALL)[0] for n in (1, 2))
    path = tmp_path / "medline.xml"
    path.write_text(
        f"<?xml version='1.0' encoding='ISO-8859-1'?>\n<MedlineCitationSet>{citations}</MedlineCitationSet>"
    )
    path.write_bytes(path.read_text().replace("Gout", "Go\xfct").encode("latin-1"))
    found = list(read_pubmed_xml(path))
    assert [(one.article_id, one.title[:11]) for one in found] == [("1", "Go\xfct effect"), ("2", "Go\xfct effect")]


def test_a_title_that_was_not_translated_is_taken_as_it_was_written(tmp_path: Path):
    parts = "<ArticleTitle>[Not Available].</ArticleTitle><VernacularTitle>Die <i>Gicht</i>.</VernacularTitle>"
    both = "<ArticleTitle>[Gout].</ArticleTitle><VernacularTitle>Die Gicht.</VernacularTitle>"
    body = "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article>{}</Article></MedlineCitation></PubmedArticle>"
    found = read_pubmed_xml(
        save(tmp_path, *map(body.format, (parts, both, "<ArticleTitle>[Not Available].</ArticleTitle>")))
    )
    assert [one.title for one in found] == ["Die Gicht.", "[Gout].", "[Not Available]."]


@pytest.mark.parametrize(
    ("label", "text"),
    [("UNLABELLED", ""), ("Unassigned", ""), ("::", ""), ("", ""), (" : ", ""), ("AIM:", "AIM: "), ("AIM", "AIM: ")],
)
def test_labels_that_say_nothing_leave_nothing(tmp_path: Path, label: str, text: str):
    (found,) = read_pubmed_xml(save(tmp_path, ARTICLE.replace('Label="AIM"', f'Label="{label}"')))
    assert found.abstract == f"{text}To see. Seen it."


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (
            "<?xml version='1.0'?>\n<!DOCTYPE collection SYSTEM 'BioC.dtd'><collection><source/></collection>",
            "BioC XML",
        ),
        ("<!DOCTYPE article [\n]>\n<article article-type='x'><front/></article>", "JATS"),
        ("<pmc-articleset><article/></pmc-articleset>", "JATS"),
        ("<eFetchResult>\n\t<ERROR>ID list is empty!</ERROR>\n</eFetchResult>", "ID list is empty!"),
        ("<!doctype html>\n<HTML lang='en'><head/></HTML>", "a web page"),
        ('{"error":"API rate limit exceeded"}', "rate limit"),
    ],
)
def test_what_another_file_looks_like_is_said(tmp_path: Path, content: str, named: str):
    path = tmp_path / "other.xml"
    path.write_text(content)
    found, reports = ids_and_reports(path)
    assert found == []
    assert [named in report for report in reports] == [True]


def test_a_set_without_articles_is_no_fault(tmp_path: Path):
    assert ids_and_reports(save(tmp_path)) == ([], [])


def test_bytes_of_another_encoding_cost_their_article(tmp_path: Path):
    path = tmp_path / "bytes.xml"
    path.write_bytes(save(tmp_path, article(1), article(2, "Go\xfct"), article(3)).read_text().encode("latin-1"))
    path.write_bytes(path.read_bytes().replace(b"UTF-8", b"utf8"))
    found, reports = ids_and_reports(path)
    assert (found, ["expected UTF-8" in report for report in reports]) == (["1", "3"], [True])


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
