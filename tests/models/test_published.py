"""Folders as others publish them: every layout is read, nothing in them is run, what does not belong is named."""

import json
import pickle
import zipfile
from contextlib import suppress

import pytest
import spacy
import torch
import transformers as hf
from backbones_toy import backbone
from safetensors.torch import save_file
from spacy.util import registry
from tokenizers import pre_tokenizers
from toys import toy_bart

from angel_spacy.errors import ConfigError, ModelError
from angel_spacy.models.architecture import generator_shim
from angel_spacy.models.generator import Generator
from angel_spacy.models.published import hub_folder, published_generator
from angel_spacy.models.tokenizer_files import byte_tokenizer, read_tokenizer
from angel_spacy.models.toy import toy_tokenizer
from angel_spacy.prompts import CausalPromptFormat, SpecialTokens, prompter_for

WORDS = ("a", "case", "start", "end", "acute", "gout", "is", "seen", "in", "toes", "gouty", "arthritis")
TEXT = "A case: Acute-Gout seen in toes."
# METHOD of GenBioEL and ANGEL: by hand, what the published code gives its networks.
ENCODER = ["<s>", " a", " case", ":", " start", " acute", " gout", " end", " seen", " in", " toes", ".", "</s>"]
DECODER = ["</s>", " acute", " gout", " is"]
NAME = [" gouty", " arthritis", "</s>"]


def gpt2_files(folder):
    """A byte-level BPE in GPT-2's layout, in which each of WORDS is a token with the space before it."""
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *sorted(alphabet)])}
    merges = {}
    for word in WORDS:
        left = "Ġ"
        for letter in word:
            merges[f"{left} {letter}"] = None
            left += letter
            vocabulary.setdefault(left, len(vocabulary))
    vocabulary["<mask>"] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return vocabulary


def bart_folder(folder, **settings):
    """config.json and a tokenizer, and the network that the weights are to be of."""
    vocabulary = gpt2_files(folder)
    network = toy_bart(len(vocabulary), n_positions=64, **settings)
    network.config.save_pretrained(folder)
    return network


def weights_of(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def sharded(folder, weights, name, write):
    names = sorted(weights)
    parts = {f"{name.replace('.', f'-{i}.', 1)}": names[i::2] for i in range(2)}
    for part, own in parts.items():
        write({one: weights[one] for one in own}, folder / part)
    index = {one: part for part, own in parts.items() for one in own}
    (folder / f"{name}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


def only_shared(weights):
    gone = ("embed_tokens.weight", "lm_head.weight")
    return {name: value for name, value in weights.items() if not name.endswith(gone)}


def with_soft_prompts(weights):
    return {**weights, "soft_prompt_enc.weight": torch.ones(4, 16), "soft_prompt_dec.weight": torch.ones(2, 16)}


def of_old_days(weights):
    old = {f"module.{name}": value for name, value in weights.items()}
    return {**old, "module.model.encoder.version": torch.tensor([3.0])}


LAYOUTS = {
    "safetensors": lambda folder, weights: save_file(weights, folder / "model.safetensors"),
    "pickle": lambda folder, weights: torch.save(weights, folder / "pytorch_model.bin"),
    "old pickle": lambda folder, weights: torch.save(
        weights, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False
    ),
    "safetensors in parts": lambda folder, weights: sharded(folder, weights, "model.safetensors", save_file),
    "pickle in parts": lambda folder, weights: sharded(folder, weights, "pytorch_model.bin", torch.save),
}
CHANGES = {"all names": dict, "tied": only_shared, "soft prompts": with_soft_prompts, "old names": of_old_days}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("change", CHANGES)
def test_every_layout_gives_the_same_weights(layout, change, tmp_path, caplog):
    network = bart_folder(tmp_path)
    LAYOUTS[layout](tmp_path, CHANGES[change](weights_of(network)))
    found = published_generator(tmp_path).network.state_dict()
    for name, value in network.state_dict().items():
        assert torch.equal(found[name], value), name
    assert ("soft_prompt_enc.weight (4 rows) is left out" in caplog.text) == (change == "soft prompts")


def test_the_published_format_is_the_published_tokens(tmp_path):
    network = bart_folder(tmp_path)
    LAYOUTS["pickle"](tmp_path, weights_of(network))
    generator = published_generator(tmp_path)
    start = TEXT.index("Acute")
    (prompt,) = generator.prompter.prompts([(TEXT, start, start + len("Acute-Gout"))])
    shown = [
        [generator.tokenizer.id_to_token(one).replace("Ġ", " ") for one in ids]
        for ids in (prompt.input_ids, prompt.prefix_ids, *generator.prompter.names(["gouty arthritis"]))
    ]
    assert shown == [ENCODER, DECODER, NAME]


def test_settings_of_generation_are_not_inherited(tmp_path):
    network = bart_folder(tmp_path)
    LAYOUTS["safetensors"](tmp_path, weights_of(network))
    plain = published_generator(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    settings = {"forced_bos_token_id": 0, "no_repeat_ngram_size": 3, "num_beams": 4, "early_stopping": True}
    (tmp_path / "config.json").write_text(json.dumps({**config, **settings}))
    (tmp_path / "generation_config.json").write_text(json.dumps(settings))
    found = published_generator(tmp_path)
    found.to_folder(tmp_path / "ours")
    assert not (tmp_path / "ours" / "generation_config.json").exists()
    again = Generator.from_folder(tmp_path / "ours")
    prompts = plain.prompter.prompts([(TEXT, 8, 18)])
    asked = torch.zeros(5, dtype=torch.long), torch.arange(5)
    scores = [one.session(prompts).prefill(asked) for one in (plain, found, again)]
    torch.testing.assert_close(scores[0], scores[1])
    torch.testing.assert_close(scores[0], scores[2])


class _Code:
    def __reduce__(self):
        return print, ("this was run",)


@pytest.mark.parametrize("new", [True, False])
def test_code_in_a_pickle_is_refused(new, tmp_path, capsys):
    network = bart_folder(tmp_path)
    weights = {**weights_of(network), "hidden": _Code()}
    torch.save(weights, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=new)
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is not read"):
        published_generator(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(_Code()))
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is not read"):
        published_generator(tmp_path)
    assert "this was run" not in capsys.readouterr().out


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bart_folder(tmp_path)
    with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data/0", bytes(50_000_000))
    with pytest.raises(ModelError, match="more than its own size"):
        published_generator(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_an_error(name, share, tmp_path):
    network = bart_folder(tmp_path)
    LAYOUTS["safetensors" if name.endswith("safetensors") else "pickle"](tmp_path, weights_of(network))
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match=name):
        published_generator(tmp_path)


def remove(weights):
    return {name: value for name, value in weights.items() if "decoder.layers.1.fc1" not in name}


def add(weights):
    return {**weights, "model.decoder.layers.0.gate.weight": torch.ones(2)}


def reshape(weights):
    return {**weights, "model.encoder.layers.0.fc1.weight": torch.ones(3, 3)}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (remove, r"lacks 2 weights \(model\.decoder\.layers\.1\.fc1\.bias"),
        (add, r"1 weights that a BartForConditionalGeneration does not have \(model\.decoder\.layers\.0\.gate"),
        (reshape, r"model\.encoder\.layers\.0\.fc1\.weight is \(3, 3\)"),
    ],
)
def test_weights_that_do_not_belong_are_named(change, complaint, tmp_path):
    network = bart_folder(tmp_path)
    LAYOUTS["safetensors"](tmp_path, change(weights_of(network)))
    with pytest.raises(ModelError, match=complaint):
        published_generator(tmp_path)


def test_a_network_that_does_not_write_is_refused(tmp_path):
    config = hf.BertConfig(vocab_size=99, hidden_size=16, num_hidden_layers=1, num_attention_heads=2)
    hf.BertModel(config).save_pretrained(tmp_path)
    toy_tokenizer().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ModelError, match="BertModel, neither an encoder-decoder nor"):
        published_generator(tmp_path)


@pytest.mark.parametrize("n_tokens", [100, 5000])
def test_a_tokenizer_of_another_model_is_refused(n_tokens, tmp_path):
    network = toy_bart(n_tokens)
    network.config.save_pretrained(tmp_path)
    LAYOUTS["safetensors"](tmp_path, weights_of(network))
    toy_tokenizer().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ModelError, match="they do not belong together"):
        published_generator(tmp_path)


def test_a_missing_tokenizer_or_config_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json is missing"):
        published_generator(tmp_path)
    network = bart_folder(tmp_path)
    LAYOUTS["safetensors"](tmp_path, weights_of(network))
    (tmp_path / "elsewhere").mkdir()
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    with pytest.raises(ModelError, match="facebook/bart-large"):
        published_generator(tmp_path)
    assert published_generator(tmp_path, tokenizer=tmp_path / "elsewhere").tokenizer.get_vocab_size() > 260


def test_an_index_may_not_name_files_elsewhere(tmp_path):
    bart_folder(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../secret.safetensors"}}))
    with pytest.raises(ModelError, match=r"index\.json cannot be read"):
        published_generator(tmp_path)


def test_a_prompt_format_of_the_other_kind_is_refused(tmp_path):
    network = bart_folder(tmp_path)
    LAYOUTS["safetensors"](tmp_path, weights_of(network))
    with pytest.raises(ModelError, match=r"use angel_spacy\.PromptFormat\.v1"):
        published_generator(tmp_path, form=CausalPromptFormat())


def test_a_hub_name_needs_a_commit_and_offline_says_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="give a commit"):
        hub_folder("dmis-lab/ANGEL_bc5cdr", "main")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="hf download dmis-lab/ANGEL_bc5cdr --revision aaaa"):
        hub_folder("dmis-lab/ANGEL_bc5cdr", 40 * "a")


def test_what_is_in_the_cache_is_read_offline(tmp_path, monkeypatch):
    snapshot = tmp_path / "models--dmis-lab--ANGEL_bc5cdr" / "snapshots" / (40 * "b")
    snapshot.mkdir(parents=True)
    network = bart_folder(snapshot)
    LAYOUTS["pickle"](snapshot, weights_of(network))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.file_download.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    found = hub_folder("dmis-lab/ANGEL_bc5cdr", 40 * "b")
    assert found == snapshot
    assert published_generator(found).prompter.form.normaliser == "angel_spacy.normalise.v1"


def test_bytes_are_numbered_as_byt5_numbers_them():
    theirs, ours = hf.ByT5Tokenizer(extra_ids=0), byte_tokenizer()
    for text in ("acute gout", "β-thalassämie, 5′", "\n\t~"):
        assert ours.encode(text, add_special_tokens=False).ids == theirs(text, add_special_tokens=False).input_ids


def test_a_vocabulary_of_bert_is_read_as_bert_reads_it(tmp_path):
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "acute", "go", "##ut", "-", "."]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces) + "\n")
    theirs = hf.BertTokenizer(str(tmp_path / "vocab.txt"))
    text = "Acute-gout."
    ids = read_tokenizer(tmp_path).encode(text, add_special_tokens=False).ids
    assert ids == theirs(text, add_special_tokens=False).input_ids == [5, 8, 6, 7, 9]


def test_a_sentencepiece_model_is_read_as_t5_reads_it(tmp_path):
    sentencepiece = pytest.importorskip("sentencepiece", reason="part of the extra models")
    (tmp_path / "texts").write_text("\n".join(["acute gout of the toe", "gouty arthritis", "renal failure"] * 20))
    given = {"vocab_size": 26, "model_type": "unigram", "pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
    made = {"input": str(tmp_path / "texts"), "model_prefix": str(tmp_path / "spiece"), "minloglevel": 2}
    sentencepiece.SentencePieceTrainer.train(**given, **made)
    hf.T5Config(vocab_size=126).save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "T5Tokenizer", "extra_ids": 100}))
    found = read_tokenizer(tmp_path)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "spiece.model"))
    for text in ("acute gout", "renal arthritis of toes", "xylophone"):
        assert found.encode(text, add_special_tokens=False).ids == pieces.encode(text)


def test_a_config_may_name_a_folder_as_it_was_published(tmp_path):
    network = bart_folder(tmp_path)
    LAYOUTS["pickle in parts"](tmp_path, with_soft_prompts(weights_of(network)))
    make = registry.architectures.get("angel_spacy.Seq2Seq.v1")
    published = generator_shim(make(path=str(tmp_path))).generator
    assert published.prompter.form.normaliser == "angel_spacy.normalise.v1"
    form = registry.misc.get("angel_spacy.PublishedPrompt.v1")(context_words=7)
    asked = generator_shim(make(path=str(tmp_path), tokenizer=str(tmp_path), prompt=form)).generator
    assert asked.prompter.form.context_words == 7
    for given in ({}, {"path": "a", "name": "b"}):
        with pytest.raises(ConfigError, match="give one of them"):
            registry.architectures.get("angel_spacy.CausalLM.v1")(**given)


def test_formats_can_be_written_in_a_config(tmp_path):
    backbone("llama").save_pretrained(tmp_path)
    toy_tokenizer().save(str(tmp_path / "tokenizer.json"))
    prompt = {"@misc": "angel_spacy.CausalPromptFormat.v1", "before": "Name it.\n", "context_words": 64}
    model = {"@architectures": "angel_spacy.CausalLM.v1", "path": str(tmp_path), "prompt": prompt}
    linker = spacy.blank("en").add_pipe("angel_linker", config={"model": model})
    assert linker.generator.prompter.form == CausalPromptFormat(before="Name it.\n", context_words=64)
    seq2seq = registry.architectures.get("angel_spacy.Seq2Seq.v1")(path=str(tmp_path), tokenizer=str(tmp_path))
    with pytest.raises(ModelError, match=r"decoder-only: use @architectures = angel_spacy\.CausalLM"):
        _ = generator_shim(seq2seq).generator


@pytest.mark.parametrize("family", ["bart", "llama"])
def test_what_was_rounded_is_read_again(family, tmp_path):
    network = backbone(family)
    network.save_pretrained(tmp_path)
    toy_tokenizer().save(str(tmp_path / "tokenizer.json"))
    published_generator(tmp_path).to_folder(tmp_path / "ours", dtype=torch.int8)
    assert published_generator(tmp_path / "ours").network.config.vocab_size == 259


def damaged(tmp_path, name, content):
    backbone("llama").save_pretrained(tmp_path)
    toy_tokenizer().save(str(tmp_path / "tokenizer.json"))
    (tmp_path / name).write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("prompt_format.json", b"{"),
        ("prompt_format.json", b"\xff\xfe"),
        ("prompt_format.json", b"[1]"),
        ("prompt_format.json", b'{"name": "angel_spacy.CausalPromptFormat.v1", "start": 5}'),
        ("prompt_format.json", b'{"name": "angel_spacy.CausalPromptFormat.v1", "normaliser": "mine"}'),
        ("config.json", b"[]"),
        ("config.json", b'{"model_type": "whisper", "is_encoder_decoder": true}'),
        ("config.json", b'{"model_type": "bert", "is_encoder_decoder": true}'),
        ("model.safetensors.index.json", b"[" * 100_000),
    ],
)
def test_damage_is_one_error_of_ours(name, content, tmp_path):
    damaged(tmp_path, name, content)
    with pytest.raises((ModelError, ConfigError)):
        published_generator(tmp_path)


@pytest.mark.parametrize("field", ["hidden_act", "num_attention_heads", "eos_token_id", "hidden_size", "architectures"])
@pytest.mark.parametrize("value", [None, "zzz", [], [5], 5000, -3, 0])
def test_a_field_that_makes_no_sense_is_one_error_of_ours(field, value, tmp_path):
    backbone("llama").save_pretrained(tmp_path)
    toy_tokenizer().save(str(tmp_path / "tokenizer.json"))
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, field: value}))
    with suppress(ModelError, ConfigError):  # whatever is wrong with it, it is told as an error of ours
        assert published_generator(tmp_path).prompter.special.eos is not None


def test_ids_beyond_the_embedding_are_refused(tmp_path):
    backbone("llama").save_pretrained(tmp_path)
    tokenizer = json.loads(toy_tokenizer().to_str())
    tokenizer["model"]["vocab"]["a"] = 4000
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(ModelError, match="they do not belong together"):
        published_generator(tmp_path)


def test_a_bpe_of_words_is_refused(tmp_path):
    bart_folder(tmp_path)
    (tmp_path / "vocab.json").write_text(json.dumps({"gout</w>": 0}))
    with pytest.raises(ModelError, match="not of bytes"):
        read_tokenizer(tmp_path)


def test_bits_need_a_gpu_and_are_4_or_8(tmp_path):
    backbone("llama").save_pretrained(tmp_path)
    toy_tokenizer().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ConfigError, match="use 16, 8 or 4"):
        published_generator(tmp_path, bits=3)
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="needs a GPU"):
            published_generator(tmp_path, bits=8)


def test_special_tokens_of_a_prompt_are_read_as_such(tmp_path):
    tokenizer = toy_tokenizer()
    tokenizer.add_special_tokens(["<|user|>"])
    form = CausalPromptFormat(before="<|user|>Link:", between="</s>\n", context_words=2)
    prompter = prompter_for(form, tokenizer, SpecialTokens(bos=0, eos=2, pad=1), 128)
    (prompt,) = prompter.prompts([("a gout b", 2, 6)])
    text = "".join(tokenizer.id_to_token(one) for one in prompt.prefix_ids)
    assert text == "<s><|user|>Link:ĠaĠstartĠgoutĠendĠb</s>ĊĠgoutĠis"
    assert prompt.input_ids == ()
