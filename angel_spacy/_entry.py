"""What spaCy's entry points import: registrations only. It must cost nothing and need neither torch nor transformers,
because every `spacy.blank` of everybody imports it."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

from spacy.language import Language
from spacy.pipeline.ner import DEFAULT_NER_MODEL

from .candidates.settings import defaults_of
from .component.learning_settings import Learning
from .component.settings import Settings
from .pipelines import STARTER_LINKER as STARTER

if TYPE_CHECKING:
    from .component.linker import AngelLinker
    from .kb import KnowledgeBase


def _with_settings(plain: Signature) -> Signature:
    """The signature with a parameter for each setting in place of `**settings`."""
    types = get_type_hints(Settings)
    kinds = [Parameter(one.name, Parameter.KEYWORD_ONLY, annotation=types[one.name]) for one in fields(Settings)]
    return plain.replace(parameters=[*list(plain.parameters.values())[:-1], *kinds])


DEFAULT_CONFIG: dict[str, Any] = {
    "model": {"@architectures": "angel_spacy.Seq2Seq.v1", "path": None},
    "kb": {"@misc": "angel_spacy.KnowledgeBase.v1", "path": None},
    "encoder": {"@misc": "angel_spacy.NameEncoder.v1", "path": None},
    **defaults_of(Settings),
    "learner": {"@misc": "angel_spacy.Learner.v1"},
    "scorer": {"@scorers": "angel_spacy.linking_scorer.v1"},
}


def make_angel_linker(
    nlp: Language,
    name: str,
    model: Any,
    kb: Callable[[], Any],
    encoder: Callable[[], Any],
    learner: Any,
    scorer: Callable[..., dict[str, Any]] | None,
    **settings: Any,
) -> "AngelLinker":
    """The component; model, KB and name encoder are read when the first Doc comes. `settings` are those of
    `Settings`."""
    from .component.linker import AngelLinker
    from .component.storage import read_calibration
    from .models.architecture import generator_shim

    _require_us(nlp)
    _check_attributes(nlp, settings["attributes"])
    starter = getattr(kb, "path", None) == getattr(generator_shim(model).make, "path", None) == STARTER
    stored = STARTER / "calibration"
    return AngelLinker(
        nlp.vocab,
        model,
        name,
        make_kb=kb,
        make_encoder=encoder,
        settings=Settings(**settings),
        calibration=read_calibration(stored) if starter and stored.is_file() else None,
        scorer=scorer,
        learning=learner,
    )


def _check_attributes(nlp: Language, attributes: str) -> None:
    """Warns of a second linker that writes where the first one does."""
    for name, pipe in nlp.pipeline:
        if getattr(getattr(pipe, "settings", None), "attributes", None) == attributes:
            message = f"This angel_linker writes over what {name!r} writes: give it another `attributes` ('hpo', say)."
            warnings.warn(message, stacklevel=2)


# spaCy checks a pipeline's config against the signature: there each setting has its type.
make_angel_linker.__signature__ = _with_settings(signature(make_angel_linker))  # type: ignore[attr-defined]

Language.factory(
    "angel_linker",
    requires=["doc.ents"],
    assigns=["token.ent_kb_id", "span._.kb_id", "span._.kb_ids", "span._.kb_candidates", "span._.kb_ents"],
    default_config=DEFAULT_CONFIG,
    default_score_weights={
        "kb_acc@1": 1.0,
        "kb_acc@1_strict": None,
        "kb_acc@5": None,
        "kb_mrr": None,
        "kb_p": None,
        "kb_r": None,
        "kb_f": None,
        "kb_per_label": None,
    },
    func=make_angel_linker,
)


class KbEnts(NamedTuple):
    """Candidates that the component `pipe` leaves in `span._.<attribute>`, pairs of id and score."""

    pipe: str
    attribute: str


def make_kb_ents(pipe: str = "scispacy_linker", attribute: str = "kb_ents") -> KbEnts:
    """`angel_spacy.KbEnts.v1`: what another linker found, with the names that its `kb.cui_to_entity` has."""
    return KbEnts(pipe, attribute)


def make_angel_reranker(
    nlp: Language,
    name: str,
    model: Any,
    encoder: Callable[[], Any],
    candidates: Any,
    **settings: Any,
) -> Any:
    """Chooses among what another linker found. `candidates`: `angel_spacy.KbEnts.v1`, or a registered function's
    function from a span to concepts. `settings` are those of `Settings`."""
    from .component.reranker import AngelReranker, CandidatesOfPipe

    linker = make_angel_linker(nlp, name, model, _no_concepts, encoder, Learning(), None, **settings)
    if isinstance(candidates, KbEnts):
        candidates = CandidatesOfPipe(nlp, *candidates)
    return AngelReranker(linker, candidates)


def _no_concepts() -> "KnowledgeBase":
    from .kb import KnowledgeBase

    return KnowledgeBase()


make_angel_reranker.__signature__ = _with_settings(signature(make_angel_reranker))  # type: ignore[attr-defined]

Language.factory(
    "angel_reranker",
    requires=["doc.ents", "span._.kb_ents"],
    assigns=["token.ent_kb_id", "span._.kb_id", "span._.kb_ids", "span._.kb_candidates", "span._.kb_ents"],
    default_config={
        "model": {"@architectures": "angel_spacy.Seq2Seq.v1", "path": None},
        "encoder": {"@misc": "angel_spacy.NameEncoder.v1", "path": None},
        "candidates": {"@misc": "angel_spacy.KbEnts.v1"},
        **defaults_of(Settings),
    },
    func=make_angel_reranker,
)


@Language.factory("angel_abbreviations", assigns=["doc._.abbreviations"])  # type: ignore[untyped-decorator]
def make_angel_abbreviations(nlp: Language, name: str) -> Any:
    """scispaCy's abbreviation detector; its own factory is known only after an import of scispacy."""
    from .component.scispacy import Abbreviations

    _require_us(nlp)
    return Abbreviations(nlp, name)


@Language.factory(  # type: ignore[untyped-decorator]
    "angel_ner",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type"],
    default_config={
        "model": DEFAULT_NER_MODEL,
        "moves": None,
        "update_with_oracle_cut_size": 100,
        "overlooked": True,
        "scorer": {"@scorers": "spacy.ner_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_angel_ner(
    nlp: Language,
    name: str,
    model: Any,
    moves: Any,
    update_with_oracle_cut_size: int,
    overlooked: bool,
    scorer: Callable[..., dict[str, Any]] | None,
) -> Any:
    """spaCy's entity recogniser, which reads the clean text; settings: those of spaCy's `ner`, and `overlooked`."""
    from .component.ner import CleanEntityRecognizer

    _require_us(nlp)
    return CleanEntityRecognizer(
        nlp.vocab,
        model,
        name,
        moves,
        update_with_oracle_cut_size=update_with_oracle_cut_size,
        scorer=scorer,
        overlooked=overlooked,
    )


def _require_us(nlp: Language) -> None:
    """Notes in the pipeline's meta.json what it cannot be loaded without; `spacy package` reads it there."""
    from . import __version__

    needs = nlp.meta.setdefault("requirements", [])
    if not any(need.startswith("angel-spacy") for need in needs):
        nlp.meta["requirements"] = [*needs, f"angel-spacy>={__version__}"]


class _Stored:
    """Something read from `path` when it is called."""

    def __init__(self, path: Path, part: str) -> None:
        self.path = path
        self.part = part

    @property
    def folder(self) -> Path:
        return self.path / self.part if self.path == STARTER else self.path


class StoredKnowledgeBase(_Stored):
    """Reads a KB folder."""

    def __call__(self) -> "KnowledgeBase":
        """The KB."""
        from .kb import KnowledgeBase

        return KnowledgeBase.from_disk(self.folder)


class StoredGenerator(_Stored):
    """Reads a generator folder."""

    def __call__(self) -> Any:
        """The generator."""
        from .models.generator import Generator

        return Generator.from_folder(self.folder)


class StoredEncoder(_Stored):
    """Reads a name encoder's file."""

    def __call__(self) -> Any:
        """The encoder."""
        from .models.name_encoder import NameEncoder

        return NameEncoder.from_file(self.folder)


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
    from .kb import read_kb

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


def make_seq2seq(path: str | None) -> Any:
    """`angel_spacy.Seq2Seq.v1`: a thinc Model around the Hugging Face encoder-decoder in `path` (null: the starter)."""
    from .models.architecture import generator_model

    return generator_model(StoredGenerator(Path(path) if path else STARTER, "model"))


def make_clean_text(tok2vec: Any) -> Any:
    """`angel_spacy.CleanText.v1`: a tok2vec that is shown the clean text; see `angel_spacy.models.clean_text`."""
    from .models.clean_docs import clean_tok2vec

    return clean_tok2vec(tok2vec)


def make_toy(seed: int = 0) -> Any:
    """`angel_spacy.ToySeq2Seq.v1`: a tiny generator with random weights, for tests and docs."""
    from functools import partial

    from .models.architecture import generator_model
    from .models.toy import toy_generator

    return generator_model(partial(toy_generator, seed=seed))


def make_linking_scorer() -> Callable[..., dict[str, Any]]:
    """`angel_spacy.linking_scorer.v1`: accuracy, ranks and NIL-aware P/R/F; see `angel_spacy.evaluation.scorer`."""
    return _score_links


def _score_links(examples: Iterable[Any], **kwargs: Any) -> dict[str, Any]:
    from .evaluation.scorer import score_examples

    return score_examples(examples, **kwargs)


def make_pubtator_reader(path: str) -> Callable[[Language], Iterator[Any]]:
    """`angel_spacy.PubTator.v1`: a corpus for `spacy train`: Examples with gold entities and ids."""
    from functools import partial

    return partial(_pubtator_examples, path=Path(path))


def _pubtator_examples(nlp: Language, path: Path) -> Iterator[Any]:
    from spacy.training import Example

    from .corpora.docbin import article_to_doc
    from .corpora.pubtator import read_pubtator

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

    from .corpora.docbin import without_ids

    for example in Corpus(path)(nlp):
        yield Example(without_ids(nlp, example.reference), example.reference)
