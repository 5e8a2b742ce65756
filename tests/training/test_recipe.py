from pathlib import Path

import pytest

from angel_spacy.errors import ConfigError
from angel_spacy.training.recipe import make_recipe, read_recipe

CONFIGS = Path(__file__).parents[2] / "configs"
SMALLEST = {"paths": {"kbs": ["kb"], "output": "out"}, "stages": {"one": {"steps": 3}}}


@pytest.mark.parametrize("size", ["toy", "cpu", "gpu", "bart-large"])
def test_the_shipped_configs_are_recipes(size):
    recipe = read_recipe(CONFIGS / f"generator-{size}.cfg")
    assert list(recipe.stages) == ["pretrain", "broaden", "negatives", "finetune", "prefer"]
    sources = {name: stage.pairs.source for name, stage in recipe.stages.items() if hasattr(stage, "pairs")}
    assert sources == {"negatives": "names" if size == "cpu" else "synonyms", "prefer": "model"}
    assert set(recipe.dev) == {"ncbi_disease", "bc5cdr"}
    assert recipe.paths.output == f"training/{size}"
    assert recipe.paths.kbs == ("kb/merged", "kb/medic")


def test_settings_can_be_overridden_as_in_spacy():
    recipe = read_recipe(CONFIGS / "generator-toy.cfg", {"stages.pretrain.steps": 7, "paths.texts": "abstracts.jsonl"})
    assert recipe.stages["pretrain"].schedule.steps == 7
    assert recipe.paths.texts == "abstracts.jsonl"


def test_nothing_is_asked_for_but_a_stage_a_kb_and_a_place():
    recipe = make_recipe(SMALLEST)
    assert recipe.stages["one"].shares.synonyms == 1
    assert recipe.paths.corpora == ()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"nonsense": {}}, "nonsense.*remove"),
        ({"network": {"width": 3}}, "network.*width"),
        ({"prompt": {"markers": 3}}, "prompt.*markers"),
        ({"prompt": {"context_words": -1}}, "context_words"),
        ({"paths": {"kbs": ["kb"]}}, "paths.*output"),
        ({"stages": {"one": {}}}, "stages.one.*steps"),
        ({"stages": {"one": {"steps": 1, "epochs": 2}}}, "stages.one.*epochs"),
        ({"stages": {"one": {"steps": 1, "shares": {"luck": 1}}}}, "stages.one.shares.*luck"),
        ({"stages": {"one": {"steps": "abc"}}}, "stages.one.*steps is 'abc'"),
        ({"stages": {"one": {"steps": 2.5}}}, "stages.one.*steps"),
        ({"stages": {"one": {"steps": 2, "learning_rate": True}}}, "learning_rate"),
        ({"stages": {"one": {"steps": 2, "learning_rate": 0}}}, "learning_rate"),
        ({"stages": {"one": {"steps": 2, "batch_size": 0}}}, "batch_size"),
        ({"stages": {"one": {"steps": 2, "shares": {"synonyms": -1}}}}, "share"),
        ({"stages": {"one": {"objective": "preference", "beta": -1}}}, "beta"),
        ({"stages": {"one": {"objective": "preference", "positive_weight": -3}}}, "positive_weight"),
        ({"stages": {"one": {"objective": "preference", "pairs": {"replay": -1}}}}, "replay"),
        ({"stages": {"one": {"objective": "preference", "pairs": {"n_chunks": 1, "stop_after": 4}}}}, "stop_after"),
        ({"training": {"seed": "x"}}, "seed"),
        ({"dev": {"d": {"kb": "k", "corpus": "c", "limit": "x"}}}, "dev.d.*limit"),
    ],
)
def test_a_setting_that_is_unknown_or_missing_is_an_error_that_names_it(more, message):
    with pytest.raises(ConfigError, match=message):
        make_recipe({**SMALLEST, **more})


def test_a_config_that_cannot_be_read_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.cfg"):
        read_recipe(tmp_path / "missing.cfg")
    (tmp_path / "broken.cfg").write_text("no section")
    with pytest.raises(ConfigError, match=r"broken\.cfg"):
        read_recipe(tmp_path / "broken.cfg")


def test_an_override_of_what_is_not_there_is_an_error():
    with pytest.raises(ConfigError):
        read_recipe(CONFIGS / "generator-toy.cfg", {"stages.third.steps": 7})
