r"""Every family of networks: does it go the whole way, and how fast is its session beside `transformers.generate`?

    python benchmarks/backbones.py
    python benchmarks/backbones.py --speed --kb kb/medic --corpus corpus/ncbi_disease/dev.pubtator

Without `--speed`: a table, a family with a tiny random network in each row. "load": config and weights become a
generator; "learns": right names are likelier after a positive stage, and otherwise likely after a preference stage;
"= generate": the largest difference of the scores of the five best names; "stored": it writes its folder, and what is
read from there answers the same. With `--speed`: random networks of 60 to 130 million weights, the same
mentions, names, beam 5 and batches of 16 on both sides, answers compared; the ratio is that of medians.
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from decode import compare, identical, spans_of
from sides import ours, theirs
from wasabi import msg

from angel_spacy.candidates.generated import Generated
from angel_spacy.candidates.index import NameIndex
from angel_spacy.candidates.settings import Search
from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.kb import KnowledgeBase
from angel_spacy.models.forced import NameBatch, name_log_probs
from angel_spacy.models.generator import Generator
from angel_spacy.models.published import published_generator
from angel_spacy.models.toy import toy_tokenizer
from angel_spacy.objectives.batching import Collator
from angel_spacy.objectives.examples import Example
from angel_spacy.prompts import CausalPromptFormat, PromptFormat
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train
from angel_spacy.training.tokenizer import train_tokenizer

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from backbones_toy import BACKBONES, backbone, best_scores
from small import articles, knowledge_base

_T5 = {"d_model": 640, "d_kv": 64, "d_ff": 1664, "num_layers": 8, "num_heads": 10}
_LLAMA = {"hidden_size": 768, "num_hidden_layers": 10, "num_attention_heads": 12, "num_key_value_heads": 4}
LARGER: dict[str, Callable[[int], Any]] = {
    "bart": lambda n: hf.BartForConditionalGeneration(
        hf.BartConfig(vocab_size=n, d_model=768, encoder_layers=6, decoder_layers=6, forced_eos_token_id=None)
    ),
    "t5": lambda n: hf.T5ForConditionalGeneration(
        hf.T5Config(vocab_size=n, decoder_start_token_id=1, pad_token_id=1, eos_token_id=2, **_T5)
    ),
    "gpt2": lambda n: hf.GPT2LMHeadModel(hf.GPT2Config(vocab_size=n, bos_token_id=0, eos_token_id=2, pad_token_id=1)),
    "llama": lambda n: hf.LlamaForCausalLM(
        hf.LlamaConfig(vocab_size=n, intermediate_size=2048, bos_token_id=0, eos_token_id=2, pad_token_id=1, **_LLAMA)
    ),
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", action="store_true", help="beside generate, random networks of 60 to 130 M weights")
    parser.add_argument("--kb", type=Path, help="with --speed: KB folder")
    parser.add_argument("--corpus", type=Path, help="with --speed: annotated corpus that the mentions come from")
    parser.add_argument("--limit", type=int, default=64, help="with --speed: only the first so many mentions")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--families", nargs="+", help="only these")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.speed:
        speed(options)
    else:
        parity(options.families or list(BACKBONES))


def parity(families: list[str]) -> None:
    """The table of what each family goes through."""
    rows = []
    for family in families:
        with tempfile.TemporaryDirectory() as folder:
            rows.append((family, *_row(family, Path(folder))))
        print(*rows[-1], flush=True)
    header = ("family", "network", "session", "load", "learns", "= generate", "stored")
    msg.table(rows, header=header, divider=True, aligns=tuple("lllllrl"))


def _row(family: str, folder: Path) -> tuple[str, ...]:
    network = backbone(family)
    kind = PromptFormat if network.config.is_encoder_decoder else CausalPromptFormat
    network.save_pretrained(folder / "published")
    toy_tokenizer().save(str(folder / "published" / "tokenizer.json"))
    generator = published_generator(folder / "published", form=kind(context_words=4))
    generator.to_folder(folder / "init")
    prompts = generator.prompter.prompts([(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()])
    session = type(generator.session(prompts[:1])).__name__
    last = _gold(Generator.from_folder(_learnt(folder)))
    learns = _gold(generator) < _gold(Generator.from_folder(folder / "out" / "finetune" / "generator")) != last
    stored = _likeliest(Generator.from_folder(folder / "init")) == _likeliest(generator)
    seen = ("yes" if learns else "NO"), f"{_difference(network):.0e}", ("yes" if stored else "NO")
    return type(network).__name__, session, "yes", *seen


def _likeliest(generator: Generator) -> float:
    """The summed log-probability of the likeliest name of each mention."""
    spans = [(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()]
    search = Search(beam_width=3, precision="float32")
    found = Generated(generator, knowledge_base()).hypotheses(generator.prompter.prompts(spans), search)
    return sum(of[0].log_prob for of in found)


def _gold(generator: Generator) -> float:
    """The log-probability of the mentions' right names."""
    kb = knowledge_base()
    names = [kb.normalise(kb[one.mentions[0].concept_ids[0]].name) for one in articles()]
    spans = [(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()]
    examples = [Example(*span, name) for span, name in zip(spans, names, strict=True)]
    with torch.inference_mode():
        return float(name_log_probs(generator.network, NameBatch(**Collator(generator.prompter)(examples))).sum())


def _learnt(folder: Path) -> Path:
    knowledge_base().to_disk(folder / "kb")
    write_pubtator(articles(), folder / "train.pubtator")
    common = {"bf16": False, "use_cpu": True}
    positive = {**common, "steps": 60, "batch_size": 8, "learning_rate": 0.005, "warmup_steps": 5}
    positive["label_smoothing"] = 0.0
    positive["shares"] = {"synonyms": 0.0, "mentions": 1.0}
    preference = {**common, "objective": "preference", "learning_rate": 1e-4, "pairs": {"n_chunks": 1, "top": 3}}
    paths = {"kbs": [str(folder / "kb")], "corpora": [str(folder / "train.pubtator")]}
    paths |= {"init": str(folder / "init"), "output": str(folder / "out")}
    return train(make_recipe({"paths": paths, "stages": {"finetune": positive, "prefer": preference}}))


def _difference(network: Any) -> float:
    """The largest, of the mean log-probabilities of the five best names of some mentions, ours and `generate`'s."""
    pairs = zip(*best_scores(network), strict=True)
    return max(abs(a - b) for ours_, theirs_ in pairs for a, b in zip(ours_, theirs_, strict=True))


def speed(options: argparse.Namespace) -> None:
    """The table of speeds."""
    kb, corpus = KnowledgeBase.from_disk(options.kb), list(read_articles(options.corpus))
    tokenizer = train_tokenizer(kb.names(), vocab_size=16_000)
    rows = []
    for family in options.families or LARGER:
        torch.manual_seed(0)
        network = LARGER[family](tokenizer.get_vocab_size())
        kind = PromptFormat if network.config.is_encoder_decoder else CausalPromptFormat
        generator = Generator(network, tokenizer, kind(context_words=16))
        trie = NameIndex.build(kb, generator.prompter).trie
        prompts = generator.prompter.prompts(spans_of(corpus, options.limit))
        sides = {"ours": ours(generator, trie, 5), "generate": theirs(generator, trie, 5)}
        with torch.inference_mode():
            figures = compare(sides, prompts, batch_size=16, repeats=options.repeats)
        same = identical(figures["found"]["ours"], figures["found"]["generate"], 1e-4)
        ms = [f"{1000 / figures['mentions/s'][side]:.1f}" for side in sides]
        weights = f"{network.num_parameters() / 1e6:.0f} M"
        rows.append((family, weights, *ms, f"{figures['ratio']['ours']:.2f}", f"{100 * same:.0f}%"))
        print(*rows[-1], flush=True)
    print(f"beam 5, batches of 16, {options.limit} mentions, {kb.n_names:,} names, {torch.get_num_threads()} threads")
    header = ("family", "weights", "ours, ms a mention", "generate", "ratio", "same answers")
    msg.table(rows, header=header, divider=True, aligns=tuple("lrrrrr"))


if __name__ == "__main__":
    main()
