"""A linker that is given another generator, as `angel distil` does."""

from tiny import tiny_pipeline

from angel_spacy.models.generator import Generator
from angel_spacy.models.toy import toy_generator
from angel_spacy.prompts import PromptFormat
from angel_spacy.training.network import fresh_generator
from angel_spacy.training.sections import NetworkSize
from angel_spacy.training.tokenizer import train_tokenizer

TEXT = "Gout and aspirin, renal failure and gout."


def found(nlp):
    return [[(one.concept_id, round(one.score, 4)) for one in ent._.kb_candidates] for ent in nlp(TEXT).ents]


def other_generator():
    """One with other tokens."""
    tokenizer = train_tokenizer(["gout gout aspirin aspirin renal renal failure failure"] * 5, 300)
    return fresh_generator(NetworkSize(d_model=16), tokenizer, PromptFormat(context_words=4), seed=3)


def test_the_links_are_those_of_the_generator_that_was_given():
    nlp, fresh = tiny_pipeline(), tiny_pipeline()
    linker = nlp.get_pipe("angel_linker")
    before = found(nlp)
    linker.threshold = 0.25
    linker.generator = other_generator()
    fresh.get_pipe("angel_linker").generator = other_generator()  # before it ever linked
    after = found(nlp)
    assert after == found(fresh) != before
    assert linker.threshold == 0.25
    assert linker.kb.n_names == 6


def test_it_is_stored_with_the_pipeline(tmp_path):
    nlp = tiny_pipeline()
    nlp.to_disk(tmp_path / "before")
    linker = nlp.get_pipe("angel_linker")
    linker.generator = other_generator()
    nlp.to_disk(tmp_path / "after")
    stored = Generator.from_folder(tmp_path / "after" / "angel_linker" / "model")
    assert (
        stored.tokenizer.get_vocab() == other_generator().tokenizer.get_vocab() != toy_generator().tokenizer.get_vocab()
    )
    again = tiny_pipeline().from_disk(tmp_path / "after")
    assert found(again) == found(nlp)
