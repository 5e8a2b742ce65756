"""A linker that can learn, its gold, and what changes when it does."""

import math

import spacy
import torch
from linker_toys import TOY
from small import articles, knowledge_base
from spacy.training import Example
from thinc.api import Adam

from angel_spacy.corpora.docbin import article_to_doc, without_ids

LEARNER = "angel_spacy.Learner.v1"
LN2 = math.log(2)


def pipeline(learner=None, kb=None, **config):
    nlp = spacy.blank("en")
    learner = {"@misc": LEARNER, **(learner or {})}
    nlp.add_pipe("angel_linker", config={"model": TOY, "learner": learner, "combine": None, **config})
    nlp.get_pipe("angel_linker").set_kb(knowledge_base() if kb is None else kb)
    return nlp


def gold(nlp, texts=None):
    docs = [article_to_doc(nlp, article) for article in texts or articles()]
    return [Example(without_ids(nlp, doc), doc) for doc in docs]


def annotated(nlp, text, start, end, kb_id):
    annotation = {"entities": [(start, end, "DISEASE")], "links": {(start, end): {kb_id: 1.0}}}
    return Example.from_dict(nlp.make_doc(text), annotation)


def weights(nlp):
    network = nlp.get_pipe("angel_linker").generator.network
    return {name: parameter.detach().clone() for name, parameter in network.named_parameters()}


def gradients(nlp):
    parameters = nlp.get_pipe("angel_linker").generator.network.named_parameters()
    return {name: parameter.grad.clone() for name, parameter in parameters if parameter.grad is not None}


def same(some, others):
    return some.keys() == others.keys() and all(torch.equal(some[name], others[name]) for name in some)


def links(nlp):
    docs = nlp.pipe(without_ids(nlp, example.reference) for example in gold(nlp))
    return [[(c.concept_id, round(c.score, 4)) for c in ent._.kb_candidates] for doc in docs for ent in doc.ents]


def learnt(nlp, n_updates, learn_rate=0.01, **settings):
    """The losses of so many updates on the whole toy corpus."""
    optimizer, examples = Adam(learn_rate), gold(nlp)
    return [nlp.update(examples, sgd=optimizer, **settings)["angel_linker"] for _ in range(n_updates)]
