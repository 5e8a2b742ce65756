"""What people met with real corpora: each once was wrong."""

import gzip
import json

import pytest

from angel_spacy.annotation.writing import write_annotations
from angel_spacy.corpora.formats import format_to_write, guess_format, read_articles
from angel_spacy.errors import ConfigError, CorpusError
from angel_spacy.records import Article, LinkedArticle, Mention, Section


def written(path, *articles, form=None, problems=None):
    on_error = None if problems is None else problems.append
    return write_annotations(map(LinkedArticle.of, articles), path, on_error, format=form)


WITHIN, OVER = Mention("gout", 2, 6, "D", ("X",)), Mention("gout fever", 2, 12, "D", ("Y",))
ACROSS = Article("1", "A gout", "fever end", (WITHIN, OVER))
PLAIN = Article("2", "Flu", "")


@pytest.mark.parametrize("name", ["o.xml", "o.json"])
def test_a_mention_across_passages_costs_no_article(tmp_path, name):
    tally = written(tmp_path / name, ACROSS, PLAIN)
    assert dict(tally.lost) == {"mentions that run over the end of a passage, which are left out": 1}
    first, second = read_articles(tmp_path / name)
    assert ([one.text for one in first.mentions], first.text, second.text) == (["gout"], ACROSS.text, "Flu")


def test_a_mention_across_sections_is_counted_too(tmp_path):
    sections = (Section("Methods", 0, 6), Section("Results", 7, 12))
    article = Article("1", "", "A gout fever", (Mention("gout fever", 2, 12, "D"),), sections)
    assert sum(written(tmp_path / "o.xml", article).lost.values()) >= 1
    assert next(read_articles(tmp_path / "o.xml")).mentions == ()


@pytest.mark.parametrize("name", ["out.jsonl", "out.xml", "out.parquet", "out.spacy"])
def test_what_was_there_stays_where_there_is_nothing_to_write(tmp_path, name):
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    path.write_text("yesterday's")
    assert written(path).articles == 0
    assert path.read_text() == "yesterday's"


def test_what_was_there_stays_where_no_article_can_be_held(tmp_path):
    path = tmp_path / "out.pubtator"
    path.write_text("yesterday's")
    problems = []
    with pytest.raises(CorpusError, match=r"no article that this format can hold; what was there stays"):
        written(path, Article("two words", "Gout", ""), problems=problems)
    assert (path.read_text(), len(problems)) == ("yesterday's", 1)


def test_mentions_that_grow_to_tokens_are_counted(tmp_path):
    article = Article("1", "D90A SOD1x.", "", (Mention("D90A", 0, 4, "V"), Mention("SOD1", 5, 9, "G")))
    tally = written(tmp_path / "o.spacy", article)
    assert tally.lost["mentions that grew to whole tokens"] == 1
    assert [one.text for one in next(read_articles(tmp_path / "o.spacy")).mentions] == ["D90A", "SOD1x"]


def test_a_variant_of_pubtator_with_ids_is_read_with_them(tmp_path):
    path = tmp_path / "a.pubtator"
    path.write_text("1|t|Fever\n1|a|\n1\tT1\tDisease\t0\t5\tFever\tD005334\n")
    assert next(read_articles(path)).mentions[0].concept_ids == ("D005334",)


WEBANNO = """#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value


#Text=Gout fever rash
1-1\t0-4\tGout\tD1\tDisease
1-2\t5-10\tfever\t*\t*
1-3\t11-15\trash\t*[3]\t*[3]
"""


def test_an_annotation_without_features_is_a_mention(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(WEBANNO)
    (article,) = read_articles(path)
    found = [(one.text, one.label, one.concept_ids) for one in article.mentions]
    assert found == [("Gout", "Disease", ("D1",)), ("fever", "", ()), ("rash", "", ())]


def test_tabs_and_breaks_in_labels_and_ids_come_back(tmp_path):
    mentions = (Mention("Gout", 0, 4, "Tab\there", ("tab\tid",)), Mention("fever", 5, 10, "line\nbreak", ("a\nb",)))
    written(tmp_path / "o", Article("1", "", "Gout fever", mentions), form="webanno")
    assert next(read_articles(tmp_path / "o")).mentions == mentions


def test_many_mentions_in_webanno_are_those_of_before(tmp_path):
    text = " ".join(f"word{i}" for i in range(300))
    edges = [(0, len(text)), (0, 11), *((text.index(f"word{i}"), text.index(f"word{i}") + 5) for i in range(100, 300))]
    mentions = tuple(Mention(text[a:b], a, b, "D") for a, b in sorted(edges, key=lambda one: (one[0], one[1])))
    written(tmp_path / "o", Article("1", "", text, mentions), form="webanno")
    assert set(next(read_articles(tmp_path / "o")).mentions) == set(mentions)


def test_ids_of_crafts_extensions_stay_as_they_are(tmp_path):
    (tmp_path / "a.txt").write_text("Gout\n")
    (tmp_path / "a.txt.knowtator.xml").write_text(
        '<annotations textSource="a.txt">'
        '<annotation><mention id="m1"/><span start="0" end="4"/></annotation>'
        '<classMention id="m1"><mentionClass id="GO_EXT:0000001">x</mentionClass></classMention></annotations>'
    )
    (mention,) = next(read_articles(tmp_path)).mentions
    assert (mention.concept_ids, mention.label) == (("GO_EXT:0000001",), "GO_EXT")


def test_brat_tells_of_texts_that_are_missing_and_of_empty_mentions(tmp_path):
    (tmp_path / "a.txt").write_text("Gout here\n")
    (tmp_path / "a.ann").write_text("T1\tDisease 0 4\tGout\nT2\tDisease 5 5\t\n")
    (tmp_path / "b.ann").write_text("T1\tDisease 0 4\tGout\n")
    problems = []
    (article,) = read_articles(tmp_path, None, problems.append)
    assert [one.text for one in article.mentions] == ["Gout"]
    assert any("b.ann" in str(one) and "is missing" in str(one) for one in problems)
    assert len(problems) == 2


def test_a_blank_in_a_label_of_brat_is_counted(tmp_path):
    tally = written(tmp_path / "o", Article("1", "", "Gout", (Mention("Gout", 0, 4, "Disease Class"),)), form="brat")
    assert tally.lost["blanks in labels"] == 1


@pytest.mark.parametrize("name", ["doid.obo", "doid.obo.gz", "a.ann", "x.owl"])
def test_what_is_no_corpus_is_not_read_as_text(tmp_path, name):
    content = b"[Term]\nid: DOID:1\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    with pytest.raises(CorpusError, match="that is no corpus"):
        guess_format(tmp_path / name)


def test_what_cannot_be_written_is_named_with_what_can(tmp_path):
    with pytest.raises(ConfigError, match=r"jats cannot be written.* or name brat or webanno"):
        format_to_write(tmp_path / "x.jsonl", "jats")
    with pytest.raises(ConfigError, match=r"that name tells of no format .* or name brat or webanno"):
        format_to_write(tmp_path / "x.tsv")


def test_packed_files_are_the_same_from_run_to_run(tmp_path, monkeypatch):
    contents = set()
    for now in (1, 10_000_000):
        monkeypatch.setattr("time.time", lambda now=now: now)
        written(tmp_path / "o.jsonl.gz", PLAIN)
        contents.add((tmp_path / "o.jsonl.gz").read_bytes())
    assert len(contents) == 1
    assert json.loads(gzip.decompress(contents.pop()))["id"] == "2"
