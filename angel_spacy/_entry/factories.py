"""The components, with their settings and what they set."""

import warnings
from collections.abc import Callable
from dataclasses import fields
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, get_type_hints

from spacy.language import Language
from spacy.pipeline.ner import DEFAULT_NER_MODEL

from ..candidates.settings import defaults_of
from ..component.learning_settings import Learning
from ..component.settings import Settings
from ..pipelines import STARTER_LINKER as STARTER
from .registered import KbEnts

if TYPE_CHECKING:
    from ..component.linker import AngelLinker
    from ..kb import KnowledgeBase


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
    from ..component.linker import AngelLinker
    from ..component.storage import read_calibration
    from ..models.architecture import generator_shim

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
    from ..component.reranker import AngelReranker, CandidatesOfPipe

    linker = make_angel_linker(nlp, name, model, _no_concepts, encoder, Learning(), None, **settings)
    if isinstance(candidates, KbEnts):
        candidates = CandidatesOfPipe(nlp, *candidates)
    return AngelReranker(linker, candidates)


def _no_concepts() -> "KnowledgeBase":
    from ..kb import KnowledgeBase

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
    """scispaCy's abbreviation detector, or ours where scispaCy is absent; its own factory is known only after an
    import of scispacy."""
    from ..component.scispacy import Abbreviations

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
    from ..component.ner import CleanEntityRecognizer

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
    from .. import __version__

    needs = nlp.meta.setdefault("requirements", [])
    if not any(need.startswith("angel-spacy") for need in needs):
        nlp.meta["requirements"] = [*needs, f"angel-spacy>={__version__}"]
