"""What a network costs: memory and time a mention, by size, beams and context, with random weights.

    python benchmarks/cost.py --kb kb/mesh --device cuda
    python benchmarks/cost.py --kb kb/mesh --sizes starter,bart-base,gpt2 --mentions 64

Random weights have no favourites, so that the search gives up nothing early: a trained network is faster. Names and
prompts are those of a knowledge base, written by a tokenizer that is learnt from it, whatever the network's vocabulary.
"""

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from wasabi import msg

from angel_spacy.decode.search import beam_search
from angel_spacy.kb import KnowledgeBase
from angel_spacy.models.generator import pad
from angel_spacy.models.sessions import session_of
from angel_spacy.prompts import CausalPromptFormat, PromptFormat, SpecialTokens, prompter_for
from angel_spacy.training.tokenizer import train_tokenizer
from angel_spacy.trie.trie import PackedTrie

_BART = {"forced_eos_token_id": None, "max_position_embeddings": 1024}
_LLAMA = {"vocab_size": 128256, "max_position_embeddings": 8192, "num_key_value_heads": 8}


def _bart(width: int, layers: int, vocabulary: int) -> Any:
    sizes = {"d_model": width, "encoder_layers": layers, "decoder_layers": layers, "vocab_size": vocabulary}
    sizes |= {"encoder_ffn_dim": 4 * width, "decoder_ffn_dim": 4 * width}
    heads = {"encoder_attention_heads": width // 64, "decoder_attention_heads": width // 64}
    return hf.BartForConditionalGeneration(hf.BartConfig(**_BART, **sizes, **heads))


def _t5(width: int, layers: int, heads: int, inner: int) -> Any:
    sizes = {"d_model": width, "num_layers": layers, "num_heads": heads, "d_ff": inner, "d_kv": 64}
    return hf.T5ForConditionalGeneration(hf.T5Config(**sizes, vocab_size=32128, feed_forward_proj="gated-gelu"))


def _llama(width: int, layers: int, heads: int, inner: int) -> Any:
    sizes = {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads}
    return hf.LlamaForCausalLM(hf.LlamaConfig(**_LLAMA, **sizes, intermediate_size=inner))


SIZES: dict[str, Callable[[], Any]] = {
    "bart 140M (base)": lambda: _bart(768, 6, 50265),
    "bart 406M (large)": lambda: _bart(1024, 12, 50265),
    "t5 250M (base)": lambda: _t5(768, 12, 12, 2048),
    "t5 780M (large)": lambda: _t5(1024, 24, 16, 2816),
    "gpt2 124M": lambda: hf.GPT2LMHeadModel(hf.GPT2Config()),
    "llama 1.2B": lambda: _llama(2048, 16, 32, 8192),
    "llama 8B": lambda: _llama(4096, 32, 32, 14336),
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kb", type=Path, required=True, help="folder of a knowledge base")
    parser.add_argument("--sizes", default=",".join(SIZES), help="of " + ", ".join(SIZES))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--mentions", type=int, default=128)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 5, 10])
    parser.add_argument("--contexts", type=int, nargs="+", default=[16, 128])
    options = parser.parse_args()
    names = sorted(random.Random(0).sample(sorted(KnowledgeBase.from_disk(options.kb).names()), options.names))
    tokenizer = train_tokenizer(names, 8000)
    half = torch.bfloat16 if options.device != "cpu" else torch.float32
    rows = []
    for name in options.sizes.split(","):
        network = made(SIZES[name], options.device, half)
        n_parameters = sum(one.numel() for one in network.parameters())
        for context in options.contexts:
            for beams in options.beams:
                ms, peak = cost(network, tokenizer, names, context, beams, options)
                cells = f"{n_parameters / 1e6:,.0f}", f"{n_parameters * half.itemsize / 2**30:.2f}", str(context)
                rows.append((name, *cells, str(beams), f"{ms:.2f}", f"{peak:.2f}"))
                print(*rows[-1], flush=True)
        del network
        torch.cuda.empty_cache()
    header = ("network", "M parameters", "weights GiB", "context words", "beams", "ms a mention", "peak GiB")
    on_gpu = options.device == "cuda"
    where = torch.cuda.get_device_name() if on_gpu else f"processor, {torch.get_num_threads()} threads"
    print(f"{where}, {half}, {options.names:,} names, batches of {options.batch}")
    msg.table(rows, header=header, divider=True, aligns=tuple("lrrrrrr"))


def made(make: Callable[[], Any], device: str, dtype: torch.dtype) -> Any:
    """The network with random weights, made where it is to be."""
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            return make().eval()
    finally:
        torch.set_default_dtype(torch.float32)


@torch.inference_mode()
def cost(
    network: Any, tokenizer: Any, names: list[str], context: int, beams: int, options: argparse.Namespace
) -> tuple[float, float]:
    """Milliseconds a mention, and the most memory that was in use (GiB, on a GPU)."""
    causal = not network.config.is_encoder_decoder
    kind = CausalPromptFormat if causal else PromptFormat
    special = SpecialTokens(bos=0, eos=2, pad=1, decoder_start=2)
    prompter = prompter_for(kind(context_words=context), tokenizer, special, 1024)
    trie = PackedTrie.build(prompter.names(names), [[i] for i in range(len(names))])
    rng = random.Random(1)
    mentions = [rng.choice(names) for _ in range(options.mentions)]
    sides = [" ".join(rng.choice(names) for _ in range(context)).split()[: context // 2] for _ in range(2)]
    texts = [" ".join([*sides[0], mention, *sides[1]]) for mention in mentions]
    start = len(" ".join(sides[0])) + 1
    spans = [(text, start, start + len(mention)) for text, mention in zip(texts, mentions, strict=True)]
    prompts = prompter.prompts(spans)
    batches = [prompts[i : i + options.batch] for i in range(0, len(prompts), options.batch)]

    def once(batch: Any) -> None:
        ids, mask = pad([one.input_ids for one in batch], special.pad, options.device)
        session = session_of(network)(network, ids, mask, [one.prefix_ids for one in batch])
        beam_search(session, trie, len(batch), beam_width=beams)

    once(batches[0])
    if options.device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    for batch in batches:
        once(batch)
    if options.device == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    peak = torch.cuda.max_memory_allocated() / 2**30 if options.device == "cuda" else 0.0
    return 1000 * seconds / len(prompts), peak


if __name__ == "__main__":
    main()
