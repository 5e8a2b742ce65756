"""angel_linker: gives the entities of a Doc their ranked concepts. Wiring only: Docs in, links out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, overload

from spacy import util
from spacy.pipeline.trainable_pipe import TrainablePipe
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.training.example import validate_examples
from spacy.vocab import Vocab
from thinc.util import get_torch_default_device

from ..candidates.combined import Ranker
from ..candidates.generated import Generated
from ..candidates.questions import Questions
from ..candidates.restriction import Restrictions
from ..candidates.source import CandidateSource, Request
from ..candidates.weighing import Contrast, Explanation, Weighed
from ..candidates.weights import EvidenceWeights
from ..errors import ConfigError
from ..kb import KnowledgeBase, from_scispacy
from ..models.architecture import generator_model, generator_shim, nothing_to_load
from ..models.generator import Generator
from ..models.name_encoder import NameEncoder
from ..prompts import Prompter
from . import storage
from .annotating import annotated
from .composites import decide_all
from .extensions import UNLINKED, note_unlinked, register_extensions, write_links
from .learning import Learner, checked_gold, gold_mentions, known_mentions
from .learning_settings import Learning
from .links import Link, LinkedDoc
from .mentions import Place, requests, spans_to_link
from .settings import Calibration, Settings
from .sources import PreparedKb, Sources, candidate_source, chosen_ranker, no_encoder
from .threads import one_ahead, torch_threads
from .workers import pickled_for_child, share_with_forks

Scorer = Callable[..., dict[str, Any]]
ErrorHandler = Callable[[str, Any, list[Doc], Exception], Any]


class AngelLinker(TrainablePipe):  # type: ignore[misc]  # spaCy is not checked
    """Links spans to the concepts of `kb` by generating a name of the KB for each (ANGEL, arXiv 2408.16493)."""

    def __init__(
        self,
        vocab: Vocab,
        model: Any,
        name: str = "angel_linker",
        *,
        make_kb: Callable[[], KnowledgeBase],
        settings: Settings,
        make_encoder: Callable[[], NameEncoder] | None = None,
        calibration: Calibration | None = None,
        scorer: Scorer | None = None,
        learning: Learning | None = None,
    ) -> None:
        """`model` as `angel_spacy.Seq2Seq.v1` makes it; `make_kb` and `make_encoder` are called when KB and encoder
        are first needed. `calibration` was chosen for this model and KB.
        """
        super().__init__(vocab, model, name)
        self.settings = settings
        self.scorer = scorer
        self.learning = learning or Learning()
        self._learner = Learner(self.learning)
        self._sources = Sources(lambda: generator_shim(self.model).generator, make_kb, make_encoder or no_encoder)
        self._calibration = calibration or Calibration()
        self._stored: storage.StoredFolder | None = None
        self._reads_ahead: bool | None = None  # None: where there is a GPU
        register_extensions(settings.attributes)
        share_with_forks(self)

    # What it holds

    @property
    def generator(self) -> Generator:
        """The model with its tokenizer and prompt format."""
        return self._sources.generator

    @generator.setter
    def generator(self, generator: Generator) -> None:
        calibration = self._calibration
        kb = self.kb
        generator_shim(self.model).generator = generator
        self.set_kb(kb)  # the trie is in the generator's own tokens
        self._calibration, self._stored = calibration, None

    @property
    def generated(self) -> Generated:
        """Generator and KB together, read at first use."""
        return self._sources.generated

    @property
    def encoder(self) -> NameEncoder:
        """What names are compared by, read at first use."""
        return self._sources.encoder

    @encoder.setter
    def encoder(self, encoder: NameEncoder) -> None:
        self._sources.encoder = encoder
        self._stored = None  # the folder that it was read from holds another one

    def make_ready(self) -> None:
        """Builds what forked workers can share once there is a KB: trie, vectors, weights in their precision."""
        if self._sources.has_kb:
            self.generated.build_index()
            if self.settings.combine:
                _ = self._sources.similar
            self.generator.prepare(self.precision)

    def forget_answers(self) -> None:
        """Forgets what was found for the last prompts (`cache_size`): the next documents get, to the last bit, what a
        linker that was just loaded would give them."""
        self.generated.forget()

    def keep_vectors(self, folder: Path) -> None:
        """Keeps the vectors of the KB's names, where the settings need any, in a folder that processes on one machine
        share: read from it, or made and written there. It is for this KB, as it is now, and this encoder."""
        if self.settings.combine:
            self._sources.keep_vectors(folder)

    @property
    def precision(self) -> str:
        """How the generator computes: the setting, or what is best where its weights are."""
        return self.generator.precision(self.settings.precision)

    @property
    def kb(self) -> KnowledgeBase:
        """The knowledge base; what is added to it or removed is known from the next document on."""
        return self.generated.kb

    def set_kb(
        self, kb: KnowledgeBase | Any, *, calibrated_threshold: float = 0.0, weights: EvidenceWeights | None = None
    ) -> None:
        """Links to another knowledge base from now on, ours, scispaCy's or a prepared one; generator and name encoder
        stay.

        What was calibrated, or set with `linker.threshold = ...`, was for the KB before: unless the settings name a
        threshold, `calibrated_threshold` holds from now on, and its default links everything; `weights` are those of
        the evidence, None the shipped ones.
        """
        if isinstance(kb, PreparedKb):
            self._sources.use(kb)
        else:
            self._sources.set_kb(self._ours(kb))
        stored = weights.to_dict() if weights else None
        self._calibration = Calibration(calibrated_threshold, combine=self.settings.combine, weights=stored)

    def prepare_kb(self, kb: KnowledgeBase | Any) -> PreparedKb:
        """Another knowledge base with its trie and vectors, for `set_kb` to take at once; the linker goes on with its
        own meanwhile."""
        return self._sources.prepared(self._ours(kb), self.settings.restrict)

    def _ours(self, kb: KnowledgeBase | Any) -> KnowledgeBase:
        if isinstance(kb, KnowledgeBase):
            return kb
        return from_scispacy(kb, normaliser=self.generator.prompter.form.normaliser)

    @property
    def threshold(self) -> float:
        """The least probability of a link: the setting, or what was calibrated for this model and KB (else 0)."""
        calibrated, setting = self._calibration, self.settings.threshold
        if setting is not None and setting != calibrated.setting:
            return setting
        return calibrated.threshold if calibrated.combine == self.settings.combine else 0.0

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        if not isinstance(threshold, int | float):
            raise ConfigError(f"threshold is {threshold!r}: use a probability, 0 (link everything) to 1.")
        settings = self.settings
        self._calibration = replace(
            self._calibration, threshold=threshold, setting=settings.threshold, combine=settings.combine
        )

    @property
    def weights(self) -> EvidenceWeights:
        """What each piece of evidence weighs: as calibrated for this model and KB, or as shipped."""
        stored = self._calibration.weights
        return EvidenceWeights.shipped() if stored is None else EvidenceWeights.from_dict(stored)

    @weights.setter
    def weights(self, weights: EvidenceWeights | None) -> None:
        self._calibration = replace(self._calibration, weights=weights.to_dict() if weights else None)

    # Look

    def predict(self, docs: Iterable[Doc]) -> list[LinkedDoc]:
        """The links of each Doc's spans, all mentions decoded together. Docs are left as they are."""
        return self._answered(self._asked(list(docs)))

    def link_mentions(
        self, docs: Sequence[Doc], offsets: Sequence[Iterable[tuple[int, int] | Place]]
    ) -> list[list[Link]]:
        """A link for each (start, end) or (start, end, label) in characters of each Doc: your own mentions, whatever
        the Doc's spans are."""
        return self._decided(self.ask(docs, offsets, parts=self.settings.composites))

    @overload
    def explain(self, span: Span) -> list[Explanation]: ...

    @overload
    def explain(self, span: Span, concept_id: str) -> Contrast: ...

    def explain(self, span: Span, concept_id: str | None = None) -> list[Explanation] | Contrast:
        """What speaks for each candidate of a span among the Doc's others, best first. Of one concept: what speaks for
        it beside the winner, and where the generator parts from its name, token by token, whatever the gate says.

        Raises ConfigError where evidence is not weighed, for an unknown id, and for a concept that the label excludes.
        """
        ranker = self._weighed()
        if concept_id is not None:
            return self._contrast(ranker, span, concept_id)
        spans = [span, *spans_to_link(span.doc, self.settings.spans_key, self.settings.labels)]
        asked = self.ask([span.doc], [[(one.start_char, one.end_char, one.label_) for one in spans]])
        return ranker.explain(asked)[0][0]

    def _contrast(self, ranker: Weighed, span: Span, concept_id: str) -> Contrast:
        row = self.kb.resolve(concept_id)
        if row is None:
            raise ConfigError(f"There is no concept {concept_id!r} in the knowledge base.")
        source = candidate_source(self._sources, ranker, replace(self.settings, gate=False, exact_match="off"))
        place = span.start_char, span.end_char, span.label_
        return ranker.contrast(source.ask([requests(span.doc, [place], self.settings)]), row)

    def _weighed(self) -> Weighed:
        ranker = self.ranker
        if not isinstance(ranker, Weighed):
            raise ConfigError("This linker does not weigh evidence: set combine to 'evidence'.")
        return ranker

    def _asked(self, docs: Sequence[Doc]) -> tuple[list[list[Span]], Questions]:
        """The spans of each Doc and what is asked about them: all that reads text."""
        spans = [self.spans(doc) for doc in docs]
        places = [[(span.start_char, span.end_char, span.label_) for span in of] for of in spans]
        return spans, self.ask(docs, places, parts=self.settings.composites)

    def _answered(self, spans_and_asked: tuple[list[list[Span]], Questions]) -> list[LinkedDoc]:
        spans, asked = spans_and_asked
        return [LinkedDoc(tuple(of), tuple(links)) for of, links in zip(spans, self._decided(asked), strict=True)]

    def _answered_ahead(self, future: Future[tuple[list[list[Span]], Questions]], docs: list[Doc]) -> list[LinkedDoc]:
        """What `predict` gives for `docs`, about which has been asked already."""
        return self._answered(future.result())

    def spans(self, doc: Doc) -> list[Span]:
        """The spans of a Doc that get a link, by the settings."""
        settings = self.settings
        chosen = spans_to_link(doc, settings.spans_key, settings.labels)
        unlinked = (*UNLINKED, settings.nil_label)
        return [span for span in chosen if settings.overwrite or span.kb_id_ in unlinked]

    def ask(
        self, docs: Sequence[Doc], offsets: Sequence[Iterable[tuple[int, int] | Place]], *, parts: bool = False
    ) -> Questions:
        """What is to be answered about mentions of Docs, given as in `link_mentions`; `parts`: about the names too of
        which a mention may be a list."""
        places = [[(one[0], one[1], one[2] if len(one) > 2 else "") for one in of] for of in offsets]
        asked = [requests(doc, of, self.settings, parts=parts) for doc, of in zip(docs, places, strict=True)]
        return self._source.ask(asked)

    def link_requests(self, documents: Sequence[Sequence[Request]], restrictions: Restrictions) -> list[list[Link]]:
        """A link for each request of each document, with these restrictions in the place of the setting's."""
        source = self._source
        self.generated.restrictions = restrictions
        return self._decided(source.ask(documents), source)

    def _decided(self, asked: Questions, source: CandidateSource[Questions] | None = None) -> list[list[Link]]:
        with torch_threads(self.settings.threads):
            answers = (source or self._source).answer(asked)
        has_names = bool(self.kb.n_names)
        documents = zip(asked.documents, answers, strict=True)
        return [decide_all(*document, self.threshold, has_names=has_names) for document in documents]

    @property
    def _source(self) -> CandidateSource[Questions]:
        return candidate_source(self._sources, self.ranker, self.settings)

    @property
    def ranker(self) -> Ranker:
        """How concepts are ranked, as the settings say."""
        return chosen_ranker(self._sources, self.weights, self.settings)

    # Write

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[LinkedDoc]) -> None:
        """Writes ids to spans and tokens, and candidates to `_.`."""
        settings = self.settings
        register_extensions(settings.attributes)
        for doc, linked in zip(docs, predictions, strict=True):
            write_links(
                doc,
                linked,
                spans_key=settings.spans_key,
                nil_label=settings.nil_label,
                beginning=settings.attributes,
            )
            if settings.labels is not None:
                every = spans_to_link(doc, settings.spans_key, None)
                note_unlinked((span for span in every if span.label_ not in settings.labels), settings.attributes)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Links a stream, mentions batched across Docs. A batch that fails is tried Doc by Doc, so that
        only those at fault go to the error handler. With a GPU, a batch is read while the one before is decoded."""
        batches = util.minibatch(stream, size=batch_size)
        if not (_on_gpu() if self._reads_ahead is None else self._reads_ahead):
            for docs in batches:
                yield from annotated(self, docs, self.predict, self.set_annotations)
            return
        for docs, asked in one_ahead(self._asked, batches):
            yield from annotated(self, docs, partial(self._answered_ahead, asked), self.set_annotations)

    # Learn and judge

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Any = None,
        kb: Callable[[], Any] | None = None,
        aliases: bool = False,
    ) -> None:
        """Sets the KB that `[initialize.components.angel_linker.kb]` names, if any, and compares the gold ids with it.

        `aliases`: the annotated mentions become names of their concepts. Raises ConfigError when the KB has no gold id.
        """
        if kb is not None:
            self.set_kb(kb())
        docs = [example.reference for example in get_examples()]
        gold = checked_gold(docs, self.settings, lambda: self.kb)
        if aliases and gold:
            known = self.kb
            self.set_kb(known.with_aliases((mention.text, mention.concept_ids) for _, mention in gold))
            self._learner = Learner(self.learning, aliases=set(self.kb.names()).difference(known.names()))

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learns from the reference's spans with a `kb_id_` (composites joined by `|`); those that the KB lacks are
        left out. Without `sgd` gradients are added up for `finish_update`."""
        losses = {} if losses is None else losses
        examples = list(examples)
        validate_examples(examples, "AngelLinker.update")
        loss = 0.0
        if gold := list(gold_mentions((example.reference for example in examples), self.settings)):
            loss = self._learner.learn(self.generated, known_mentions(gold, self.kb), self.settings, drop=drop)
        if sgd not in (None, False):
            self.finish_update(sgd)
        losses[self.name] = losses.get(self.name, 0.0) + loss
        return losses

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """The scores of the registered scorer, ids resolved by this KB."""
        if self.scorer is None:
            return {}
        scores: dict[str, Any] = self.scorer(
            examples, kb=self.kb, spans_key=self.settings.spans_key, nil_label=self.settings.nil_label, **kwargs
        )
        return scores

    # Store. The settings are those of the pipeline's config.cfg.

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes calibration, model, encoder, kb and trie; `exclude` leaves any of them out."""
        storage.save(Path(path), self.generated, self.encoder, self._calibration, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> AngelLinker:
        """Reads what `to_disk` wrote, all or nothing; the trie stays on disk, memory-mapped."""
        parts = storage.load(Path(path), self._get_prompter, exclude)
        self._restored(parts)
        self._stored = storage.StoredFolder.of(Path(path), self.generated) if parts.whole else None
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The same as one bytestring."""
        return storage.to_bytes(self.generated, self.encoder, self._calibration, exclude)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> AngelLinker:
        """Reads what `to_bytes` gave."""
        return self._restored(storage.from_bytes(data, self._get_prompter, exclude))

    def __reduce__(self) -> tuple[Any, ...]:
        """Holds everything; for a spawned child, the folder that it can read itself where there is one."""
        handler = getattr(self, "error_handler", None)
        choices = self.settings, self.learning, self._calibration
        folder = self._stored.unchanged(self.generated) if self._stored and pickled_for_child() else None
        return _unpickle, (self.vocab, self.name, choices, self.scorer, handler, folder or self.to_bytes())

    def _restored(self, parts: storage.Parts) -> AngelLinker:
        if parts.generator is not None:
            generator_shim(self.model).generator = parts.generator
        if parts.encoder is not None:
            self.encoder = parts.encoder
        if parts.kb is not None:
            self._sources.set_kb(parts.kb, parts.index)
        if parts.calibration is not None:
            self._calibration = parts.calibration
        return self

    def _get_prompter(self) -> Prompter:
        return self.generator.prompter


def _on_gpu() -> bool:
    """Whether generators are put on a GPU, as spaCy was told (`spacy.prefer_gpu`)."""
    return bool(get_torch_default_device().type != "cpu")


def _unpickle(
    vocab: Vocab,
    name: str,
    choices: tuple[Settings, Learning, Calibration],
    scorer: Scorer | None,
    handler: ErrorHandler | None,
    stored: bytes | Path,
) -> AngelLinker:
    settings, learning, calibration = choices
    model = generator_model(nothing_to_load)
    linker = AngelLinker(
        vocab,
        model,
        name,
        make_kb=KnowledgeBase,
        settings=settings,
        scorer=scorer,
        learning=learning,
    )
    if handler is not None:
        linker.set_error_handler(handler)
    linker.from_disk(stored) if isinstance(stored, Path) else linker.from_bytes(stored)
    linker._calibration = calibration
    return linker
