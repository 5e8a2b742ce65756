"""Knowtator: which file belongs to which text."""

import pytest
from knowtator_toys import knowtator

from angel_spacy.corpora.formats import guess_format, read_articles
from angel_spacy.errors import CorpusError


def mentions(article):
    return [(one.text, one.label, one.concept_ids) for one in article.mentions]


def test_craft_knowtator(tmp_path):
    (tmp_path / "articles" / "txt").mkdir(parents=True)
    (tmp_path / "articles" / "txt" / "11.txt").write_text("Mice with gout and fever.\n")
    for ontology, start, end, concept in (("MONDO", 10, 14, "MONDO:0005393"), ("HP", 19, 24, "HP_0001945")):
        folder = tmp_path / "concept-annotation" / ontology / "knowtator"
        folder.mkdir(parents=True)
        (folder / "11.txt.knowtator.xml").write_text(
            f'<?xml version="1.0"?><annotations textSource="11.txt"><annotation><mention id="i1"/>'
            f'<annotator id="a">A</annotator><span start="{start}" end="{end}"/>'
            f"<spannedText>x</spannedText></annotation>"
            f'<classMention id="i1"><mentionClass id="{concept}">x</mentionClass></classMention></annotations>'
        )
    assert guess_format(tmp_path) == "knowtator"
    (article,) = read_articles(tmp_path)
    assert (article.article_id, article.text) == ("11", "Mice with gout and fever.")
    assert mentions(article) == [("gout", "MONDO", ("MONDO:0005393",)), ("fever", "HP", ("HP:0001945",))]


def test_knowtator_texts_of_one_name_are_two_articles_with_their_own_mentions(tmp_path):
    for part, text, end in (("train", "Gout is bad.", 4), ("dev", "AKI is worse.", 3)):
        knowtator(tmp_path / part / "xml" / "1.txt.xml", f"articles/{part}/1.txt", (0, end))
        (tmp_path / part / "1.txt").write_text(text)
    found = {one.article_id: [mention.text for mention in one.mentions] for one in read_articles(tmp_path, "knowtator")}
    assert found == {"dev/1": ["AKI"], "train/1": ["Gout"]}
    knowtator(tmp_path / "xml" / "1.txt.xml", "1.txt", (0, 4))
    with pytest.raises(CorpusError, match=r"xml: it may belong to .*dev.1.txt or to .*train.1.txt"):
        list(read_articles(tmp_path, "knowtator"))


def test_knowtator_texts_without_annotations_are_read_where_others_have_some(tmp_path):
    knowtator(tmp_path / "xml" / "1.xml", "1.txt", (0, 4))
    for name in ("texts/1.txt", "texts/2.txt", "texts/3.txt", "README.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("" if "3" in name else "Gout.")
    assert [one.article_id for one in read_articles(tmp_path, "knowtator")] == ["1", "2"]
