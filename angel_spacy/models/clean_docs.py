"""Clean copies of Docs, and a tok2vec layer that is shown them: training and prediction read the same words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from spacy.attrs import IS_SPACE
from spacy.tokens import Doc, Token
from thinc.api import Model

from .clean_text import clean_text

_TOKENS = "tokens"


def clean_copy(doc: Doc) -> Doc:
    """A Doc of the clean words of `doc` and what is known of its entities; the Doc itself if it is clean."""
    text = doc.text
    clean = clean_text(text)
    if clean.text == text and not doc.to_array(IS_SPACE).any():
        return doc
    words = [clean.between(token.idx, token.idx + len(token)).strip() for token in doc]
    kept = [token for token, word in zip(doc, words, strict=True) if word]
    tags, starts = [_tag(token) for token in kept], [token.is_sent_start for token in kept]
    copy = Doc(doc.vocab, words=list(filter(None, words)), ents=tags, sent_starts=starts)
    blocked = [copy[i : i + 1] for i, token in enumerate(kept) if is_blocked(token)]
    if blocked:
        copy.set_ents([], blocked=blocked, default="unmodified")
    copy.user_data[_TOKENS] = [token.i for token in kept]
    if doc.tensor.size:
        copy.tensor = doc.tensor[tokens_of(copy)]
    for token, original in zip(copy, kept, strict=True):
        if original.norm != original.lex.norm:  # the tokenizer knows better
            token.norm_ = original.norm_
    return copy


def is_blocked(token: Token) -> bool:
    """Whether no entity may be put on the token (`doc.set_ents(..., blocked=...)`)."""
    return bool(token.ent_iob_ == "B" and not token.ent_type_)


def tokens_of(copy: Doc) -> Sequence[int]:
    """Which token of its original each token of a clean copy is."""
    tokens: Sequence[int] = copy.user_data[_TOKENS]
    return tokens


def clean_tok2vec(tok2vec: Any) -> Any:
    """A thinc Model[list[Doc], list[Floats2d]]: `tok2vec` of the clean copies, a row a token of the Docs; tokens that
    stand for nothing have zeros."""
    return Model("clean_text", _forward, init=_init, layers=[tok2vec], dims={"nO": tok2vec.maybe_get_dim("nO")})


def _forward(model: Any, docs: Sequence[Doc], is_train: bool) -> tuple[list[Any], Callable[[Any], Any]]:
    copies = [clean_copy(doc) for doc in docs]
    if not any(map(len, copies)):  # blank texts alone: networks are not made for nothing
        return [model.ops.alloc2f(len(doc), model.get_dim("nO")) for doc in docs], lambda _: []
    found, backprop = model.layers[0](copies, is_train)
    pairs = list(zip(docs, copies, strict=True))

    def spread(doc: Doc, copy: Doc, rows: Any) -> Any:
        """(tokens of the copy, nO) -> (tokens of the Doc, nO)."""
        if copy is doc:
            return rows
        wide = model.ops.alloc2f(len(doc), rows.shape[1])
        wide[tokens_of(copy)] = rows
        return wide

    def gather(gradients: Sequence[Any]) -> Any:
        return backprop(
            [
                gradient if copy is doc else gradient[tokens_of(copy)]
                for (doc, copy), gradient in zip(pairs, gradients, strict=True)
            ]
        )

    return [spread(doc, copy, rows) for (doc, copy), rows in zip(pairs, found, strict=True)], gather


def _init(model: Any, X: Any = None, Y: Any = None) -> Any:  # noqa: N803 thinc's names
    model.layers[0].initialize(X=X and [clean_copy(doc) for doc in X], Y=Y)
    model.set_dim("nO", model.layers[0].get_dim("nO"))
    return model


def _tag(token: Token) -> str:
    if token.ent_type_:
        return f"{token.ent_iob_}-{token.ent_type_}"
    return "O" if token.ent_iob else ""  # an empty tag is one that is not known yet
