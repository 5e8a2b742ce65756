"""Folders that are a little odd: read as they are meant, or refused with what is true and what to do."""

import json

import pytest
import spacy
import torch
import transformers as hf
from backbones_toy import backbone
from safetensors.torch import save_file
from spacy.training import Example
from tiny import tiny_kb

from angel_spacy.errors import ConfigError, ModelError
from angel_spacy.models.generator import Generator
from angel_spacy.models.published import published_generator
from angel_spacy.models.toy import toy_tokenizer
from angel_spacy.prompts import CausalPromptFormat, PromptFormat


def saved(family, folder):
    network = backbone(family)
    kind = PromptFormat if network.config.is_encoder_decoder else CausalPromptFormat
    Generator(network, toy_tokenizer(), kind()).to_folder(folder)
    return network


def change_config(folder, **changes):
    path = folder / "config.json"
    said = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in said.items() if value != "absent"}))


def logits(network):
    with torch.inference_mode():
        return network(input_ids=torch.arange(5, 25)[None]).logits


@pytest.mark.parametrize("targets", [["q_proj", "lm_head"], ["embed_tokens"]])
def test_an_adapter_of_tied_weights_is_merged_as_peft_means_it(targets, tmp_path):
    peft = pytest.importorskip("peft")
    network = saved("gemma", tmp_path / "model")
    before = logits(network)
    torch.manual_seed(1)
    adapted = peft.get_peft_model(
        network, peft.LoraConfig(r=2, lora_alpha=8, target_modules=targets, task_type="CAUSAL_LM")
    )
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.3)
    adapted.save_pretrained(str(tmp_path / "adapter"))
    meant = logits(adapted.eval())
    merged = published_generator(tmp_path / "model", adapter=tmp_path / "adapter")
    assert not torch.allclose(meant, before, atol=1e-2)
    torch.testing.assert_close(logits(merged.network), meant, atol=1e-4, rtol=1e-4)
    merged.to_folder(tmp_path / "stored")
    torch.testing.assert_close(logits(Generator.from_folder(tmp_path / "stored").network), meant, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("missing", ["adapter_config.json", "adapter_model.safetensors"])
def test_a_folder_that_is_no_adapter_says_what_it_lacks(missing, tmp_path):
    pytest.importorskip("peft")
    saved("llama", tmp_path / "model")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    for name in {"adapter_config.json", "adapter_model.safetensors"} - {missing}:
        (adapter / name).write_bytes(b"{}")
    with pytest.raises(ModelError, match=f"holds no {missing}"):
        published_generator(tmp_path / "model", adapter=adapter)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_weight_that_is_no_number_is_named(number, tmp_path):
    network = saved("bart", tmp_path)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    weights["model.encoder.layers.1.fc1.weight"][3, 2] = number
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"model\.encoder\.layers\.1\.fc1\.weight holds numbers that are none"):
        published_generator(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_pointer_of_git_lfs_is_no_weights(name, tmp_path):
    saved("bart", tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(ModelError, match="git lfs pull"):
        published_generator(tmp_path)


def test_no_message_tells_how_to_switch_the_safety_off(tmp_path):
    saved("bart", tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ModelError, match="holds more than weights") as found:
        published_generator(tmp_path)
    assert "weights_only" not in str(found.value)


@pytest.mark.parametrize("wrapping", ["state_dict", "model_state_dict", "model", "module"])
def test_weights_that_a_training_loop_wrapped_are_read(wrapping, tmp_path):
    network = saved("bart", tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save({wrapping: network.state_dict(), "epoch": 3}, tmp_path / "pytorch_model.bin")
    found = published_generator(tmp_path).network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in network.state_dict().items())


def test_a_negative_padding_is_none(tmp_path):
    network = saved("llama", tmp_path)
    change_config(tmp_path, pad_token_id=-1)
    generator = published_generator(tmp_path)
    assert generator.special.pad == network.config.eos_token_id


def test_a_decoder_is_known_without_architectures(tmp_path):
    saved("llama", tmp_path)
    change_config(tmp_path, architectures="absent")
    assert isinstance(published_generator(tmp_path).network, hf.LlamaForCausalLM)


def test_special_tokens_are_read_from_the_generation_config_too(tmp_path):
    network = saved("llama", tmp_path)
    change_config(tmp_path, eos_token_id=None, pad_token_id=None)
    told = {"eos_token_id": network.config.eos_token_id, "num_beams": 7, "no_repeat_ngram_size": 3}
    (tmp_path / "generation_config.json").write_text(json.dumps(told))
    generator = published_generator(tmp_path)
    assert generator.special.eos == network.config.eos_token_id
    generator.to_folder(tmp_path / "ours")
    assert not (tmp_path / "ours" / "generation_config.json").exists()
    assert Generator.from_folder(tmp_path / "ours").special == generator.special


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"auto_map": {"AutoConfig": "code.Its"}, "model_type": "its_own"}, "code of its own, which is never run"),
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "quantised already"),
        ({"model_type": "switch_transformers"}, "experts are not read"),
    ],
)
def test_what_cannot_be_read_says_why(changes, told, tmp_path):
    saved("t5", tmp_path)
    change_config(tmp_path, **changes)
    with pytest.raises(ModelError, match=told):
        published_generator(tmp_path)


def test_a_folder_that_is_not_there_says_where_hub_names_go(tmp_path):
    with pytest.raises(ModelError, match=r"There is no folder .*hf download"):
        published_generator(tmp_path / "dmis-lab" / "ANGEL_bc5cdr")


@pytest.mark.parametrize("bits", [0, 3, "4"])
def test_bits_are_16_8_or_4(bits, tmp_path):
    saved("llama", tmp_path)
    with pytest.raises(ConfigError, match="use 16, 8 or 4"):
        published_generator(tmp_path, bits=bits)


@pytest.mark.parametrize("family", ["bart", "llama"])
def test_weights_of_16_bits_are_kept_once_search_as_before_and_do_not_learn(family, tmp_path):
    saved(family, tmp_path)
    half, whole = published_generator(tmp_path, bits=16), published_generator(tmp_path)
    assert {one.dtype for one in half.network.parameters()} == {torch.bfloat16}
    prompts = half.prompter.prompts([("Gout hurts.", 0, 4)])
    asked = torch.zeros(259, dtype=torch.long), torch.arange(259)
    assert torch.equal(
        half.session(prompts, "bfloat16").prefill(asked), whole.session(prompts, "bfloat16").prefill(asked)
    )
    half.prepare("bfloat16")
    assert half._copies.at("bfloat16") is half.network


def test_weights_of_16_bits_do_not_learn(tmp_path):
    saved("llama", tmp_path)
    nlp = spacy.blank("en")
    model = {"@architectures": "angel_spacy.CausalLM.v1", "path": str(tmp_path), "bits": 16}
    nlp.add_pipe("angel_linker", config={"model": model, "combine": None}).set_kb(tiny_kb())
    doc = nlp.make_doc("Gout hurts.")
    doc.set_ents([spacy.tokens.Span(doc, 0, 1, label="DISEASE", kb_id="D006073")])
    with pytest.raises(ConfigError, match="do not learn"):
        nlp.update([Example(nlp.make_doc("Gout hurts."), doc)])
