"""Low-rank adapters: they alone learn, they are stored, loaded and merged, on every kind of network."""

import pytest
import torch
from backbones_toy import backbone
from small import articles, knowledge_base

from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.errors import ModelError
from angel_spacy.models.generator import Generator
from angel_spacy.models.published import published_generator
from angel_spacy.models.toy import toy_tokenizer
from angel_spacy.prompts import CausalPromptFormat, PromptFormat
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train

FAMILIES = ["bart", "t5", "llama", "mistral", "gpt2"]


def generator_of(family):
    network = backbone(family).requires_grad_(True)
    kind = PromptFormat if network.config.is_encoder_decoder else CausalPromptFormat
    return Generator(network, toy_tokenizer(), kind(context_words=4))


def run(folder, **settings):
    knowledge_base().to_disk(folder / "kb")
    write_pubtator(articles(), folder / "train.pubtator")
    common = {"bf16": False, "use_cpu": True, "lora_rank": 2, "learning_rate": 0.01, **settings}
    stages = {
        "finetune": {**common, "steps": 20, "batch_size": 8, "shares": {"synonyms": 0.0, "mentions": 1.0}},
        "prefer": {**common, "objective": "preference", "pairs": {"n_chunks": 1, "top": 3}},
    }
    paths = {"kbs": [str(folder / "kb")], "corpora": [str(folder / "train.pubtator")]}
    paths |= {"init": str(folder / "init"), "output": str(folder / "out")}
    return train(make_recipe({"paths": paths, "stages": stages}))


def scores(generator):
    spans = [(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()]
    asked = torch.arange(6).repeat_interleave(259), torch.arange(259).repeat(6)
    return generator.session(generator.prompter.prompts(spans)).prefill(asked)


@pytest.mark.parametrize("family", FAMILIES)
def test_adapters_learn_are_stored_and_merged(family, tmp_path):
    generator_of(family).to_folder(tmp_path / "init")
    last = Generator.from_folder(run(tmp_path))
    start = Generator.from_folder(tmp_path / "init")
    assert not torch.allclose(scores(last), scores(start))
    assert set(last.network.state_dict()) == set(start.network.state_dict())
    finetune = tmp_path / "out" / "finetune"
    again = published_generator(tmp_path / "init", adapter=finetune / "adapter")
    merged = Generator.from_folder(finetune / "generator")
    torch.testing.assert_close(scores(again), scores(merged), atol=1e-4, rtol=1e-4)


def test_all_but_the_layers_with_adapters_stays_as_it_was(tmp_path):
    generator_of("bart").to_folder(tmp_path / "init")
    last = Generator.from_folder(run(tmp_path, lora_targets=["q_proj", "v_proj"])).network.state_dict()
    before = Generator.from_folder(tmp_path / "init").network.state_dict()
    changed = {name for name, value in before.items() if not torch.equal(value, last[name])}
    assert changed
    assert all(name.endswith(("q_proj.weight", "v_proj.weight")) for name in changed)


def test_a_run_with_adapters_goes_on_where_it_was(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        generator_of("bart").to_folder(tmp_path / name / "init")
    once = Generator.from_folder(run(tmp_path / "a", save_steps=10))
    run(tmp_path / "b", save_steps=10)
    out = tmp_path / "b" / "out"
    for left in (out / "finetune" / "generator", out / "finetune" / "checkpoint-20", out / "prefer"):
        for file in sorted(left.rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
        left.rmdir()
    again = Generator.from_folder(run(tmp_path / "b", save_steps=10))
    torch.testing.assert_close(scores(once), scores(again), atol=1e-5, rtol=1e-5)


def test_an_adapter_of_another_network_is_an_error(tmp_path):
    generator_of("llama").to_folder(tmp_path / "init")
    with pytest.raises(ModelError, match="holds no adapter_model"):
        published_generator(tmp_path / "init", adapter=tmp_path / "init")
    (tmp_path / "bart").mkdir()
    generator_of("bart").to_folder(tmp_path / "bart" / "init")
    run(tmp_path / "bart")
    with pytest.raises(ModelError, match="does not fit"):
        published_generator(tmp_path / "init", adapter=tmp_path / "bart" / "out" / "finetune" / "adapter")
