import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import decoders

from angel_spacy.errors import ConfigError, ModelError
from angel_spacy.models.toy import toy_tokenizer
from angel_spacy.prompts import Prompter, PromptFormat, SpecialTokens, context_window

SPECIAL = SpecialTokens(bos=0, eos=2, pad=1, decoder_start=2)
TOKENIZER = toy_tokenizer()
TOKENIZER.encode_special_tokens = True
TOKENIZER.decoder = decoders.ByteLevel()

texts = st.text(alphabet=st.one_of(st.sampled_from("ab .,-é🙂\n\x00"), st.characters(exclude_categories=["Cs"])))


def prompter(max_positions=128, **form):
    return Prompter(PromptFormat(**{"context_words": 8, **form}), TOKENIZER, SPECIAL, max_positions)


def decoded(ids):
    return TOKENIZER.decode(list(ids), skip_special_tokens=False)


@pytest.mark.parametrize(
    ("text", "n_words", "expected"),
    [
        ("a b c X d e f", 4, ("b c", "d e")),
        ("a X b c d e", 4, ("a", "b c d")),  # what the left does not use goes to the right
        ("a b c d X e", 4, ("b c d", "e")),
        ("a b X c d", 3, ("b", "c d")),  # the odd word goes to the right
        ("X a b c d", 2, ("", "a b")),
        ("a b X", 9, ("a b", "")),
        ("a X b", 0, ("", "")),
        ("a \n\n b\tX   c", 4, ("a b", "c")),
    ],
)
def test_a_window_gives_what_one_side_leaves_to_the_other(text, n_words, expected):
    start = text.index("X")
    assert context_window(text, start, start + 1, n_words) == expected


@given(st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=30), st.integers(0, 30), st.integers(0, 20))
def test_a_window_has_all_words_or_as_many_as_allowed(words, place, n_words):
    place = min(place, len(words))
    left, right = " ".join(words[:place]), " ".join(words[place:])
    text = f"{left} X {right}"
    found_left, found_right = (side.split() for side in context_window(text, len(left) + 1, len(left) + 2, n_words))
    assert len(found_left) + len(found_right) == min(n_words, len(words))
    assert words[:place][len(words[:place]) - len(found_left) :] == found_left
    assert words[place:][: len(found_right)] == found_right


def test_a_prompt_reads_as_the_format_says():
    (prompt,) = prompter().prompts([("After Cisplatin, Acute-Gout was seen.", 17, 27)])
    assert decoded(prompt.input_ids) == "<s> after cisplatin, start acute gout end was seen.</s>"
    assert decoded(prompt.prefix_ids) == "</s> acute gout is"


def test_a_wording_replaces_the_mention_not_its_context():
    (prompt,) = prompter().prompts([("the FMF here", 4, 7)], surfaces=["familial fever"])
    assert decoded(prompt.input_ids) == "<s> the start familial fever end here</s>"
    assert decoded(prompt.prefix_ids) == "</s> familial fever is"


def test_the_context_can_be_narrowed():
    (prompt,) = prompter().prompts([("a b c gout d e f", 6, 10)], context_words=2)
    assert decoded(prompt.input_ids) == "<s> c start gout end d</s>"


def test_the_words_of_the_format_are_its_own():
    form = {"start": "[M]", "end": "[/M]", "copula": "means", "context_words": 0}
    (prompt,) = prompter(**form).prompts([("gout", 0, 4)])
    assert decoded(prompt.input_ids) == "<s> [m] gout [/m]</s>"
    assert decoded(prompt.prefix_ids) == "</s> gout means"
    assert PromptFormat(**PromptFormat(**form).to_dict()) == PromptFormat(**form)


@given(texts, st.data(), st.integers(40, 160), st.integers(0, 400))
def test_lengths_never_exceed_the_positions_and_the_mention_survives(text, data, max_positions, context_words):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    made = prompter(max_positions, context_words=context_words)
    (prompt,) = made.prompts([(text, start, end)])
    assert len(prompt.input_ids) <= max_positions
    assert len(prompt.prefix_ids) + made.max_name_tokens <= max_positions
    assert decoded(prompt.prefix_ids).endswith(" is")
    mention = prompt.prefix_ids[1 : -len(" is")]
    marked = (*made._start, *mention, *made._end)
    assert any(prompt.input_ids[i : i + len(marked)] == marked for i in range(len(prompt.input_ids)))
    assert prompt.input_ids.count(SPECIAL.eos) == 1
    whole = TOKENIZER.encode(f" {made.normalise(text[start:end])}", add_special_tokens=False).ids
    assert list(mention) == whole[: len(mention)] or not made.normalise(text[start:end])


@given(st.lists(st.tuples(texts, st.integers(0, 9), st.integers(0, 9)), max_size=5))
def test_one_or_many_spans_give_the_same_prompts(spans):
    spans = [(text, min(a, b, len(text)), min(max(a, b), len(text))) for text, a, b in spans]
    made = prompter()
    assert made.prompts(spans) == [prompt for span in spans for prompt in made.prompts([span])]


def test_names_end_with_eos_and_begin_with_a_space():
    assert [decoded(name) for name in prompter().names(["gout", "renal failure"])] == [
        " gout</s>",
        " renal failure</s>",
    ]


@pytest.mark.parametrize("form", [{"name": "other.v1"}, {"context_words": -1}])
def test_an_impossible_format_is_an_error(form):
    with pytest.raises(ConfigError, match=r"Update angel-spacy|use 0"):
        PromptFormat(**form)


def test_a_model_without_room_for_a_mention_is_an_error():
    with pytest.raises(ModelError, match="use a larger one"):
        prompter(max_positions=8)
