from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.arrays.text_order import text_order
from angel_spacy.arrays.texts import PoolWriter, TextPool

texts = st.text(st.sampled_from("ab\0é🧬 ") | st.characters(exclude_categories=["Cs"]), max_size=20)
lists = st.lists(texts | st.builds(lambda n, end: "ab" * n + end, st.integers(0, 30), texts), max_size=20)


def pool(items: list[str]) -> PoolWriter:
    writer = PoolWriter()
    for item in items:
        writer.extend((item,))
    return writer


@settings(max_examples=200)
@given(lists)
def test_texts_are_sorted_as_python_sorts_them_equal_ones_as_they_came(items: list[str]) -> None:
    order, group = text_order(*pool(items).arrays())
    assert order.tolist() == sorted(range(len(items)), key=lambda i: (items[i], i))
    distinct = sorted(set(items))
    assert [distinct[number] for number in group] == sorted(items)


@given(lists)
def test_a_pool_gives_back_its_texts(items: list[str]) -> None:
    texts = TextPool(*pool(items).arrays())
    assert [texts[i] for i in range(len(texts))] == items
    assert texts.between(1, len(items)) == tuple(items[1:])


def test_long_texts_that_differ_at_their_end() -> None:
    items = ["x" * 10_000 + end for end in ("c", "", "b", "", "a\0", "a")]
    assert text_order(*pool(items).arrays())[0].tolist() == [1, 3, 5, 4, 2, 0]
