import pytest
import torch
from small import articles, knowledge_base

from angel_spacy.decode.index import NameIndex
from angel_spacy.errors import ConfigError
from angel_spacy.models.toy import toy_generator
from angel_spacy.training.data import TrainingData, names_by_row
from angel_spacy.training.mining import mine
from angel_spacy.training.preferring import chunks, prefer
from angel_spacy.training.recipe import PreferenceSchedule, make_recipe
from angel_spacy.training.run import save

DATA = TrainingData(knowledge_base(), articles(), [])
NAMES = names_by_row(DATA.kb)
SCHEDULE = PreferenceSchedule(n_chunks=2, learning_rate=1e-3, batch_size=2, bf16=False)


def weights(generator):
    return torch.cat([parameter.detach().flatten() for parameter in generator.network.parameters()])


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


def test_every_mention_is_in_one_chunk_and_the_seed_decides_in_which():
    dealt = chunks(DATA.mentions, 4, seed=1)
    assert sorted(m.text for chunk in dealt for m in chunk) == sorted(m.text for m in DATA.mentions)
    assert dealt == chunks(DATA.mentions, 4, seed=1)
    assert dealt != chunks(DATA.mentions, 4, seed=2)


def test_a_stage_that_was_stopped_goes_on_behind_its_last_chunk(tmp_path):
    whole = prefer(toy_generator(), DATA, SCHEDULE, tmp_path / "whole", seed=0, save=save)
    for part in (tmp_path / "whole" / "chunk-0").rglob("*"):
        if part.is_file():
            copy = tmp_path / "resumed" / part.relative_to(tmp_path / "whole")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(part.read_bytes())
    resumed = prefer(toy_generator(), DATA, SCHEDULE, tmp_path / "resumed", seed=0, save=save)
    assert torch.allclose(weights(whole), weights(resumed), atol=1e-6)
    assert not torch.allclose(weights(whole), weights(toy_generator()), atol=1e-4)


def test_a_stage_says_which_objective_it_has():
    def recipe(objective):
        return make_recipe({"paths": {"output": "x"}, "stages": {"last": {"objective": objective, "top": 3}}})

    assert recipe("preference").stages["last"] == PreferenceSchedule(top=3)
    with pytest.raises(ConfigError, match="'positive' or 'preference'"):
        recipe("reward")
