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
from confection import Config
from small import SURFACES, article, articles, knowledge_base
from toys import all_behind_prefixes

from angel_spacy.candidates.generated import Generated
from angel_spacy.candidates.settings import Search
from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.errors import AngelError, ConfigError, TrainingError
from angel_spacy.models.generator import Generator
from angel_spacy.training.checkpoints import newest_checkpoint
from angel_spacy.training.dev_sets import DevSets
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train

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


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    knowledge_base().to_disk(folder / "kb")
    write_pubtator(articles(), folder / "train.pubtator")
    return {"kbs": [str(folder / "kb")], "corpora": [str(folder / "train.pubtator")]}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    path = tmp_path_factory.mktemp("many") / "train.pubtator"
    write_pubtator(
        (
            article(10 * i + j, surface, (concept_id,))
            for i in range(60)
            for j, (surface, concept_id) in enumerate(SURFACES)
        ),
        path,
    )
    return str(path)


def preference(**pairs):
    schedule = {"learning_rate": 1e-4, "batch_size": 8, "save_steps": 10, "bf16": False, "use_cpu": True}
    return {"objective": "preference", **schedule, "pairs": pairs}


SCRIPT = """
import json, sys
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train, use_threads
use_threads(1)
train(make_recipe(json.loads(sys.argv[1])))
"""


def start(settings):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, json.dumps(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


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
    ranked = Generated(generator, kb).candidates(prompts, Search(beam_width=5, precision="float32"), n_candidates=3)
    assert [candidates[0].concept_id for candidates in ranked] == [concept_id for _, concept_id in SURFACES]


def test_the_saved_generator_scores_as_the_one_that_was_saved(trained, tmp_path):
    generator = Generator.from_folder(trained[1])
    generator.to_folder(tmp_path)
    again = Generator.from_folder(tmp_path)
    prompts = generator.prompter.prompts([("painful toe", 0, 11)])
    assert again.prompter.prompts([("painful toe", 0, 11)]) == prompts
    n_tokens = generator.tokenizer.get_vocab_size()
    one, other = (all_behind_prefixes(each.session(prompts), 1, n_tokens) for each in (again, generator))
    assert torch.equal(one, other)


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


def test_a_positive_stage_that_was_worse_on_dev_can_be_dropped(sources, tmp_path, monkeypatch):
    figures = iter([0.6, 0.8, 0.7])  # behind the first; before and behind the second
    monkeypatch.setattr(DevSets, "scores", lambda *_: {"toy": next(figures)})
    stages = {"first": stage(2), "second": {**stage(2), "keep_best": True}}
    recipe = make_recipe(config(sources, tmp_path, **stages))
    train(recipe)
    first, second = (Generator.from_folder(tmp_path / name / "generator").network.state_dict() for name in stages)
    assert all(torch.equal(first[name], second[name]) for name in first)
    metrics = json.loads((tmp_path / "second" / "metrics.json").read_text())
    assert (metrics["dev_before"], metrics["dev"]) == ({"toy": 0.8}, {"toy": 0.7})


def test_a_stage_whose_start_is_missing_and_a_logger_that_is_not_installed_are_errors(sources, tmp_path, monkeypatch):
    recipe = make_recipe(config(sources, tmp_path, first=stage(1), second=stage(1)))
    with pytest.raises(ConfigError, match=r"'second' starts from .*first.* not there"):
        train(recipe, ["second"])
    monkeypatch.setattr("transformers.integrations.integration_utils.is_tensorboard_available", lambda: False)
    with pytest.raises(ConfigError, match="report_to"):
        train(make_recipe(config(sources, tmp_path / "logged", first={**stage(1), "report_to": "tensorboard"})))


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


KILLED = {
    "positive": lambda: stage(300, save_steps=40, synonyms=0.5, mentions=0.5),
    "synonyms": lambda: preference(source="synonyms", n_pairs=2400, n_chunks=2),
    "model": lambda: preference(n_chunks=2, top=3),
}


@pytest.mark.parametrize("kind", KILLED)
def test_a_killed_run_goes_on_and_ends_with_the_weights_of_one_that_was_left_alone(kind, sources, many, tmp_path):
    def recipe(name):
        return config(sources | {"corpora": [many]}, tmp_path / name, only=KILLED[kind]())

    process = start(recipe("killed"))
    folder = tmp_path / "killed" / "only"
    folder = folder if kind == "positive" else folder / "chunk-1"
    _wait_for(lambda: newest_checkpoint(folder), process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / "generator").exists()

    resumed, whole = (train(make_recipe(recipe(name))) for name in ("killed", "left_alone"))
    assert json.loads((folder / "metrics.json").read_text())["resumed_at"] > 0
    weights, expected = (Generator.from_folder(path).network.state_dict() for path in (resumed, whole))
    for name, value in expected.items():
        assert torch.allclose(weights[name], value, atol=1e-6), name
    assert (resumed / "tokenizer.json").read_bytes() == (whole / "tokenizer.json").read_bytes()


def test_a_run_killed_while_it_mined_mines_again(sources, many, tmp_path):
    recipe = config(sources | {"corpora": [many]}, tmp_path, only=preference(n_chunks=1, top=3))
    process = start(recipe)
    _wait_for(lambda: (tmp_path / "only" / "start.json").exists(), process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert train(make_recipe(recipe)).exists()


BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"spacy", "thinc", "scispacy", "typer", "weasel"}:
            raise ImportError(f"{name} is not installed here")
sys.meta_path.insert(0, Blocker())
from angel_spacy.training.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def written(recipe, path):
    """A recipe's settings as a config file."""
    Config(recipe).to_disk(path)
    return str(path)


def test_all_stages_run_where_spacy_is_not_installed(sources, many, tmp_path):
    stages = {"first": stage(3), "second": preference(source="synonyms", n_pairs=32), "third": preference(top=2)}
    path = written(config(sources | {"corpora": [many]}, tmp_path / "out", **stages), tmp_path / "run.cfg")
    command = [sys.executable, "-c", BLOCKED, path, "--threads", "1", "--stages.first.steps", "4"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "out" / "third" / "generator" / "model.safetensors").exists()
    assert json.loads((tmp_path / "out" / "first" / "metrics.json").read_text())["steps"] == 4
    wrong = subprocess.run([*command[:-2], "--steps", "4"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)


def test_two_processes_learn_together(sources, many, tmp_path):
    stages = {"first": stage(4, synonyms=1.0), "second": preference(n_chunks=1, top=3)}
    path = written(config(sources | {"corpora": [many]}, tmp_path / "out", **stages), tmp_path / "run.cfg")
    launch = "-m torch.distributed.run --standalone --nproc_per_node 2 -m angel_spacy.training --threads 1"
    command = [sys.executable, *launch.split(), path]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    chunk = tmp_path / "out" / "second" / "chunk-0"
    n_pairs = len((chunk / "pairs.jsonl").read_text().splitlines())
    assert json.loads((chunk / "metrics.json").read_text())["steps"] == -(-n_pairs // 16)  # two times 8 a step


def test_a_run_that_diverges_stops_with_what_to_do(sources, tmp_path):
    schedule = {**stage(400), "learning_rate": 50.0, "warmup_steps": 0, "max_grad_norm": 1e9}
    with pytest.raises(TrainingError, match="learning_rate"):
        train(make_recipe(config(sources, tmp_path, only=schedule)))
    assert not (tmp_path / "only" / "generator").exists()


def _wait_for(found, process, seconds=300):
    end = time.monotonic() + seconds
    while not found():
        assert process.poll() is None, "the run ended before it was killed"
        assert time.monotonic() < end, "no checkpoint was written"
        time.sleep(0.01)


def test_a_folder_of_a_run_with_other_settings_is_refused_and_names_them(trained, tmp_path):
    recipe, _ = trained
    first = recipe.stages["first"]
    other = replace(first, learning_rate=0.5, log_steps=7)
    with pytest.raises(ConfigError, match=r"other settings \(learning_rate\): delete"):
        train(replace(recipe, stages={**recipe.stages, "first": other}))
    logged = replace(first, log_steps=7)
    train(replace(recipe, stages={**recipe.stages, "first": logged}))  # of no consequence


def test_dev_sets_are_read_before_training(sources, tmp_path):
    dev = {"toy": {"kb": sources["kbs"][0], "corpus": str(tmp_path / "absent.pubtator")}}
    with pytest.raises(AngelError, match="absent"):
        train(make_recipe({**config(sources, tmp_path / "out", only=stage(3)), "dev": dev}))
    assert not list((tmp_path / "out").rglob("checkpoint-*"))


def test_with_a_given_start_a_stage_runs_without_those_before_it(trained, sources, tmp_path):
    recipe = make_recipe(config(sources, tmp_path, first=stage(1), second=stage(1)))
    recipe = replace(recipe, paths=replace(recipe.paths, init=str(trained[1])))
    assert train(recipe, ["second"]) == tmp_path / "second" / "generator"
    assert not (tmp_path / "first").exists()


def test_sizes_that_make_no_network_are_an_error(sources, tmp_path):
    settings = config(sources, tmp_path, only=stage(1))
    settings["network"] = {**NETWORK, "encoder_attention_heads": 7}
    with pytest.raises(ConfigError, match=r"\[network\]"):
        train(make_recipe(settings))
