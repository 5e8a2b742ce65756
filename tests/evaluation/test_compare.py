import pytest
from judged import KB, candidates

from angel_spacy.errors import ConfigError
from angel_spacy.evaluation.accuracy import judge
from angel_spacy.evaluation.compare import System, compared, differences
from angel_spacy.evaluation.protocols import PROTOCOLS, protocol_called
from angel_spacy.records import Mention

RIGHT, WRONG = candidates(("D1", "gout")), candidates(("D2", "fever"))


def system(*right, kb=KB, seconds=0.1):
    """Of one mention a document, which are right."""
    found = [RIGHT if one else WRONG for one in right]
    mention = Mention("gout", 0, 4, "", ("D1",))
    return System([judge(mention, of, kb, str(i)) for i, of in enumerate(found)], found, seconds)


def test_the_table_computed_by_hand():
    table = compared({"a": system(1, 1, 0, 0, seconds=0.4), "b": system(1, 1, 1, 0)}, PROTOCOLS["angel"])
    assert (table["a"]["n"], table["a"]["accuracy"], table["b"]["accuracy"]) == (4, 0.5, 0.75)
    assert table["a"]["ms_per_mention"] == pytest.approx(100)
    assert "difference" not in table["a"]
    assert table["b"]["difference"] == 0.25
    low, high = table["b"]["difference_ci95"]
    assert low == 0 < high <= 0.75


def test_what_is_always_better_is_surely_better_and_the_same_is_not():
    first = system(*[0] * 10)
    table = compared({"a": first, "better": system(*[1] * 10), "same": first}, PROTOCOLS["angel"])
    assert (table["better"]["difference_ci95"], table["better"]["p"]) == ([1.0, 1.0], 0.0)
    assert (table["same"]["difference_ci95"], table["same"]["p"]) == ([0.0, 0.0], 1.0)


def test_a_difference_by_chance_has_the_p_of_a_sign_test():
    alike = [1] * 20  # b has 6 documents that a has not, a has 2
    table = compared({"a": system(*[0] * 6, 1, 1, *alike), "b": system(*[1] * 6, 0, 0, *alike)}, PROTOCOLS["angel"])
    assert 0.1 < table["b"]["p"] < 0.3


def test_the_mentions_that_one_alone_has_right():
    found = list(differences(system(1, 1, 0), system(1, 0, 1), PROTOCOLS["angel"]))
    assert [(one.document, one.first, one.other, one.first_is_right) for one in found] == [
        ("1", "D1 ", "D2 ", True),
        ("2", "D2 ", "D1 ", False),
    ]


def test_protocols_judge_different_mentions_and_readings():
    kb = KB.with_aliases([("gouts", ("D1",))])
    seen = judge(Mention("gouts", 0, 5, "", ("D1",)), RIGHT, kb)
    homonym = judge(Mention("ua", 0, 2, "", ("D3",)), candidates(("D1", "ua")), kb)
    absent = judge(Mention("x", 0, 1, "", ("D9",)), RIGHT, kb)
    told = {
        name: [(one.judged(of), one.is_right(of)) for of in (seen, homonym, absent)] for name, one in PROTOCOLS.items()
    }
    assert told == {
        "angel": [(True, True), (True, True), (False, False)],
        "belb": [(True, True), (True, False), (False, False)],
        "unseen": [(False, True), (True, False), (False, False)],
    }
    with pytest.raises(ConfigError, match="use one of angel, belb, unseen"):
        protocol_called("mine")


def test_nothing_to_judge_is_no_error():
    table = compared({"a": System([], [], 0.0), "b": System([], [], 0.0)}, PROTOCOLS["belb"])
    assert (table["a"]["n"], table["b"]["difference"], table["b"]["p"]) == (0, 0.0, 1.0)
