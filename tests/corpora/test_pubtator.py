import gzip
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.corpora.pubtator import pubtator_block, read_pubtator, with_ids, write_pubtator
from angel_spacy.errors import CorpusError
from angel_spacy.kb import join_ids, split_ids
from angel_spacy.records import Article, Mention

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "corpora"
COUNTS = {
    "ncbi_disease/train": (592, 5134, 0),
    "ncbi_disease/dev": (100, 787, 0),
    "bc5cdr/train": (500, 9385, 76),
    "bc5cdr/dev": (500, 9591, 59),
    "biored/traindev": (378, 12703, 38),
}
BLOCK = """\
71|t|Gout and renal failure.
71|a|Allopurinol helps gout.
71\t0\t4\tGout\tDisease\tMESH:D006073
71\t0\t22\tGout and renal failure\tDisease\tD006073|D051437\tGout|renal failure
71\t24\t35\tAllopurinol\tChemical\t-1
71\tCID\tD000493\tD006073
71\tAssociation\t1956\t2908\tNovel
"""


def save(folder: Path, text: str) -> Path:
    path = folder / "corpus.pubtator"
    path.write_bytes(text.encode())
    return path


def test_mentions_carry_their_ids_and_relations_are_skipped(tmp_path: Path):
    (article,) = read_pubtator(save(tmp_path, BLOCK))
    assert article.text == "Gout and renal failure. Allopurinol helps gout."
    assert article.mentions == (
        Mention("Gout", 0, 4, "Disease", ("MESH:D006073",)),
        Mention("Gout and renal failure", 0, 22, "Disease", ("D006073", "D051437")),
        Mention("Allopurinol", 24, 35, "Chemical", ()),
    )


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        ("D1", ("D1",)),
        ("D1|D2", ("D1", "D2")),
        ("D1+OMIM:2", ("D1", "OMIM:2")),
        ("9606,10090", ("9606", "10090")),
        ("D1|-1|D1", ("D1",)),
        ("c|SUB|G|IVS3+1|A", ("c|SUB|G|IVS3+1|A",)),
        ("-1", ()),
        ("-", ()),
        ("", ()),
    ],
)
def test_ids_of_one_field(field: str, ids: tuple[str, ...]):
    assert split_ids(field) == ids
    assert split_ids(join_ids(ids)) == ids


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("71\t1\t4\tGout\tDisease\tD1", "the text has 'out'"),
        ("71\t40\t99\tlong gone\tDisease\tD1", "'long gone' at 40-99"),
        ("71\t900\t904\tGout\tDisease\tD1", "at 900-904"),
        ("71\t-1\t4\tGout\tDisease\tD1", "expected `id, start"),
        ("71\t4\t0\tGout\tDisease\tD1", "at 4-0"),
        ("72\t0\t4\tGout\tDisease\tD1", "expected `id, start"),
        ("something else", "expected `id, start"),
        ("71\tT1\tDisease\t0-4\tGout", "expected `id, start"),
    ],
)
def test_a_bad_mention_raises_or_is_reported_and_skipped(tmp_path: Path, line: str, problem: str):
    path = save(tmp_path, BLOCK + line + "\n")
    with pytest.raises(CorpusError) as raised:
        list(read_pubtator(path))
    reported: list[CorpusError] = []
    (article,) = read_pubtator(path, reported.append)
    assert len(article.mentions) == 3
    for error in (raised.value, *reported):
        assert problem in str(error)
        assert str(error).startswith(f"{path}, record 1, line 8: article 71: ")


def test_a_broken_article_is_reported_with_its_number(tmp_path: Path):
    path = save(tmp_path, f"{BLOCK}\nno bars at all\n\n{BLOCK}")
    reported: list[CorpusError] = []
    assert len(list(read_pubtator(path, reported.append))) == 2
    assert [f"{path}, record 2, line 9: expected" in str(error) for error in reported] == [True]


GOUT = Mention("Gout", 0, 4, "Disease", ("D006073",))
LINE = "71\t0\t4\tGout\tDisease\tD006073\n"


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        (f"71|t|Gout.\n{LINE}\n72|t|Pain.\n", [("Gout.", "", (GOUT,)), ("Pain.", "", ())]),
        (f"71|a|Gout.\n{LINE}72|a|Pain.\n", [("", "Gout.", (GOUT,)), ("", "Pain.", ())]),
        (f"71|t|Gout.\n\n71|a|Pain.\n\n{LINE}\n", [("Gout.", "Pain.", (GOUT,))]),
        (f" 71|t|Gout.\n\n\n71 |a|Pain.\n71{LINE[2:]}", [("Gout.", "Pain.", (GOUT,))]),
        ("71|t|Gout.\n\n71|t|Gout.\n71|a|Pain.\n", [("Gout.", "", ()), ("Gout.", "Pain.", ())]),
        ("71|a|Gout.\n71|a|Gout.\n", [("", "Gout.", ())] * 2),
        ("72|t|A\n73|a|B\n", [("A", "", ()), ("", "B", ())]),
    ],
)
def test_titles_and_abstracts_may_lack_or_stand_apart(tmp_path: Path, text: str, articles: list[object]):
    reported: list[CorpusError] = []
    found = list(read_pubtator(save(tmp_path, text), reported.append))
    assert [(article.title, article.abstract, article.mentions) for article in found] == articles
    assert reported == []


def shifted(title: str, abstract: str, counted: str) -> str:
    """Three articles whose offsets count in `counted`, with mentions of each word of four letters."""
    words = [(m.start(), m.end(), m.group()) for m in re.finditer(r"\b\w{4}\b", counted)]
    rows = "".join(f"ID\t{start}\t{end}\t{word}\tDisease\tD1\n" for start, end, word in words)
    block = f"ID|t|{title}\nID|a|{abstract}\n{rows}\n"
    return "".join(block.replace("ID", number) for number in ("71", "72", "73"))


@pytest.mark.parametrize(
    ("title", "abstract", "counted"),
    [
        ("Some gout. ", "More gout and pain.", "Some gout. More gout and pain."),
        ("Some gout.      ", "More gout and pain.", "Some gout. More gout and pain."),
        (" Some gout. ", " More gout and pain.", "Some gout. More gout and pain."),
        ("Some gout.", "More gout and pain.", "Some gout.  More gout and pain."),
        ("Some gout.", "More gout and pain.", "Some gout.More gout and pain."),
        ("", " More gout and pain.", "More gout and pain."),
    ],
)
def test_offsets_that_count_blanks_otherwise_keep_their_mentions_and_are_told_once_a_file(
    tmp_path: Path, title: str, abstract: str, counted: str
):
    path = save(tmp_path, shifted(title, abstract, counted))
    reported: list[CorpusError] = []
    articles = list(read_pubtator(path, reported.append))
    expected = re.findall(r"\b\w{4}\b", counted)
    for article in articles:
        assert [mention.text for mention in article.mentions] == expected
        assert [article.text[mention.start : mention.end] for mention in article.mentions] == expected
    assert [str(error).startswith(f"{path}, record 1, line ") for error in reported] == [True]
    with pytest.warns(UserWarning, match="article 71: offsets are off by"):
        assert list(read_pubtator(path)) == articles


@pytest.mark.parametrize("counted", [" Gout hurts.", "Gout hurts."])
def test_the_space_after_an_empty_title_may_be_counted_or_not(tmp_path: Path, counted: str):
    reported: list[CorpusError] = []
    start = counted.index("Gout")
    line = f"71\t{start}\t{start + 4}\tGout\tDisease\tD006073\n"
    (article,) = read_pubtator(save(tmp_path, f"71|t|\n71|a|Gout hurts.\n{line}"), reported.append)
    assert (article.mentions, reported) == ((GOUT,), [])


def test_mentions_with_a_key_and_their_label_before_the_offsets_are_read(tmp_path: Path):
    text = "71|t|Gout and pain.\n71|a|It hurts.\n71\tT1\tDisease\t0\t4\tGout\n71\tT2\tSymptom\t9\t13\tpain\n"
    (article,) = read_pubtator(save(tmp_path, text))
    assert article.mentions == (Mention("Gout", 0, 4, "Disease"), Mention("pain", 9, 13, "Symptom"))


def test_lines_that_only_look_like_relations_are_not_passed_over_in_silence(tmp_path: Path):
    line = "71\tDisease\tGout\t0..4\n"
    path = save(tmp_path, f"71|t|Gout.\n71|a|It hurts.\n{line * 3}")
    reported: list[CorpusError] = []
    assert [article.mentions for article in read_pubtator(path, reported.append)] == [()]
    assert [f"{path}, line 3: there is no mention, but 3 lines" in str(error) for error in reported] == [True]


def test_tabs_in_texts_and_mentions_hold(tmp_path: Path):
    text = "71|t|Gout\tand pain.\n71|a|\tIt hurts.\n71\t0\t8\tGout\tand\tDisease\tD1\n71\t9\t13\tpain\tDisease\tD2\n"
    (article,) = read_pubtator(save(tmp_path, text))
    assert article.text == "Gout\tand pain. \tIt hurts."
    assert article.mentions == (
        Mention("Gout\tand", 0, 8, "Disease", ("D1",)),
        Mention("pain", 9, 13, "Disease", ("D2",)),
    )


def test_articles_without_an_empty_line_between_them_are_two(tmp_path: Path):
    assert [len(article.mentions) for article in read_pubtator(save(tmp_path, BLOCK + BLOCK))] == [3, 3]


def test_windows_lines_byte_order_mark_and_gzip_change_nothing(tmp_path: Path):
    path = tmp_path / "odd.pubtator"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + BLOCK.replace("\n", "\r\n").encode()))
    assert list(read_pubtator(path)) == list(read_pubtator(save(tmp_path, BLOCK)))


def test_trailing_spaces_of_a_mention_are_forgiven(tmp_path: Path):
    line = "71\t24\t35\tAllopurinol  \tChemical\tD000493\n"
    (article,) = read_pubtator(save(tmp_path, BLOCK + line))
    assert article.mentions[-1] == Mention("Allopurinol", 24, 35, "Chemical", ("D000493",))


def test_an_id_that_would_break_the_format_is_refused():
    with pytest.raises(CorpusError, match="rename"):
        pubtator_block(Article("a|b", "T", "A"))


texts = st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs"]), max_size=20)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    bare = Article("9", draw(texts), draw(texts))
    spans = st.tuples(st.integers(0, len(bare.text)), st.integers(0, len(bare.text)))
    found = [(a, b) for a, b in draw(st.lists(spans, max_size=4)) if bare.text[a:b].strip()]
    ids = draw(st.sampled_from([(), ("D1",), ("D1", "OMIM:7")]))
    mentions = tuple(Mention(bare.text[a:b], a, b, "Disease", ids) for a, b in found)
    return Article("9", bare.title, bare.abstract, mentions)


@settings(max_examples=60, deadline=None)
@given(st.lists(articles(), max_size=3))
def test_written_articles_read_back_the_same(tmp_path_factory: pytest.TempPathFactory, corpus: list[Article]):
    path = tmp_path_factory.mktemp("law") / "corpus.pubtator.gz"
    assert write_pubtator(corpus, path) == len(corpus)
    assert list(read_pubtator(path)) == corpus


def test_line_breaks_become_spaces_and_offsets_hold(tmp_path: Path):
    article = Article("9", "A\ntitle", "with\tgout", (Mention("gout", 13, 17, "Disease"),))
    path = tmp_path / "corpus.pubtator"
    write_pubtator([article], path)
    assert [a.text for a in read_pubtator(path)] == ["A title with gout"]


@pytest.mark.parametrize("name", COUNTS)
def test_published_corpora_read_whole(name: str):
    path = SHARED / f"{name}.pubtator"
    if not path.exists():
        pytest.skip(f"{path} is absent: the published corpora are not part of the project")
    corpus = list(read_pubtator(path))
    mentions = [mention for article in corpus for mention in article.mentions]
    assert (len(corpus), len(mentions), sum(not m.concept_ids for m in mentions)) == COUNTS[name]


@pytest.mark.parametrize("written", ["Crohn\u2019s", "crohn's", "CROHN'S", "Crohn\u00b4s"])
def test_a_mention_in_another_form_at_its_offsets_is_that_mention(tmp_path: Path, written: str):
    path = tmp_path / "a.pubtator"
    path.write_text(f"1|t|Crohn's was seen.\n1|a|\n1\t0\t7\t{written}\tDISEASE\tD1\n")
    (article,) = read_pubtator(path)
    assert [(mention.text, mention.start, mention.end) for mention in article.mentions] == [("Crohn's", 0, 7)]


def test_ids_are_written_into_a_file_and_all_else_stays(tmp_path):
    path = tmp_path / "aioner.pubtator"
    lines = [
        "\ufeff71|t|Parkinson’s Gout.\r",
        "71|a|It hurts, gout does.",
        "71\t0\t11\tParkinson's\tDisease",
        "71\t3\t7\tGout\tDisease\tD9",
        "71\t12\t16\tgout\tDisease\t-\tmore",
        "71\t28\t32\tgout\tDisease\tOLD\r",
        "71\tCID\tD1\tD2",
        "",
        "",
        "72|a|Fever.",
        "72\tT1\tSymptom\t0\t5\tFever",
        "73|t|caf\udce9",
        "73\t0\t4\tcafe\tFood\tD7",
    ]
    path.write_bytes("\n".join(lines).encode("utf8", "surrogateescape"))
    articles = list(read_pubtator(path, lambda _: None))
    ids = iter([("D010300",), ("D006073",), (), ("D5", "D6")])
    linked = [replace(a, mentions=tuple(replace(m, concept_ids=next(ids)) for m in a.mentions)) for a in articles]
    expected = list(lines)
    expected[2] += "\tD010300"
    expected[4] = "71\t12\t16\tgout\tDisease\tD006073\tmore"
    expected[5] = "71\t28\t32\tgout\tDisease\t-\r"
    expected[10] += "\tD5|D6"
    assert b"".join(with_ids(path, linked)) == "\n".join(expected).encode("utf8", "surrogateescape")


def test_tabs_in_texts_labels_and_ids_break_no_line(tmp_path):
    path = tmp_path / "a.pubtator"
    mention = Mention("a\tb", 0, 3, "X\tY", ("D\t1",))
    write_pubtator([Article("1", "a\tb c", "", (mention,))], path)
    (read,) = read_pubtator(path)
    assert [(one.label, one.concept_ids) for one in read.mentions] == [("X Y", ("D 1",))]


def test_an_abstract_may_stand_before_its_title(tmp_path):
    path = tmp_path / "a.pubtator"
    path.write_text("1|a|It hurts.\n1|t|Gout.\n1\t0\t4\tGout\tDisease\tD1\n\n2|t|Fever.\n2|t|Again.\n")
    first, *others = read_pubtator(path)
    assert (first.title, first.abstract, first.mentions[0].text) == ("Gout.", "It hurts.", "Gout")
    assert [one.title for one in others] == ["Fever.", "Again."]
