"""What a decoder-only network takes on a GPU through the component, by the bits that a weight is kept in.

    python benchmarks/bits.py --width 2048 --layers 16

Random weights, stored as others publish them (bfloat16) and read by `angel_spacy.CausalLM.v1`'s own reader; the search
is over random names. bitsandbytes is needed for 8 and 4 bits.
"""

import argparse
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import transformers as hf

from angel_spacy.decode.search import beam_search
from angel_spacy.errors import AngelError
from angel_spacy.models.published import published_generator
from angel_spacy.models.sessions import session_of
from angel_spacy.training.tokenizer import train_tokenizer
from angel_spacy.trie.trie import PackedTrie

GIB = 2**30
N_MENTIONS, BEAMS = 32, 5


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--layers", type=int, default=16)
    options = parser.parse_args()
    rng = random.Random(0)
    words = ["".join(rng.choices("aeioubcdfgklmnprst", k=rng.randint(3, 9))) for _ in range(3000)]
    names = sorted({" ".join(rng.choices(words, k=rng.randint(1, 4))) for _ in range(20_000)})
    with TemporaryDirectory() as folder:
        n_weights = store(Path(folder), names, options.width, options.layers)
        print(f"{n_weights / 1e9:.2f} B weights, {torch.cuda.get_device_name()}, torch {torch.__version__}")
        print(f"{'bits':>6} {'session':>14} {'loaded GiB':>11} {'peak GiB':>9} {'ms a mention':>13}")
        for bits in (None, 16, 8, 4):
            try:
                print(row(Path(folder), names, bits), flush=True)
            except AngelError as error:
                print(f"{bits!s:>6} {error}", flush=True)
            torch.cuda.empty_cache()


def store(folder: Path, names: list[str], width: int, layers: int) -> int:
    """A folder as others publish them: config.json, tokenizer.json, weights in bfloat16."""
    tokenizer = train_tokenizer(names, 8000)
    config = hf.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        num_key_value_heads=8,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
    )
    with torch.device("cuda"):
        network = hf.LlamaForCausalLM(config).to(torch.bfloat16)
    network.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return sum(one.numel() for one in network.parameters())


def row(folder: Path, names: list[str], bits: int | None) -> str:
    """What one way of keeping the weights takes."""
    torch.cuda.reset_peak_memory_stats()
    generator = published_generator(folder, bits=bits).to("cuda")
    precision = generator.precision(None)
    generator.prepare(precision)
    torch.cuda.synchronize()
    loaded = torch.cuda.memory_allocated()
    trie = PackedTrie.build(generator.prompter.names(names), [[i] for i in range(len(names))])
    prompts = generator.prompter.prompts([(f"We saw {one} in a child.", 7, 7 + len(one)) for one in names[:N_MENTIONS]])
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        session = generator.session(prompts, precision)
        found = beam_search(session, trie, N_MENTIONS, beam_width=BEAMS)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    assert all(found)
    kind = session_of(generator.network).__name__
    peak = torch.cuda.max_memory_allocated()
    ms = 1000 * min(seconds) / N_MENTIONS
    return f"{bits!s:>6} {kind:>14} {loaded / GIB:>11.2f} {peak / GIB:>9.2f} {ms:>13.1f}"


if __name__ == "__main__":
    main()
