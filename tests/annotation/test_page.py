import re
from pathlib import Path

from angel_spacy.annotation.page import article_html, write_page
from angel_spacy.records import Article, Candidate, LinkedArticle, LinkedMention, Mention

GOUT = Candidate("D006073", "Gout", "gout", 0.9, -0.1)
PAIN = Candidate("X<Y", "<b>Pain</b>", "pain", 0.05, -2.0)
GOUT_AND_NIL = (
    LinkedMention(Mention("gout", 0, 4, "DISEASE", ("D006073",)), (GOUT, PAIN)),
    LinkedMention(Mention("pain", 5, 9, "DISEASE"), (PAIN,)),
)


def test_links_open_the_concepts_page_and_nil_has_none():
    html = article_html(LinkedArticle(Article("1", "", "gout pain"), GOUT_AND_NIL))
    marks = re.findall(r"<mark.*?</mark>", html, re.DOTALL)
    assert len(marks) == 2
    assert 'href="https://meshb.nlm.nih.gov/record/ui?ui=D006073"' in marks[0]
    assert "NIL" in marks[1]
    assert "href" not in marks[1]


def test_nil_is_grey():
    html = article_html(LinkedArticle(Article("1", "", "gout pain"), GOUT_AND_NIL))
    assert ["#e9ecef" in mark for mark in re.findall(r"<mark.*?</mark>", html, re.DOTALL)] == [False, True]


def test_the_title_is_a_heading_and_a_line_of_its_own():
    mention = Mention("pain", 13, 17, "DISEASE")
    html = article_html(LinkedArticle(Article("77", "Gout & more.", "pain"), (LinkedMention(mention),)))
    assert "<h2>Gout &amp; more. <small>77</small></h2>" in html
    assert re.search(r"Gout &amp; more\.<br>\s*<mark", html)


def test_text_ids_and_labels_cannot_break_the_page():
    mention = Mention("<i>", 0, 3, "<u>", ('"><script>',))
    html = article_html(LinkedArticle(Article("<s>", "", "<i> & <script>"), (LinkedMention(mention, (PAIN,)),)))
    assert not re.search(r"<(i|u|s|b|script)>", html)
    assert "&lt;script&gt;" in html


def test_of_overlapping_mentions_the_longest_is_drawn_and_all_are_listed():
    mentions = (Mention("gout", 0, 4, "A"), Mention("gout pain", 0, 9, "B"), Mention("pain", 5, 9, "A"))
    html = article_html(LinkedArticle.of(Article("1", "", "gout pain.", mentions)))
    assert html.count("<mark") == 1
    assert html.count("<tr><td>") == 3
    assert re.sub(r"<[^>]+>|\s+", " ", html).count("gout pain") == 2


def test_a_page_of_several_articles_is_whole(tmp_path: Path):
    corpus = [LinkedArticle(Article(str(number), "", "مرض نقرس 🦶🏽\0")) for number in range(3)]
    assert write_page(corpus, tmp_path / "new" / "page.html", title="a < b") == 3
    page = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert page.count("<article>") == page.count("</article>") == 3
    assert "<title>a &lt; b</title>" in page
    assert "<h1>a &lt; b</h1>" in page
    assert page.endswith("</html>\n")
