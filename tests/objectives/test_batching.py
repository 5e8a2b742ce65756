import pytest
import torch
from small import prompter

from angel_spacy.models.toy import toy_generator
from angel_spacy.objectives.batching import Collator
from angel_spacy.objectives.examples import Example
from angel_spacy.objectives.positive import NameBatch, name_logits, positive_loss
from angel_spacy.training.tokenizer import train_tokenizer, with_dropout

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


def test_only_the_prompts_are_tokenised_with_dropout():
    tokenizer = train_tokenizer(["gout gout gout gouty arthritis"] * 5, 300)
    from angel_spacy.prompts import Prompter, PromptFormat

    plain = prompter()
    clean = Prompter(PromptFormat(context_words=4), tokenizer, plain.special, plain.max_positions)
    broken = Prompter(PromptFormat(context_words=4), with_dropout(tokenizer, 1.0), plain.special, plain.max_positions)
    example = [Example("gout", 0, 4, "gouty arthritis")]
    noisy, quiet = Collator(clean, broken)(example), Collator(clean)(example)
    assert noisy["targets"].tolist() == quiet["targets"].tolist()
    assert noisy["input_ids"].shape[1] > quiet["input_ids"].shape[1]


def test_dropout_leaves_the_tokenizer_it_copies_alone():
    tokenizer = train_tokenizer(["gout gout gout"] * 5, 300)
    before = tokenizer.encode(" gout").ids
    assert len(with_dropout(tokenizer, 1.0).encode(" gout").ids) > len(before)
    assert tokenizer.encode(" gout").ids == before
    assert with_dropout(tokenizer, 0.0).encode(" gout").ids == before


def test_loss_with_smoothing_is_the_value_worked_out_by_hand():
    # Two tokens, three words: log-probabilities are exact because the logits are logs of 8 4 4 and 1 1 14, over 16.
    logits = torch.tensor([[8.0, 4.0, 4.0], [1.0, 1.0, 14.0]]).log()
    targets = torch.tensor([0, 2])
    plain = -(torch.tensor(8 / 16).log() + torch.tensor(14 / 16).log()) / 2
    spread = -sum(torch.tensor(n / 16).log() for n in (8, 4, 4, 1, 1, 14)) / 3 / 2
    assert positive_loss(logits, targets).item() == pytest.approx(plain.item())
    smoothed = positive_loss(logits, targets, label_smoothing=0.1).item()
    assert smoothed == pytest.approx(0.9 * plain.item() + 0.1 * spread.item())


def test_the_fast_path_gives_the_logits_of_the_whole_network(generator):
    class Generic(torch.nn.Module):
        def __init__(self, network):
            super().__init__()
            self.inner = network

        def forward(self, **inputs):
            return self.inner(**inputs)

    batch = batch_of(generator)
    with torch.inference_mode():
        generator.network.final_logits_bias.normal_()
        fast, slow = name_logits(generator.network, batch), name_logits(Generic(generator.network), batch)
    assert fast.shape == (len(batch.targets), generator.network.config.vocab_size)
    assert torch.allclose(fast, slow, atol=1e-5)


def test_padding_changes_no_logit(generator):
    together = batch_of(generator)
    with torch.inference_mode():
        expected = torch.cat([name_logits(generator.network, batch_of(generator, [one])) for one in MENTIONS])
        assert torch.allclose(name_logits(generator.network, together), expected, atol=1e-4)
