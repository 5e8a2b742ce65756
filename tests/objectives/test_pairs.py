import json

import pytest

from angel_spacy.errors import CorpusError
from angel_spacy.objectives.pairs import PreferencePair, read_pairs, write_pairs

PAIR = PreferencePair("A case of gout.", 10, 14, "gout", "gouty toe", 2, 1, -1.5, -0.5)


def test_pairs_come_back_from_a_file_that_a_person_can_read(tmp_path):
    other = PreferencePair("naïve — µ", 0, 5, "a", "b")
    write_pairs([PAIR, other], tmp_path / "deep" / "pairs.jsonl")
    assert list(read_pairs(tmp_path / "deep" / "pairs.jsonl")) == [PAIR, other]
    first = json.loads((tmp_path / "deep" / "pairs.jsonl").read_text().splitlines()[0])
    assert list(first)[:2] == ["mention", "text"]
    assert first["mention"] == "gout"
    assert not list(tmp_path.rglob("*unfinished*"))


def test_a_pair_with_two_equal_sides_is_refused_and_a_file_names_its_line(tmp_path):
    with pytest.raises(CorpusError, match="'gout' on both sides"):
        PreferencePair("gout", 0, 4, "gout", "gout")
    path = tmp_path / "pairs.jsonl"
    path.write_text(
        '{"text": "gout", "start": 0, "end": 4, "chosen": "a", "rejected": "b"}\n\n'
        '{"text": "gout", "start": 0, "end": 4, "chosen": "a", "rejected": "a"}\n'
    )
    with pytest.raises(CorpusError, match=r"line 3.*both sides"):
        list(read_pairs(path))


OUTSIDE = '{"text": "x", "start": 0, "end": 9, "chosen": "a", "rejected": "b"}'


EMPTY = '{"text": "x", "start": 0, "end": 1, "chosen": " ", "rejected": "b"}'
NUMBER = '{"text": "x", "start": 0, "end": 1, "chosen": 5, "rejected": "b"}'


@pytest.mark.parametrize("line", [EMPTY, NUMBER, "no json", "[]", '{"text": "gout"}', OUTSIDE])
def test_what_is_no_pair_is_an_error_that_names_the_line(tmp_path, line):
    (tmp_path / "pairs.jsonl").write_text(line + "\n")
    with pytest.raises(CorpusError, match="line 1"):
        list(read_pairs(tmp_path / "pairs.jsonl"))
    with pytest.raises(CorpusError, match="does not exist"):
        list(read_pairs(tmp_path / "absent.jsonl"))
