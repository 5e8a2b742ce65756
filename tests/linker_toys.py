"""Pipelines whose links can be foretold: a generator that believes in names spelled like the mention."""

import math

import spacy
import torch

from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.architecture import generator_shim
from angel_spacy.models.generator import Generator
from angel_spacy.models.toy import toy_generator

TOY = {"@architectures": "angel_spacy.ToySeq2Seq.v1"}
ENTITIES = {"gout": "DISEASE", "fever": "DISEASE", "aspirin": "CHEMICAL", "aspirin fever": "DISEASE", "ua": "CHEMICAL"}
CONCEPTS = (
    Concept("D006073", "Gout", ("podagra", "gouts"), types=("Disease",)),
    Concept("D005334", "Fever", ("pyrexia",), alt_ids=("D999999",)),
    Concept("D001241", "Aspirin", ("acetylsalicylic acid",), definition="An analgesic."),
)
TEXTS = [
    "Gout and fever after aspirin.",
    "",
    "Nothing here.",
    "Aspirin fever is what gout is.",
    "fever 🙂 gout",
    *[f"gout number {i} and fever" for i in range(5)],
]


class Speller(Generator):
    """Gives 0.99 to the token that stands at the same place in the mention, then to EOS."""

    def session(self, prompts, precision="float32"):
        n_copula = len(self.prompter._ids([self.prompter.form.copula])[0])
        wanted = [[*prompt.prefix_ids[1:-n_copula], self.special.eos] for prompt in prompts]
        return _Spelling(wanted, self.tokenizer.get_vocab_size())


class _Spelling:
    device = torch.device("cpu")

    def __init__(self, wanted, n_tokens):
        self.wanted, self.n_tokens = wanted, n_tokens
        self.read = [(mention, 0) for mention in range(len(wanted))]  # mention and depth of each token

    def prefill(self, asked):
        return self._log_probs(self.read, *asked)

    def advance(self, tokens, lengths, parents, asked):
        starts = [self.read[parent] for parent in parents.tolist()]
        paths = zip(starts, lengths.tolist(), strict=True)
        new = [(mention, depth + step) for (mention, depth), length in paths for step in range(1, length + 1)]
        self.read += new
        return self._log_probs(new, *asked)

    def keep(self, mentions):
        pass

    def fresh(self):
        return _Spelling(self.wanted, self.n_tokens)

    def _log_probs(self, read, of, tokens):
        spelt = [self.wanted[mention][min(depth, len(self.wanted[mention]) - 1)] for mention, depth in read]
        right = torch.tensor(spelt)[of] == tokens
        return torch.where(right, math.log(0.99), math.log(0.01 / (self.n_tokens - 1)))


def toy_kb(concepts=CONCEPTS):
    return KnowledgeBase(concepts)


def ruler_pipeline(entities=ENTITIES, spans_key=None, overlap=False):
    """A stand-in for any NER: rules that set entities, or spans under a key."""
    nlp = spacy.blank("en")
    patterns = [{"label": label, "pattern": words} for words, label in entities.items()]
    if spans_key is None:
        nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"}).add_patterns(patterns)
    else:
        config = {"spans_key": spans_key, "phrase_matcher_attr": "LOWER", "spans_filter": None}
        nlp.add_pipe("span_ruler", config=config).add_patterns(patterns)
    return nlp


def with_linker(nlp, kb=None, *, spelling=True, **config):
    """`nlp` with a linker behind it; with `spelling`, its generator is the foretellable one."""
    linker = nlp.add_pipe("angel_linker", config={"model": TOY, "precision": "float32", "combine": None, **config})
    if spelling:
        toy = toy_generator()
        generator_shim(linker.model).generator = Speller(toy.network, toy.tokenizer, toy.prompter.form)
    linker.set_kb(toy_kb() if kb is None else kb)
    return nlp


def spelling_pipeline(kb=None, **config):
    return with_linker(ruler_pipeline(), kb, **config)


def links(doc):
    """Everything that a linker writes, comparable."""
    return [
        (ent.text, ent.label_, ent.kb_id_, ent._.kb_id, ent._.kb_nil_reason, rounded(ent._.kb_candidates))
        for ent in doc.ents
    ]


def rounded(candidates):
    return [(c.concept_id, c.name, c.generated_name, round(c.score, 4), c.types) for c in candidates]
