import pytest

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb.readers import read_kb

HEADER = "text\tcurie\tname\tpredicate\ttype\n"


def write(tmp_path, rows):
    path = tmp_path / "lexicon.tsv"
    path.write_text(HEADER + rows, encoding="utf8")
    return path


def test_labels_and_exact_synonyms_are_names_and_others_are_not(tmp_path):
    rows = (
        "gouty toe\tx:1\tgout\toboInOwl:hasExactSynonym\t\n"
        "gout\tx:1\tgout\trdfs:label\t\n"
        "joint disease\tx:1\tgout\toboInOwl:hasBroadSynonym\t\n"
    )
    kb = read_kb("ssslm", write(tmp_path, rows))
    assert kb["x:1"].names == ("gout", "gouty toe")


def test_a_short_row_and_another_table_are_reported_with_their_line(tmp_path):
    with pytest.raises(KnowledgeBaseError, match="line 2"):
        read_kb("ssslm", write(tmp_path, "gout\tx:1\n"))
    other = tmp_path / "other.tsv"
    other.write_text("id\tname\n")
    with pytest.raises(KnowledgeBaseError, match="curie"):
        read_kb("ssslm", other)
