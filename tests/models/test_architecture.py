import pytest
import spacy
from thinc.api import Config, Linear
from toys import all_behind_prefixes

from angel_spacy.errors import ConfigError, ModelError
from angel_spacy.models.architecture import generator_model, generator_shim, nothing_to_load
from angel_spacy.models.toy import toy_generator

TOY = '[model]\n@architectures = "angel_spacy.ToySeq2Seq.v1"\nseed = 3\n'


def test_the_config_makes_a_model_that_loads_at_first_use():
    model = spacy.registry.resolve(Config().from_str(TOY))["model"]
    shim = generator_shim(model)
    assert shim._generator is None
    assert shim.generator is shim.generator
    assert shim.generator.to_bytes() == toy_generator(seed=3).to_bytes()


def test_a_folder_by_its_path(tmp_path):
    toy_generator().to_folder(tmp_path)
    config = {"model": {"@architectures": "angel_spacy.Seq2Seq.v1", "path": str(tmp_path)}}
    model = spacy.registry.resolve(config)["model"]
    assert generator_shim(model).generator.to_bytes() == toy_generator().to_bytes()


def test_the_forward_pass_opens_a_session():
    model = generator_model(toy_generator)
    prompts = generator_shim(model).generator.prompter.prompts([("gout", 0, 4), ("a gout", 2, 6)])
    assert all_behind_prefixes(model.predict(prompts), 2, 259).shape == (2, 259)


def test_thinc_stores_it(tmp_path):
    model = generator_model(toy_generator)
    expected = generator_shim(model).generator.to_bytes()
    for copy in (
        generator_model(nothing_to_load).from_bytes(model.to_bytes()),
        (model.to_disk(tmp_path / "model"), generator_model(nothing_to_load).from_disk(tmp_path / "model"))[1],
    ):
        assert generator_shim(copy).generator.to_bytes() == expected


def test_asking_before_there_are_weights_is_an_error():
    with pytest.raises(ModelError, match="from_disk or from_bytes"):
        _ = generator_shim(generator_model(nothing_to_load)).generator


def test_another_kind_of_model_holds_no_generator():
    with pytest.raises(ConfigError, match="'linear' holds no generator"):
        generator_shim(Linear())
