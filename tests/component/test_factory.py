from dataclasses import replace

import pytest
import spacy
from confection import ConfigValidationError
from linker_toys import TOY, links, ruler_pipeline, toy_kb, with_linker
from spacy.util import load_model_from_config
from thinc.api import Linear

from angel_spacy.component.linker import AngelLinker
from angel_spacy.component.settings import Settings
from angel_spacy.errors import ConfigError, KnowledgeBaseError, ModelError
from angel_spacy.models.precision import default_precision

SPEED = {"precision": "int8", "beam_margin": 2.5, "exact_match": "prefer", "cache_size": 7, "threads": 3}


def test_one_line_adds_it_and_reads_nothing_yet():
    nlp = spacy.blank("en")
    linker = nlp.add_pipe("angel_linker")
    assert isinstance(linker, AngelLinker)
    assert not linker._sources.has_kb
    settings = nlp.get_pipe_config("angel_linker")
    assert settings["nil_label"] == "NIL"
    assert settings["threshold"] is None
    assert settings["beam_width"] == settings["n_candidates"] == 10


def test_the_config_makes_the_same_pipeline_again(tmp_path):
    toy_kb().to_disk(tmp_path / "kb")
    kb = {"@misc": "angel_spacy.KnowledgeBase.v1", "path": str(tmp_path / "kb")}
    settings = {"model": TOY, "kb": kb, "labels": ["DISEASE"], "threshold": 0.25, "beam_width": 3, **SPEED}
    nlp = spacy.blank("en")
    linker = nlp.add_pipe("angel_linker", config=settings)
    again = load_model_from_config(nlp.config)
    assert again.config.to_str() == nlp.config.to_str()
    copy = again.get_pipe("angel_linker")
    assert (
        copy.settings
        == linker.settings
        == replace(Settings(), labels=["DISEASE"], threshold=0.25, beam_width=3, **SPEED)
    )
    assert copy.threshold == 0.25
    assert [concept.name for concept in copy.kb.concepts] == ["Gout", "Fever", "Aspirin"]


@pytest.mark.parametrize("setting", [{"beam_with": 3}, {"threshold": "high"}, {"labels": 3}])
def test_spacy_rejects_a_setting_of_unknown_name_or_wrong_type(setting):
    with pytest.raises(ConfigValidationError):
        spacy.blank("en").add_pipe("angel_linker", config={"model": TOY, **setting})


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ({"threshold": 1.5}, "use 0 to 1, or null"),
        ({"threshold": -0.1}, "use 0 to 1, or null"),
        ({"n_candidates": 0}, "use 1 or more"),
        ({"beam_width": -1}, "use 1 or more"),
        ({"batch_size": 0}, "use 1 or more"),
        ({"context_window": -1}, "use 0 or more"),
        ({"precision": "float8"}, "use one of float32, bfloat16, float16, int8, or null"),
        ({"beam_margin": -0.5}, "use 0 or more, or null"),
        ({"exact_match": "first"}, "use one of off, prefer, skip"),
        ({"cache_size": -1}, "use 0 or more"),
        ({"threads": 0}, "use 1 to 1024, or null"),
        ({"labels": "DISEASE"}, r"use a list, \['DISEASE'\]"),
        ({"threads": 100_000}, "use 1 to 1024, or null"),
    ],
)
def test_a_setting_out_of_range_is_an_error_with_its_remedy(setting, remedy):
    with pytest.raises(ConfigError, match=remedy):
        spacy.blank("en").add_pipe("angel_linker", config={"model": TOY, **setting})


def test_its_defaults_are_those_of_the_settings():
    settings = spacy.blank("en").add_pipe("angel_linker", config={"model": TOY}).settings
    assert settings == Settings()


def test_the_precision_is_the_setting_or_what_suits_the_machine():
    assert with_linker(ruler_pipeline(), precision="float16").get_pipe("angel_linker").precision == "float16"
    assert with_linker(ruler_pipeline(), precision=None).get_pipe("angel_linker").precision == default_precision("cpu")


def test_a_model_that_is_no_generator_is_refused():
    nlp = spacy.blank("en")
    with pytest.raises(ConfigError, match=r"use an architecture such as angel_spacy.Seq2Seq.v1"):
        _ = AngelLinker(nlp.vocab, Linear(), make_kb=toy_kb, settings=Settings()).generator


def test_a_path_that_leads_nowhere_is_reported_when_it_is_needed(tmp_path):
    nlp = ruler_pipeline()
    kb = {"@misc": "angel_spacy.KnowledgeBase.v1", "path": str(tmp_path / "nowhere")}
    nlp.add_pipe("angel_linker", config={"model": TOY, "kb": kb})
    with pytest.raises(KnowledgeBaseError, match="nowhere"):
        nlp("gout")
    model = {"@architectures": "angel_spacy.Seq2Seq.v1", "path": str(tmp_path / "nowhere")}
    nlp = ruler_pipeline()
    nlp.add_pipe("angel_linker", config={"model": model})
    with pytest.raises(ModelError, match="nowhere is not a model folder"):
        nlp("gout")


def test_analyze_pipes_sees_what_it_needs_and_gives():
    nlp = spacy.blank("en")
    nlp.add_pipe("angel_linker", config={"model": TOY})
    assert nlp.analyze_pipes()["problems"] == {"angel_linker": ["doc.ents"]}
    nlp = with_linker(ruler_pipeline())
    analysis = nlp.analyze_pipes(keys=["assigns", "requires", "scores"])
    assert not any(analysis["problems"].values())
    assert analysis["summary"]["angel_linker"]["assigns"] == [
        "token.ent_kb_id",
        "span._.kb_id",
        "span._.kb_ids",
        "span._.kb_candidates",
        "span._.kb_ents",
    ]
    assert "kb_acc@1" in nlp.config["training"]["score_weights"]


@pytest.mark.parametrize("labels", [("DISEASE", "CHEMICAL"), ("ENTITY", "ENTITY")])
def test_it_works_behind_the_labels_of_scispacys_models(labels):
    nlp = with_linker(ruler_pipeline({"gout": labels[0], "aspirin": labels[1]}))
    found = [(text, label, kb_id) for text, label, kb_id, *_ in links(nlp("Gout or aspirin"))]
    assert found == [("Gout", labels[0], "D006073"), ("aspirin", labels[1], "D001241")]


def test_initialize_takes_the_kb_from_the_config(tmp_path):
    toy_kb().to_disk(tmp_path / "kb")
    nlp = ruler_pipeline({"gout": "DISEASE"})
    nlp.add_pipe("angel_linker", config={"model": TOY})
    reader = {"@misc": "angel_spacy.KnowledgeBase.v1", "path": str(tmp_path / "kb")}
    nlp.config["initialize"]["components"]["angel_linker"] = {"kb": reader}
    nlp.initialize()
    assert "D006073" in nlp.get_pipe("angel_linker").kb


def test_it_can_be_sourced_renamed_and_switched_off():
    source = with_linker(ruler_pipeline())
    nlp = ruler_pipeline()
    nlp.add_pipe("angel_linker", name="mesh", source=source)
    assert links(nlp("gout"))[0][2] == "D006073"
    with nlp.select_pipes(disable="mesh"):
        assert links(nlp("gout"))[0][2] == ""


def test_training_another_component_leaves_it_alone():
    nlp = with_linker(spacy.blank("en"), spelling=False)
    nlp.add_pipe("textcat_multilabel").add_label("A")
    make = spacy.training.Example.from_dict
    examples = [make(nlp.make_doc("gout"), {"cats": {"A": 1.0}})]
    optimizer = nlp.initialize(lambda: examples)
    losses = nlp.update(examples, sgd=optimizer, exclude=["angel_linker"])
    assert set(losses) == {"textcat_multilabel"}
    with nlp.use_params(optimizer.averages):
        nlp.evaluate(examples)
