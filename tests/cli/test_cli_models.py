"""`angel convert-checkpoint` and `angel distil`."""

import json
from importlib import import_module

import pytest
import spacy
import torch
import transformers as hf
from safetensors.torch import save_file
from toys import toy_bart

from angel_spacy.models.generator import Generator
from angel_spacy.models.toy import toy_tokenizer


def published(folder, *, tokenizer=True):
    folder.mkdir()
    network = toy_bart(259)
    network.config.save_pretrained(folder)
    save_file({name: value.clone() for name, value in network.state_dict().items()}, folder / "model.safetensors")
    if tokenizer:
        toy_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def test_a_checkpoint_is_converted_and_a_pipeline_takes_it(angel, tmp_path):
    source, target = published(tmp_path / "theirs"), tmp_path / "ours"
    result = angel("convert-checkpoint", source, target, "--context-words", 32, "--dtype", "int8")
    assert "BartForConditionalGeneration" in result.stdout
    form = json.loads((target / "prompt_format.json").read_text())
    assert (form["normaliser"], form["context_words"]) == ("angel_spacy.normalise.v1", 32)
    nlp = spacy.blank("en")
    nlp.add_pipe("angel_linker", config={"model": {"@architectures": "angel_spacy.Seq2Seq.v1", "path": str(target)}})
    assert nlp.get_pipe("angel_linker").generator.network.config.d_model == 16


def test_the_prompt_and_the_tokenizer_may_be_named(angel, tmp_path):
    source = published(tmp_path / "theirs", tokenizer=False)
    assert "holds no tokenizer" in angel("convert-checkpoint", source, tmp_path / "a", code=1).output
    (tmp_path / "tokens").mkdir()
    toy_tokenizer().save(str(tmp_path / "tokens" / "tokenizer.json"))
    given = ("--tokenizer", tmp_path / "tokens", "--prompt", "seq2seq")
    angel("convert-checkpoint", source, tmp_path / "a", *given)
    assert Generator.from_folder(tmp_path / "a").prompter.form.normaliser == "angel_spacy.normalise.v2"


def test_what_cannot_be_converted_leaves_nothing(angel, tmp_path, monkeypatch):
    source = published(tmp_path / "theirs")
    for more, complaint in ((("--prompt", "mine"), "published, seq2seq"), (("--dtype", "int2"), "float32, bfloat16")):
        assert complaint in angel("convert-checkpoint", source, tmp_path / "a", *more, code=1).output
    assert "is there already" in angel("convert-checkpoint", source, source, code=1).output

    def full(self, folder, *, dtype=None):
        folder.mkdir()
        (folder / "config.json").write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Generator, "to_folder", full)
    assert "No space left" in angel("convert-checkpoint", source, tmp_path / "a", code=1).output
    assert not (tmp_path / "a").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["theirs"]


def test_two_berts_become_one_generator(angel, tmp_path):
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz", "gout", "is", "start", "end"]
    config = hf.BertConfig(vocab_size=len(pieces), hidden_size=16, num_hidden_layers=2, num_attention_heads=2)
    for name, kind in (("sapbert", hf.BertModel), ("biobert", hf.BertForMaskedLM)):
        kind(config).save_pretrained(tmp_path / name)
        (tmp_path / name / "vocab.txt").write_text("\n".join(pieces))
    angel("convert-checkpoint", tmp_path / "sapbert", tmp_path / "two", "--decoder", tmp_path / "biobert")
    generator = Generator.from_folder(tmp_path / "two")
    theirs = hf.BertModel.from_pretrained(tmp_path / "sapbert").state_dict()
    ours = generator.network.encoder.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    words = hf.BertForMaskedLM.from_pretrained(tmp_path / "biobert").bert.embeddings.word_embeddings.weight
    assert torch.equal(generator.network.decoder.bert.embeddings.word_embeddings.weight, words)
    (prompt,) = generator.prompter.prompts([("gout", 0, 4)])
    assert [pieces[one] for one in prompt.prefix_ids] == ["[CLS]", "gout", "is"]
    hf.GPT2LMHeadModel(hf.GPT2Config(vocab_size=35, n_embd=16, n_head=2, n_layer=1)).save_pretrained(tmp_path / "gpt")
    result = angel("convert-checkpoint", tmp_path / "sapbert", tmp_path / "b", "--decoder", tmp_path / "gpt", code=1)
    assert "holds a gpt2: use a BERT" in result.output


def test_a_pipeline_gets_a_student(angel, pipeline, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"id": "1", "text": "Gout and aspirin."}\n{"id": "2", "text": "Renal failure and gout."}\n')
    size = ("--width", 16, "--encoder-layers", 1, "--steps", 3, "--batch-size", 4, "--names", 5, "--top", 2)
    result = angel("distil", pipeline, texts, "--into", tmp_path / "small", *size, "--cpu")
    assert "answers of the teacher" in result.stdout
    nlp = spacy.load(tmp_path / "small")
    linker = nlp.get_pipe("angel_linker")
    assert linker.generator.network.config.encoder_layers == 1
    assert [ent.kb_id_ != "" for ent in nlp("Gout and aspirin.").ents] == [True, True]
    assert "is there already" in angel("distil", pipeline, texts, "--into", tmp_path / "small", *size, code=1).output
    (tmp_path / "small").rename(tmp_path / "kept")
    result = angel("distil", pipeline, texts, "--into", tmp_path / "small", *size, "--seed", 2, code=1)
    assert "holds a run with other settings (seed)" in result.output


def test_a_teacher_is_not_asked_again_what_it_has_answered(angel, pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(import_module("angel_spacy.cli.distil"), "ARTICLES_A_FILE", 2)
    texts = tmp_path / "texts.jsonl"
    texts.write_text("".join(f'{{"id": "{n}", "text": "Gout and aspirin."}}\n' for n in range(5)))
    size = ["--width", 16, "--encoder-layers", 1, "--steps", 3, "--batch-size", 4, "--cpu"]
    angel("distil", pipeline, texts, "--into", tmp_path / "small", *size)
    answers = tmp_path / "small-training" / "answers"
    files = sorted(answers.iterdir())
    assert len(files) == 4  # three of texts, one of names
    (tmp_path / "small").rename(tmp_path / "first")
    kept, lost = files[0], files[1]
    kept.write_bytes(files[2].read_bytes())  # what is there is believed
    before = lost.read_bytes()
    lost.unlink()
    angel("distil", pipeline, texts, "--into", tmp_path / "small", *size)
    assert lost.read_bytes() == before
    assert kept.read_bytes() == files[2].read_bytes()


@pytest.mark.parametrize("option", [("--vocab-size", 5), ("--learning-rate", 0), ("--width", 100)])
def test_options_that_make_no_student_are_refused(option, angel, pipeline, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"id": "1", "text": "Gout."}\n')
    code = 2 if option[0] == "--learning-rate" else 1
    angel("distil", pipeline, texts, "--into", tmp_path / "small", *option, "--cpu", code=code)
    assert not (tmp_path / "small-training").exists()


def test_texts_without_mentions_teach_nothing(angel, pipeline, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"id": "1", "text": "Nothing here."}\n')
    for _ in range(2):
        result = angel("distil", pipeline, texts, "--into", tmp_path / "small", "--names", 0, "--cpu", code=1)
        assert "The teacher answered nothing" in result.output
