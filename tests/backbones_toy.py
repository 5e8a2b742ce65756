"""One tiny random network of every family: what a linker can be built on."""

import torch
import transformers as hf
from toys import BOS, EOS, PAD, generated, generator, random_batch, random_prefixes, random_trie

from angel_spacy.decode.search import beam_search
from angel_spacy.models.sessions import session_of

VOCAB = 259  # as many as the toy tokenizer has
_SPECIAL = {"bos_token_id": BOS, "pad_token_id": PAD, "eos_token_id": EOS}
_DECODER = {
    "vocab_size": VOCAB,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.4,
    **_SPECIAL,
}
_MOE = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
_T5 = {"vocab_size": VOCAB, "d_model": 16, "d_kv": 4, "d_ff": 32, "num_layers": 2, "num_heads": 4, "dropout_rate": 0.0}
_T5 |= {"initializer_factor": 1.0, "pad_token_id": PAD, "eos_token_id": EOS, "decoder_start_token_id": PAD}
_BART = {"vocab_size": VOCAB, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4}
_BART |= {"decoder_attention_heads": 4, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 256}
_BART |= {"init_std": 0.4, "decoder_start_token_id": EOS, "forced_eos_token_id": None, **_SPECIAL}
_BERT = {"vocab_size": VOCAB, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, **_SPECIAL}
_BERT |= {"num_attention_heads": 4, "max_position_embeddings": 256, "initializer_range": 0.4}


def _two_berts():
    config = hf.EncoderDecoderConfig.from_encoder_decoder_configs(hf.BertConfig(**_BERT), hf.BertConfig(**_BERT))
    for name, value in {**_SPECIAL, "decoder_start_token_id": BOS}.items():
        setattr(config, name, value)
    return hf.EncoderDecoderModel(config)


ENCODER_DECODERS = {
    "bart": lambda: hf.BartForConditionalGeneration(hf.BartConfig(**_BART)),
    "mbart": lambda: hf.MBartForConditionalGeneration(hf.MBartConfig(**_BART)),
    "t5": lambda: hf.T5ForConditionalGeneration(hf.T5Config(**_T5)),
    "flan-t5": lambda: hf.T5ForConditionalGeneration(
        hf.T5Config(**_T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    ),
    "mt5": lambda: hf.MT5ForConditionalGeneration(hf.MT5Config(**_T5)),
    "two berts": _two_berts,
}
DECODERS = {
    "llama": lambda: hf.LlamaForCausalLM(hf.LlamaConfig(**_DECODER)),
    "mistral": lambda: hf.MistralForCausalLM(hf.MistralConfig(**_DECODER, sliding_window=256)),
    "mixtral": lambda: hf.MixtralForCausalLM(
        hf.MixtralConfig(**_DECODER, num_local_experts=4, num_experts_per_tok=2, sliding_window=256)
    ),
    "qwen2": lambda: hf.Qwen2ForCausalLM(hf.Qwen2Config(**_DECODER)),
    "qwen3": lambda: hf.Qwen3ForCausalLM(hf.Qwen3Config(**_DECODER, head_dim=4)),
    "qwen3 experts": lambda: hf.Qwen3MoeForCausalLM(hf.Qwen3MoeConfig(**_DECODER, **_MOE, head_dim=4)),
    "gemma": lambda: hf.GemmaForCausalLM(hf.GemmaConfig(**_DECODER, head_dim=4)),
    "gemma2": lambda: hf.Gemma2ForCausalLM(
        hf.Gemma2Config(**_DECODER, head_dim=4, sliding_window=256, final_logit_softcapping=5.0)
    ),
    "gemma3": lambda: hf.Gemma3ForCausalLM(hf.Gemma3TextConfig(**_DECODER, head_dim=4, sliding_window=256)),
    "phi3": lambda: hf.Phi3ForCausalLM(hf.Phi3Config(**_DECODER)),
    "gpt2": lambda: hf.GPT2LMHeadModel(
        hf.GPT2Config(
            vocab_size=VOCAB, n_embd=16, n_layer=2, n_head=4, n_positions=256, initializer_range=0.4, **_SPECIAL
        )
    ),
    "gpt-neox": lambda: hf.GPTNeoXForCausalLM(
        hf.GPTNeoXConfig(**{name: value for name, value in _DECODER.items() if name != "num_key_value_heads"})
    ),
    "biogpt": lambda: hf.BioGptForCausalLM(
        hf.BioGptConfig(**{name: value for name, value in _DECODER.items() if name != "num_key_value_heads"})
    ),
}
BACKBONES = ENCODER_DECODERS | DECODERS


def backbone(family, seed=0):
    """The family's tiny network, the same for the same seed; peaky, so that equal scores do not happen by accident."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = BACKBONES[family]()
    return network.eval().requires_grad_(False)


def best_scores(network, width=5):
    """The scores of the best names of some mentions as our search finds them, and as `transformers.generate` does."""
    rng = generator()
    trie, batch = random_trie(rng, 60, VOCAB), random_batch(rng, 3, VOCAB)
    prefixes = random_prefixes(rng, 3, VOCAB, longest=5, shortest=5)
    theirs = [[score for _, score in of] for of in generated(network, batch, prefixes, trie, width)]
    if not network.config.is_encoder_decoder:
        batch = (torch.zeros(3, 0, dtype=torch.long),) * 2
    found = beam_search(session_of(network)(network, *batch, prefixes), trie, 3, beam_width=width)
    return [[one.score for one in of] for of in found], theirs
