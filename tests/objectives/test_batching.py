import pytest

from angel_spacy.models.forced import NameBatch
from angel_spacy.models.toy import toy_generator
from angel_spacy.objectives.batching import Collator
from angel_spacy.objectives.examples import Example

MENTIONS = [
    Example("A case of gout was seen.", 10, 14, "gout"),
    Example("what is is this", 0, 7, "podagra"),  # the mention itself is "what is"
    Example("x", 0, 1, "a much longer name than the others"),
]


@pytest.fixture(scope="module")
def generator():
    return toy_generator()


def batch_of(generator, examples=MENTIONS):
    return NameBatch(**Collator(generator.prompter)(examples))


def test_scored_are_exactly_the_name_and_its_end(generator):
    batch, eos = batch_of(generator), generator.special.eos
    names = generator.prompter.names(example.target for example in MENTIONS)
    assert batch.scored.sum(1).tolist() == [len(name) for name in names]
    assert batch.targets.tolist() == [token for name in names for token in name]
    assert all(name[-1] == eos for name in names)


def test_scoring_starts_behind_the_whole_prefix_even_when_the_mention_contains_the_copula(generator):
    batch = batch_of(generator)
    prompts = generator.prompter.prompts([(one.text, one.start, one.end) for one in MENTIONS])
    for row, prompt in enumerate(prompts):
        n_prefix = len(prompt.prefix_ids)
        assert batch.decoder_input_ids[row, :n_prefix].tolist() == list(prompt.prefix_ids)
        assert batch.scored[row].nonzero()[0].item() == n_prefix - 1


def test_each_scored_position_is_followed_by_its_target(generator):
    batch, start = batch_of(generator), 0
    for row in range(len(MENTIONS)):
        positions = batch.scored[row].nonzero()[:, 0]
        targets = batch.targets[start : start + len(positions)]
        start += len(positions)
        assert batch.decoder_input_ids[row, positions[1:]].tolist() == targets[:-1].tolist()


def test_the_prompts_of_training_are_those_of_inference(generator):
    batch = batch_of(generator)
    prompts = generator.prompter.prompts([(one.text, one.start, one.end) for one in MENTIONS])
    kept = [ids[mask.bool()].tolist() for ids, mask in zip(batch.input_ids, batch.attention_mask, strict=True)]
    assert kept == [list(prompt.input_ids) for prompt in prompts]


def test_a_name_is_cut_where_the_model_has_no_more_positions():
    generator = toy_generator(max_positions=32)
    batch = batch_of(generator, [Example("gout", 0, 4, "n" * 100)])
    assert batch.decoder_input_ids.shape[1] <= 32
