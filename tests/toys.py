"""Tiny random models made in memory. Scores are peaky, so that equal scores do not happen by accident."""

import numpy as np
import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    GenerationConfig,
    T5Config,
    T5ForConditionalGeneration,
)
from tries import sequences

from angel_spacy.trie.trie import PackedTrie

BOS, PAD, EOS = 0, 1, 2
FIRST_WORD = 3


def toy_bart(vocab_size=60, d_model=16, layers=(2, 2), seed=0, init_std=0.6, n_positions=64, **settings):
    config = BartConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        encoder_layers=layers[0],
        decoder_layers=layers[1],
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=2 * d_model,
        decoder_ffn_dim=2 * d_model,
        max_position_embeddings=n_positions,
        init_std=init_std,
        bos_token_id=BOS,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=EOS,
        forced_eos_token_id=None,
        **settings,
    )
    return _seeded(BartForConditionalGeneration, config, seed)


def toy_t5(vocab_size=60, seed=0):
    config = T5Config(
        vocab_size=vocab_size,
        d_model=16,
        d_kv=4,
        d_ff=32,
        num_layers=2,
        num_heads=4,
        initializer_factor=3.0,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=PAD,
    )
    return _seeded(T5ForConditionalGeneration, config, seed)


def every_token(n_rows, vocab_size):
    """What to ask a session for all that may follow each of `n_rows` tokens."""
    return torch.arange(n_rows).repeat_interleave(vocab_size), torch.arange(vocab_size).repeat(n_rows)


def all_behind_prefixes(session, n_mentions, vocab_size):
    """(n_mentions, vocabulary) log-probabilities."""
    return session.prefill(every_token(n_mentions, vocab_size)).view(n_mentions, vocab_size)


def all_behind_paths(session, paths, parents, vocab_size):
    """(n_tokens, vocabulary) log-probabilities behind every token of the paths, lists of tokens."""
    tokens = torch.tensor([token for path in paths for token in path])
    asked = every_token(len(tokens), vocab_size)
    lengths = torch.tensor([len(path) for path in paths])
    return session.advance(tokens, lengths, torch.tensor(parents), asked).view(len(tokens), vocab_size)


def random_words(rng, n_rows, vocab_size, longest, shortest=1):
    """`n_rows` lists of word ids, lengths drawn from shortest .. longest."""
    lengths = rng.integers(shortest, longest + 1, n_rows)
    return [rng.integers(FIRST_WORD, vocab_size, length).tolist() for length in lengths]


def random_trie(rng, n_names, vocab_size, longest=6):
    names = [[*words, EOS] for words in random_words(rng, n_names, vocab_size, longest)]
    return PackedTrie.build(names, [[i] for i in range(n_names)])


def random_batch(rng, n_mentions, vocab_size, longest=9):
    """(input_ids, attention_mask), both (n_mentions, n_source), right-padded."""
    rows = [[BOS, *words, EOS] for words in random_words(rng, n_mentions, vocab_size, longest)]
    return pad(rows)


def random_prefixes(rng, n_mentions, vocab_size, longest=5, shortest=1):
    return [[EOS, *words] for words in random_words(rng, n_mentions, vocab_size, longest, shortest)]


def pad(rows):
    width = max(map(len, rows))
    ids = torch.tensor([row + [PAD] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def generated(model, batch, prefixes, trie, width):
    """What `transformers.generate` finds: lists of (sequence, score) a mention, without its rows for missing names.

    `prefixes` must be of one length. The oracle of the search.
    """
    length = len(prefixes[0])
    model.generation_config = GenerationConfig()  # a checkpoint's own settings would change the result
    given = {"input_ids": batch[0], "attention_mask": batch[1], "decoder_input_ids": torch.tensor(prefixes)}
    if not model.config.is_encoder_decoder:
        given = {"input_ids": torch.tensor(prefixes), "attention_mask": torch.ones(len(prefixes), length).long()}
    output = model.generate(
        **given,
        generation_config=GenerationConfig(
            num_beams=width,
            num_return_sequences=width,
            do_sample=False,
            early_stopping="never" if width > 1 else False,
            length_penalty=1.0,
            max_length=length + int(trie.height[0]) + 1,
            eos_token_id=EOS,
            pad_token_id=PAD,
            bos_token_id=BOS,
            decoder_start_token_id=EOS,
            return_dict_in_generate=True,
            output_scores=True,
        ),
        prefix_allowed_tokens_fn=lambda _, ids: _allowed(trie, ids[length:].tolist()),
    )
    found = [[] for _ in prefixes]
    if width == 1:  # greedy: one row a mention and no score of its own
        return [[(_name(row[length:]), None)] for row in output.sequences.tolist()]
    for row, (ids, score) in enumerate(zip(output.sequences.tolist(), output.sequences_scores.tolist(), strict=True)):
        if score > -1e6:
            found[row // width].append((_name(ids[length:]), score))
    return found


def _allowed(trie, words):
    node = trie.find(words)
    if node < 0 or trie.height[node] == 0:
        return [EOS]  # an empty list would raise; this row is over anyway
    return trie.tokens[trie.first_child[node] : trie.first_child[node + 1]].tolist()


def _name(ids):
    return tuple(ids[: ids.index(EOS) + 1])


def teacher_forced(model, batch, prefixes, trie):
    """Every name scored by a full forward pass: lists of (leaf, mean log-probability) a mention, best first."""
    found = []
    for mention, prefix in enumerate(prefixes):
        scored = []
        for leaf, name in enumerate(sequences(trie)):
            with torch.inference_mode():
                logits = model(
                    input_ids=batch[0][mention : mention + 1],
                    attention_mask=batch[1][mention : mention + 1],
                    decoder_input_ids=torch.tensor([[*prefix, *name[:-1]]]),
                    use_cache=False,
                ).logits[0, len(prefix) - 1 :]
            log_probs = logits.log_softmax(-1)[range(len(name)), list(name)]
            scored.append((leaf, float(log_probs.mean())))
        found.append(sorted(scored, key=lambda pair: -pair[1]))
    return found


def _seeded(make, config, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make(config).eval()


def generator(seed=0):
    return np.random.default_rng(seed)
