import json
import shutil
from math import log

import pytest
import torch
from small import SURFACES, articles, knowledge_base

from angel_spacy.candidates.index import NameIndex
from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.errors import ConfigError
from angel_spacy.models.generator import Generator
from angel_spacy.models.toy import toy_generator
from angel_spacy.objectives.mining import answers, mine
from angel_spacy.objectives.names import names_by_row
from angel_spacy.objectives.pairs import PreferencePair, read_pairs, write_pairs
from angel_spacy.training.dev_sets import DevSets
from angel_spacy.training.examples.data import TrainingData
from angel_spacy.training.pairs import PairMaker
from angel_spacy.training.preference_stage import PreferenceStageRun
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.sections import DevSet, PairSettings, PreferenceStage

DATA = TrainingData(knowledge_base(), articles(), [])
NAMES = names_by_row(DATA.kb)
SCHEDULE = {"learning_rate": 1e-3, "batch_size": 2, "bf16": False, "use_cpu": True, "log_steps": 1}
NO_DEV = DevSets({})


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    folder = tmp_path_factory.mktemp("start") / "generator"
    toy_generator().to_folder(folder)
    return folder


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dev")
    knowledge_base().to_disk(folder / "kb")
    write_pubtator(articles(), folder / "dev.pubtator")
    return {"toy": DevSet(str(folder / "kb"), str(folder / "dev.pubtator"))}


def stage_run(start, folder, *, dev=NO_DEV, **settings):
    pairs = PairSettings(**{"n_chunks": 2, "top": 3} | settings)
    stage = PreferenceStage(**SCHEDULE, pairs=pairs)
    return PreferenceStageRun(start, folder, stage, PairMaker(DATA, pairs, seed=0), dev, seed=0)


def weights(generator):
    network = generator.network
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def metrics(path):
    return json.loads((path / "metrics.json").read_text())


def test_a_mined_pair_prefers_a_gold_name_to_one_that_is_not():
    generator = toy_generator()
    pairs = list(mine(generator, NameIndex.build(DATA.kb, generator.prompter), NAMES, DATA.mentions, top=3))
    gold = {(m.text, m.start): {name for row in m.rows for name in NAMES[row]} for m in DATA.mentions}
    assert pairs
    for pair in pairs:
        assert pair.chosen in gold[pair.text, pair.start]
        assert pair.rejected not in gold[pair.text, pair.start]
        assert 1 <= pair.rejected_rank <= 3
        assert pair.chosen_rank <= 3
        assert pair.rejected_score < 0
        assert (pair.chosen_score is None) == (pair.chosen_rank == 0)


def test_an_annotated_form_is_an_answer_to_other_mentions_but_not_to_itself():
    generator = toy_generator()
    index = NameIndex.build(DATA.kb_with_aliases, generator.prompter)
    aliases = {generator.prompter.normalise(surface) for surface, _ in SURFACES}
    pairs = list(mine(generator, index, NAMES, DATA.mentions, top=20, every=True, aliases=aliases))
    named = {name for pair in pairs for name in (pair.chosen, pair.rejected)}
    assert named & aliases
    for pair in pairs:
        own = generator.prompter.normalise(pair.text[pair.start : pair.end])
        assert own not in (pair.chosen, pair.rejected)


def test_each_chunk_leaves_its_pairs_and_figures_and_its_reference_is_the_network_before_it(start, tmp_path):
    chosen = stage_run(start, tmp_path).best()
    assert torch.equal(weights(chosen), weights(Generator.from_folder(tmp_path / "chunk-1" / "generator")))
    texts = set()
    for chunk in ("chunk-0", "chunk-1"):
        found = metrics(tmp_path / chunk)
        pairs = list(read_pairs(tmp_path / chunk / "pairs.jsonl"))
        assert found["n_pairs"] == len(pairs) > 0
        assert found["steps"] == -(-len(pairs) // 2)
        assert {"margin", "reward_accuracy", "gained", "loss", "tokens_per_second", "mining_seconds"} <= set(found)
        logged = json.loads(max((tmp_path / chunk).glob("checkpoint-*/trainer_state.json")).read_text())["log_history"]
        assert logged[0]["loss"] == pytest.approx(log(2), abs=1e-4)  # policy is reference
        assert {"grad_norm", "margin", "reward_accuracy"} <= set(logged[0])
        texts |= {pair.text for pair in pairs}
    assert len(texts) == len(DATA.mentions)  # every mention was in a chunk
    assert metrics(tmp_path)["chosen_chunk"] == 1
    assert 0 < metrics(tmp_path)["mining_share"] < 1


def test_learning_makes_the_chosen_names_likelier_than_the_rejected_ones(start, tmp_path):
    pair = PreferencePair("a case of gout is rare", 10, 14, "gout", "gouty arthritis")
    write_pairs([pair] * 16, tmp_path / "pairs.jsonl")
    stage_run(start, tmp_path / "stage", source="files", files=(str(tmp_path / "pairs.jsonl"),), n_chunks=1).best()
    logged = json.loads((tmp_path / "stage" / "chunk-0" / "checkpoint-8" / "trainer_state.json").read_text())
    margins = [entry["margin"] for entry in logged["log_history"] if "margin" in entry]
    assert margins[0] == pytest.approx(0, abs=1e-3)
    assert margins[7] > margins[3] > 1


def test_a_stage_that_was_stopped_goes_on_behind_its_last_chunk(start, tmp_path):
    whole = stage_run(start, tmp_path / "whole").best()
    shutil.copytree(tmp_path / "whole" / "chunk-0", tmp_path / "resumed" / "chunk-0")
    resumed = stage_run(start, tmp_path / "resumed").best()
    assert torch.allclose(weights(whole), weights(resumed), atol=1e-6)
    assert not torch.allclose(weights(whole), weights(Generator.from_folder(start)), atol=1e-4)


def test_off_policy_all_chunks_are_answered_by_the_start(start, tmp_path):
    stage_run(start, tmp_path / "on", aliases=False).best()
    stage_run(start, tmp_path / "off", on_policy=False, aliases=False).best()
    on, off = (
        [list(read_pairs(tmp_path / name / f"chunk-{i}" / "pairs.jsonl")) for i in (0, 1)] for name in ("on", "off")
    )
    assert on[0] == off[0]
    assert on[1] != off[1]
    generator = Generator.from_folder(start)
    index = NameIndex.build(DATA.kb, generator.prompter)
    from_start = set(mine(generator, index, NAMES, DATA.mentions, top=3))
    assert {(pair.chosen, pair.rejected) for pair in off[1]} <= {(pair.chosen, pair.rejected) for pair in from_start}


def test_the_best_on_dev_is_kept_be_it_the_start(start, dev, tmp_path, monkeypatch):
    figures = iter([0.5, 0.7, 0.6, 0.4, 0.9])
    monkeypatch.setattr(DevSets, "scores", lambda *_: {"toy": next(figures)})
    best = stage_run(start, tmp_path, dev=DevSets(dev), n_chunks=4, patience=2).best()
    assert torch.equal(weights(best), weights(Generator.from_folder(tmp_path / "chunk-0" / "generator")))
    assert metrics(tmp_path)["chosen_chunk"] == 0
    assert [found["toy"] for found in metrics(tmp_path)["dev"]] == [0.5, 0.7, 0.6, 0.4]  # then it was tired
    figures = iter([0.5, 0.4, 0.3])
    kept = stage_run(start, tmp_path / "worse", dev=DevSets(dev)).best()
    assert torch.equal(weights(kept), weights(Generator.from_folder(start)))


def test_dev_accuracy_is_that_of_the_first_name(start, dev):
    generator = toy_generator()
    index = NameIndex.build(knowledge_base(), generator.prompter)
    hits = [
        mention.rows[0] in index.trie.rows(found[0].leaf) for mention, found in answers(generator, index, DATA.mentions)
    ]
    assert DevSets(dev).scores(generator)["toy"] == sum(hits) / len(hits)


def test_a_dev_set_without_mentions_of_its_kb_is_an_error(dev, tmp_path):
    (tmp_path / "none.pubtator").write_text("1|t|Gout\n1|a|\n")
    with pytest.raises(ConfigError, match=r"dev\.toy"):
        DevSets({"toy": DevSet(dev["toy"].kb, str(tmp_path / "none.pubtator"))})


@pytest.mark.parametrize("source", ["names", "synonyms", "similar"])
def test_pairs_of_similar_names_prefer_a_gold_name(source):
    settings = PairSettings(source=source, n_chunks=2, n_pairs=40)
    maker = PairMaker(DATA, settings, seed=0)
    generator = toy_generator()
    pairs = maker.pairs(0, generator)
    assert pairs
    assert pairs == PairMaker(DATA, settings, seed=0).pairs(0, generator)
    owners = {name: row for row, own in enumerate(DATA.names) for name in own}
    assert all(owners[pair.chosen] != owners[pair.rejected] for pair in pairs)


def test_replay_adds_so_many_of_the_models_own_pairs(tmp_path):
    given = [
        PreferencePair("a case of gout", 10, 14, "gout", name) for name in ("mumps", "scurvy", "asthma", "measles")
    ]
    write_pairs(given, tmp_path / "pairs.jsonl")
    settings = PairSettings(source="files", files=(str(tmp_path / "pairs.jsonl"),), n_chunks=1, replay=0.5)
    pairs = PairMaker(DATA, settings, seed=0).pairs(0, toy_generator())
    assert len(pairs) == 6
    assert set(given) <= set(pairs)


def test_a_stage_says_which_objective_it_has_and_its_settings_are_checked():
    def recipe(**section):
        return make_recipe({"paths": {"output": "x"}, "stages": {"last": section}}).stages["last"]

    stage = recipe(objective="preference", beta=0.2, pairs={"top": 3})
    assert (stage.beta, stage.pairs.top, stage.lr_scheduler) == (0.2, 3, "constant")
    for section, message in (
        ({"objective": "reward"}, "'positive' or 'preference'"),
        ({"objective": "preference", "pairs": {"source": "luck"}}, "luck"),
        ({"objective": "preference", "pairs": {"source": "files"}}, "name the files"),
        ({"objective": "preference", "pairs": {"top": 1}}, "top"),
        ({"objective": "preference", "pairs": {"depth": 1}}, "stages.last.pairs.*depth"),
        ({}, "steps"),
    ):
        with pytest.raises(ConfigError, match=message):
            recipe(**section)
