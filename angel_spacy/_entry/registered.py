"""The functions that a config names: knowledge bases, models, learners, scorers, corpora. Nothing is read before it is
needed."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language

from ..component.learning_settings import Learning
from ..pipelines import STARTER_LINKER as STARTER
from .stored import PublishedGenerator, StoredEncoder, StoredGenerator, StoredKnowledgeBase

if TYPE_CHECKING:
    from ..kb import KnowledgeBase


class KbEnts(NamedTuple):
    """Candidates that the component `pipe` leaves in `span._.<attribute>`, pairs of id and score."""

    pipe: str
    attribute: str


def make_kb_ents(pipe: str = "scispacy_linker", attribute: str = "kb_ents") -> KbEnts:
    """`angel_spacy.KbEnts.v1`: what another linker found, with the names that its `kb.cui_to_entity` has."""
    return KbEnts(pipe, attribute)


def make_name_encoder(path: str | None) -> StoredEncoder:
    """`angel_spacy.NameEncoder.v1`: the name encoder in the file `path` (null: the starter's), read when needed."""
    return StoredEncoder(Path(path) if path else STARTER, "encoder")


def make_knowledge_base(path: str | None) -> StoredKnowledgeBase:
    """`angel_spacy.KnowledgeBase.v1`: the KB in `path` (null: the starter's), read when it is first needed."""
    return StoredKnowledgeBase(Path(path) if path else STARTER, "kb")


def make_kb_reader(
    kind: str, paths: str | list[str] | None = None, options: dict[str, Any] | None = None
) -> Callable[[], "KnowledgeBase"]:
    """`angel_spacy.ReadKB.v1`: the KB in a source, as `angel kb build KIND PATHS` reads it, when it is first needed."""
    from functools import partial

    return partial(_read_kb, kind, paths or [], dict(options or {}))


def _read_kb(kind: str, paths: str | list[str], options: dict[str, Any]) -> "KnowledgeBase":
    from ..kb import read_kb

    return read_kb(kind, paths, **options)


def make_learner(
    objective: str = "positive",
    label_smoothing: float = 0.1,
    beta: float = 0.1,
    positive_weight: float = 0.0,
    by_token: bool = False,
    top: int = 5,
    refresh: int = 100,
    seed: int = 0,
) -> Learning:
    """`angel_spacy.Learner.v1`: what the component minimises in `spacy train`; see `angel_spacy.component.learning`."""
    return Learning(objective, label_smoothing, beta, positive_weight, by_token, top, refresh, seed)


def make_seq2seq(
    path: str | None = None,
    name: str | None = None,
    revision: str | None = None,
    tokenizer: str | None = None,
    prompt: Any = None,
) -> Any:
    """`angel_spacy.Seq2Seq.v1`: a thinc Model around the Hugging Face encoder-decoder in `path` (null: the starter).

    `name` is one on the Hugging Face hub instead, of which `revision` is a commit: read from the cache, downloaded
    where it is not there. `tokenizer`: a folder that has one, for a model that others published without. `prompt`: a
    registered format (null: the folder's own, or that of the published checkpoints).
    """
    from ..models.architecture import generator_model

    if name is None and revision is None and tokenizer is None and prompt is None:
        return generator_model(StoredGenerator(Path(path) if path else STARTER, "model"))
    return generator_model(_published(path, name, revision, tokenizer, prompt))


def make_causal_lm(
    path: str | None = None,
    name: str | None = None,
    revision: str | None = None,
    tokenizer: str | None = None,
    prompt: Any = None,
    adapter: str | None = None,
    bits: int | None = None,
) -> Any:
    """`angel_spacy.CausalLM.v1`: the same around a decoder-only network, as Llama, Mistral or GPT-2.

    `adapter`: the folder of a LoRA that peft wrote, merged as it is read. `bits`: 16, weights in bfloat16; 8 or 4,
    rounded by bitsandbytes, which needs a GPU; null: float32, and a copy in the precision that is computed in.
    """
    from ..models.architecture import generator_model

    return generator_model(_published(path, name, revision, tokenizer, prompt, adapter, bits, causal=True))


def _published(
    path: str | None,
    name: str | None,
    revision: str | None,
    tokenizer: str | None,
    prompt: Any,
    adapter: str | None = None,
    bits: int | None = None,
    *,
    causal: bool = False,
) -> PublishedGenerator:
    from ..errors import ConfigError

    if (path is None) == (name is None):
        raise ConfigError("A model is named by its folder (path) or its name on the hub (name): give one of them.")
    if path is not None and revision is not None:
        raise ConfigError("A folder (path) has no revision: leave it out, or give a name on the hub.")
    folder, tokens, lora = (Path(one) if one else None for one in (path, tokenizer, adapter))
    return PublishedGenerator(folder, name, revision, tokens, prompt, lora, bits, causal=causal)


def make_published_prompt(context_words: int = 384) -> Any:
    """`angel_spacy.PublishedPrompt.v1`: the format of the published BART checkpoints (GenBioEL, ANGEL)."""
    from ..prompts import published_format

    return published_format(context_words)


def make_prompt_format(
    start: str = "START",
    end: str = "END",
    copula: str = "is",
    context_words: int = 384,
    normaliser: str = "angel_spacy.normalise.v2",
) -> Any:
    """`angel_spacy.PromptFormat.v1`: a format for encoder-decoders; see `angel_spacy.prompts.formats`."""
    from ..prompts import PromptFormat

    return PromptFormat(start, end, copula, context_words, normaliser)


def make_causal_prompt(
    start: str = "START",
    end: str = "END",
    copula: str = "is",
    context_words: int = 384,
    normaliser: str = "angel_spacy.normalise.v2",
    before: str = "",
    between: str = "\n",
) -> Any:
    """`angel_spacy.CausalPromptFormat.v1`: a format for decoder-only networks; see `angel_spacy.prompts.formats`."""
    from ..prompts import CausalPromptFormat

    return CausalPromptFormat(start, end, copula, context_words, normaliser, before=before, between=between)


def make_clean_text(tok2vec: Any) -> Any:
    """`angel_spacy.CleanText.v1`: a tok2vec that is shown the clean text; see `angel_spacy.models.clean_text`."""
    from ..models.clean_docs import clean_tok2vec

    return clean_tok2vec(tok2vec)


def make_toy(seed: int = 0) -> Any:
    """`angel_spacy.ToySeq2Seq.v1`: a tiny generator with random weights, for tests and docs."""
    from functools import partial

    from ..models.architecture import generator_model
    from ..models.toy import toy_generator

    return generator_model(partial(toy_generator, seed=seed))


def make_linking_scorer() -> Callable[..., dict[str, Any]]:
    """`angel_spacy.linking_scorer.v1`: accuracy, ranks and NIL-aware P/R/F; see `angel_spacy.evaluation.scorer`."""
    return _score_links


def _score_links(examples: Iterable[Any], **kwargs: Any) -> dict[str, Any]:
    from ..evaluation.scorer import score_examples

    return score_examples(examples, **kwargs)


def make_pubtator_reader(path: str) -> Callable[[Language], Iterator[Any]]:
    """`angel_spacy.PubTator.v1`: a corpus for `spacy train`: Examples with gold entities and ids."""
    from functools import partial

    return partial(_pubtator_examples, path=Path(path))


def _pubtator_examples(nlp: Language, path: Path) -> Iterator[Any]:
    from spacy.training import Example

    from ..corpora.docbin import article_to_doc
    from ..corpora.pubtator import read_pubtator

    for article in read_pubtator(path):
        yield Example(nlp.make_doc(article.text), article_to_doc(nlp, article))


def make_gold_mentions(path: str) -> Callable[[Language], Iterator[Any]]:
    """`angel_spacy.GoldMentions.v1`: a corpus of .spacy files whose mentions are given, so that links alone are judged.

    The predicted Doc has the reference's tokens, entities and span groups, without their ids.
    """
    from functools import partial

    return partial(_gold_mention_examples, path=Path(path))


def _gold_mention_examples(nlp: Language, path: Path) -> Iterator[Any]:
    from spacy.training import Corpus, Example

    from ..corpora.docbin import without_ids

    for example in Corpus(path)(nlp):
        yield Example(without_ids(nlp, example.reference), example.reference)
