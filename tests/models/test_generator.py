import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from toys import all_behind_prefixes, toy_t5

from angel_spacy.errors import ModelError
from angel_spacy.models.bart import BartSession
from angel_spacy.models.generator import Generator, pad
from angel_spacy.models.t5 import T5Session
from angel_spacy.models.toy import toy_generator, toy_tokenizer
from angel_spacy.prompts import PromptFormat


@pytest.fixture
def folder(tmp_path):
    toy_generator().to_folder(tmp_path / "model")
    return tmp_path / "model"


def scores(generator, n_tokens=259):
    prompts = generator.prompter.prompts([("a gout b", 2, 6), ("fever", 0, 5)])
    return all_behind_prefixes(generator.session(prompts), 2, n_tokens)


def weights(generator):
    return generator.network.state_dict()


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_folder_reads_back_the_same(folder):
    original, copy = toy_generator(), Generator.from_folder(folder)
    assert same(weights(copy), weights(original))
    assert copy.prompter.form == original.prompter.form
    assert copy.special == original.special
    torch.testing.assert_close(scores(copy), scores(original))
    assert {path.name for path in folder.iterdir()} == {
        "SHA256SUMS",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "prompt_format.json",
    }


def test_whoever_may_read_one_file_may_read_all(folder):
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1


def test_bytes_read_back_the_same():
    original = toy_generator()
    copy = Generator.from_bytes(original.to_bytes())
    assert same(weights(copy), weights(original))
    assert copy.to_bytes() == original.to_bytes()


def test_weights_can_be_stored_at_half_the_size(folder, tmp_path):
    original = Generator.from_folder(folder)
    original.to_folder(tmp_path / "half", dtype=torch.bfloat16)
    assert original.network.dtype == torch.float32
    half = Generator.from_folder(tmp_path / "half")
    assert half.network.dtype == torch.float32
    torch.testing.assert_close(scores(half), scores(original), atol=0.5, rtol=0.1)
    sizes = [sum(value.nbytes for value in load_file(place / "model.safetensors").values()) for place in
             (folder, tmp_path / "half")]  # fmt: skip
    assert sizes[1] * 2 == sizes[0]  # tied weights are stored once in both


def test_weights_can_be_stored_at_a_quarter_of_the_size(folder, tmp_path):
    original, target = Generator.from_folder(folder), tmp_path / "quarter"
    original.to_folder(target)
    original.to_folder(target, dtype=torch.int8)
    assert not (target / "model.safetensors").exists()
    quarter = Generator.from_folder(target)
    assert quarter.network.dtype == torch.float32
    torch.testing.assert_close(scores(quarter), scores(original), atol=0.5, rtol=0.1)
    for name, weight in weights(original).items():
        error = (weights(quarter)[name] - weight).abs().max()
        assert error <= weight.abs().max() / 127
    assert (target / "model.int8.safetensors").stat().st_size < 0.5 * (folder / "model.safetensors").stat().st_size
    quarter.to_folder(target)  # nothing stale stays
    assert same(weights(Generator.from_folder(target)), weights(quarter))
    assert not (target / "model.int8.safetensors").exists()


def test_a_damaged_quarter_is_an_error(folder):
    Generator.from_folder(folder).to_folder(folder, dtype=torch.int8)
    path = folder / "model.int8.safetensors"
    stored = load_file(path)
    save_file({name: value for name, value in stored.items() if "decoder.layers" not in name}, path)
    with pytest.raises(ModelError, match=r"model lacks 26 weights"):
        Generator.from_folder(folder)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match="cannot be loaded"):
        Generator.from_folder(folder)


def test_the_seed_decides():
    assert same(weights(toy_generator(seed=4)), weights(toy_generator(seed=4)))
    assert not same(weights(toy_generator(seed=4)), weights(toy_generator(seed=5)))


def test_making_one_leaves_the_global_seed_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    toy_generator()
    assert torch.equal(torch.rand(1), expected)


def test_a_published_checkpoint_gets_the_published_format(folder):
    (folder / "prompt_format.json").unlink()
    published = PromptFormat(context_words=384, normaliser="angel_spacy.normalise.v1")
    assert Generator.from_folder(folder).prompter.form == published


def test_a_weight_that_the_file_lacks_is_an_error_not_a_random_number(folder):
    stored = load_file(folder / "model.safetensors")
    stored.pop("model.decoder.layers.0.fc1.weight")
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 1 weights.*Restore or retrain"):
        Generator.from_folder(folder)


def test_weights_of_another_shape_are_an_error(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "decoder_ffn_dim": 8}))
    with pytest.raises(ModelError, match="Restore or retrain"):
        Generator.from_folder(folder)


def test_pickled_weights_are_never_read(folder):
    torch.save(weights(toy_generator()), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors missing"):
        Generator.from_folder(folder)


def test_code_that_a_model_brings_along_is_not_run(folder, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    config = {"model_type": "mine", "auto_map": {"AutoConfig": "code.Config", "AutoModelForSeq2SeqLM": "code.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text("raise SystemExit('run')")
    with pytest.raises(ModelError, match="code of its own, which is never run"):
        Generator.from_folder(folder)


def test_a_tokenizer_larger_than_the_vocabulary_is_an_error(folder):
    tokenizer = toy_tokenizer()
    tokenizer.add_tokens(["gout", "fever"])
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(ModelError, match=r"The model has 259 tokens.*number 260"):
        Generator.from_folder(folder)


@pytest.mark.parametrize(
    "form", ["{", "[]", '{"context_words": "many"}', '{"colour": 1}', '{"name": "angel_spacy.PromptFormat.v9"}']
)
def test_a_damaged_prompt_format_is_an_error(folder, form):
    (folder / "prompt_format.json").write_text(form)
    with pytest.raises(ModelError, match="Restore or retrain"):
        Generator.from_folder(folder)


def test_a_model_without_an_end_is_an_error():
    network = toy_t5(vocab_size=300)
    network.config.eos_token_id = None
    with pytest.raises(ModelError, match="trained to generate text"):
        Generator(network, toy_tokenizer(), PromptFormat())


def test_any_encoder_decoder_will_do():
    network = toy_t5(vocab_size=300)
    generator = Generator(network, toy_tokenizer(), PromptFormat(context_words=4))
    prompts = generator.prompter.prompts([("a gout b", 2, 6)])
    assert isinstance(generator.session(prompts), T5Session)
    assert isinstance(toy_generator().session(prompts), BartSession)
    assert scores(generator, 300).shape == (2, 300)


def test_nothing_is_printed(folder, capsys):
    Generator.from_folder(folder).to_folder(folder)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_padding_is_on_the_right():
    ids, mask = pad([(5, 6, 7), (8,)], 1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert pad([], 1)[0].shape == (0, 0)
