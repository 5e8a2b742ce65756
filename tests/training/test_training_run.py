import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import SURFACES, articles, knowledge_base

from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.decode.linker import Linker
from angel_spacy.errors import ConfigError
from angel_spacy.models.generator import Generator
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train
from angel_spacy.training.trainer import newest_checkpoint

NETWORK = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
}
SCHEDULE = {
    "batch_size": 8,
    "learning_rate": 0.005,
    "warmup_steps": 5,
    "label_smoothing": 0.0,
    "bf16": False,
    "use_cpu": True,
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    knowledge_base().to_disk(folder / "kb")
    write_pubtator(articles(), folder / "train.pubtator")
    return {"kbs": [str(folder / "kb")], "corpora": [str(folder / "train.pubtator")]}


def config(sources, output, **stages):
    return {
        "paths": {**sources, "output": str(output)},
        "tokenizer": {"vocab_size": 320, "dropout": 0.0},
        "prompt": {"context_words": 4},
        "network": {**NETWORK, "dropout": 0.1},
        "stages": stages,
    }


def stage(steps, *, save_steps=1000, **shares):
    return {**SCHEDULE, "steps": steps, "save_steps": save_steps, "shares": shares}


@pytest.fixture(scope="module")
def trained(sources, tmp_path_factory):
    output = tmp_path_factory.mktemp("trained")
    stages = {"first": stage(60, synonyms=1.0), "second": stage(340, synonyms=0.2, mentions=0.8)}
    recipe = make_recipe({**config(sources, output, **stages), "network": {**NETWORK, "dropout": 0.0}})
    return recipe, train(recipe)


def test_what_was_trained_on_is_ranked_first(trained):
    _, folder = trained
    generator = Generator.from_folder(folder)
    kb = knowledge_base()  # without the mentions as names
    spans = [(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()]
    prompts = generator.prompter.prompts(spans)
    ranked = Linker(generator, kb).candidates(prompts, beam_width=5, batch_size=4, n_candidates=3)
    assert [candidates[0].concept_id for candidates in ranked] == [concept_id for _, concept_id in SURFACES]


def test_the_saved_generator_scores_as_the_one_that_was_saved(trained, tmp_path):
    generator = Generator.from_folder(trained[1])
    generator.to_folder(tmp_path)
    again = Generator.from_folder(tmp_path)
    prompts = generator.prompter.prompts([("painful toe", 0, 11)])
    assert again.prompter.prompts([("painful toe", 0, 11)]) == prompts
    assert torch.equal(again.session(prompts).prefill(), generator.session(prompts).prefill())


def test_each_stage_leaves_its_generator_and_its_figures(trained):
    recipe, folder = trained
    output = Path(recipe.paths.output)
    assert folder == output / "second" / "generator"
    for name, steps in (("first", 60), ("second", 340)):
        metrics = json.loads((output / name / "metrics.json").read_text())
        assert metrics["steps"] == steps
        assert metrics["loss"] > 0
        assert metrics["examples_per_second"] > 0
    assert not list(output.rglob("*.unfinished"))


def test_a_finished_stage_is_not_run_again(trained):
    recipe, folder = trained
    written = (folder / "model.safetensors").stat().st_mtime_ns
    assert train(recipe) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == written


def test_one_stage_can_be_run_alone_and_starts_from_the_one_before_it(sources, tmp_path):
    stages = {"first": stage(2, synonyms=1.0), "second": stage(2, mentions=1.0, synonyms=0.0)}
    recipe = make_recipe(config(sources, tmp_path, **stages))
    assert train(recipe, ["first"]) == tmp_path / "first" / "generator"
    assert not (tmp_path / "second").exists()
    train(recipe, ["second"])
    one, two = (Generator.from_folder(tmp_path / name / "generator") for name in stages)
    assert one.tokenizer.to_str() == two.tokenizer.to_str()


def test_a_run_can_start_from_a_saved_generator(trained, sources, tmp_path):
    recipe = make_recipe(config(sources, tmp_path, more=stage(1, synonyms=1.0)))
    recipe = replace(recipe, paths=replace(recipe.paths, init=str(trained[1])))
    tokenizer = Generator.from_folder(train(recipe)).tokenizer
    assert tokenizer.to_str() == Generator.from_folder(trained[1]).tokenizer.to_str()
    assert not (tmp_path / "start").exists()


def test_no_stages_and_unknown_stages_are_errors(sources, tmp_path):
    with pytest.raises(ConfigError, match="no stages"):
        train(make_recipe(config(sources, tmp_path)))
    recipe = make_recipe(config(sources, tmp_path, first=stage(1)))
    with pytest.raises(ConfigError, match="second"):
        train(recipe, ["second"])
    with pytest.raises(ConfigError, match="start"):
        train(make_recipe(config(sources, tmp_path, start=stage(1))))


def test_the_aliases_of_a_corpus_are_its_mentions_with_their_ids():
    assert next(mention_aliases(articles())) == ("wheezing lungs", ("T:1",))


def test_a_checkpoint_that_was_not_written_to_its_end_is_no_checkpoint(tmp_path):
    assert newest_checkpoint(tmp_path / "absent") is None
    for step, whole in ((9, True), (10, True), (200, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            (folder / "trainer_state.json").write_text("{}")
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-10"


SCRIPT = """
import json, sys
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train, use_threads
use_threads(1)
train(make_recipe(json.loads(sys.argv[1])))
"""


def test_a_killed_run_goes_on_and_ends_with_the_weights_of_one_that_was_left_alone(sources, tmp_path):
    def recipe(name):
        return config(sources, tmp_path / name, only=stage(300, save_steps=40, synonyms=0.5, mentions=0.5))

    settings = recipe("killed")
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, json.dumps(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    folder = tmp_path / "killed" / "only"
    _wait_for(lambda: newest_checkpoint(folder), process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / "generator").exists()

    resumed, whole = (train(make_recipe(recipe(name))) for name in ("killed", "left_alone"))
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["steps"] == 300
    assert metrics["resumed_at"] in range(40, 300, 40)
    weights, expected = (Generator.from_folder(path).network.state_dict() for path in (resumed, whole))
    for name, value in expected.items():
        assert torch.allclose(weights[name], value, atol=1e-6), name
    assert (resumed / "tokenizer.json").read_bytes() == (whole / "tokenizer.json").read_bytes()


def _wait_for(found, process, seconds=60):
    end = time.monotonic() + seconds
    while not found():
        assert process.poll() is None, "the run ended before it was killed"
        assert time.monotonic() < end, "no checkpoint was written"
        time.sleep(0.01)
