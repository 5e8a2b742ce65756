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
    assert recipe.stages["pretrain"].steps == 7
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
        ({"stages": {"one": {"steps": 2, "shares": {"synonyms": -1}}}}, r"\[stages.one.shares\] synonyms is -1"),
        ({"stages": {"one": {"steps": 2, "shares": {"synonyms": True}}}}, "synonyms is True.*valid number"),
        ({"stages": {"one": {"steps": "3"}}}, "steps is '3'.*valid integer"),
        ({"stages": {"one": {"steps": 3, "keep_best": 1}}}, "keep_best is 1.*valid boolean"),
        ({"stages": {"one": {"steps": 3, "beta": 1}}}, "beta.*unknown"),
        ({"stages": {"one": {"objective": "preference", "label_smoothing": 0.1}}}, "label_smoothing.*unknown"),
        ({"stages": {"one": 3}}, "one is 3.*objective"),
        ({"paths": {"kbs": [7], "output": "out"}}, "kbs is 7"),
        ({"paths": 3}, "paths.* is 3"),
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


def test_one_word_is_a_list_of_one_and_null_is_the_default():
    paths = {"kbs": "kb", "output": "out", "init": None, "corpora": None}
    pairs = {"source": "files", "files": "pairs.jsonl"}
    recipe = make_recipe({"paths": paths, "stages": {"one": {"objective": "preference", "pairs": pairs}}})
    assert (recipe.paths.kbs, recipe.paths.init, recipe.paths.corpora) == (("kb",), "", ())
    assert recipe.stages["one"].pairs.files == ("pairs.jsonl",)


def test_each_message_names_section_and_setting_with_the_value_and_what_to_do():
    def message(**stage):
        with pytest.raises(ConfigError) as error:
            make_recipe({**SMALLEST, "stages": {"one": stage}})
        return str(error.value)

    assert message(steps=2, batch_size=0) == "[stages.one] batch_size is 0: it should be greater than 0."
    assert message(steps=2, epochs=1).startswith("[stages.one] epochs of the training config is unknown: remove it")
    pairs = {"n_chunks": 1, "stop_after": 4}
    assert message(objective="preference", pairs=pairs) == (
        "[stages.one.pairs] stop_after is 4 and n_chunks 1: use 0 to n_chunks."
    )


def test_a_config_that_cannot_be_read_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.cfg"):
        read_recipe(tmp_path / "missing.cfg")
    (tmp_path / "broken.cfg").write_text("no section")
    with pytest.raises(ConfigError, match=r"broken\.cfg"):
        read_recipe(tmp_path / "broken.cfg")


def test_an_override_of_what_is_not_there_is_an_error():
    with pytest.raises(ConfigError):
        read_recipe(CONFIGS / "generator-toy.cfg", {"stages.third.steps": 7})
