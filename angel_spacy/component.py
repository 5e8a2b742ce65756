"""angel_linker: gives the entities of a Doc their ranked concepts. Wiring only: Docs in, links out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import srsly
from spacy import util
from spacy.pipeline.trainable_pipe import TrainablePipe
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from .decode.index import NameIndex
from .decode.linker import Linker
from .errors import ConfigError, ModelError
from .extensions import register_extensions, set_link
from .kb import KnowledgeBase
from .mentions import Request, requests, spans_to_link
from .models.architecture import generator_model, nothing_to_load
from .models.generator import Generator
from .processes import one_thread_after_fork
from .records import Candidate

Scorer = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Settings:
    """What a user may choose; stored with the pipeline."""

    spans_key: str | None = None
    labels: Sequence[str] | None = None
    overwrite: bool = True
    threshold: float | None = None
    nil_label: str = "NIL"
    n_candidates: int = 10
    beam_width: int = 10
    batch_size: int = 64
    context_window: int | None = None
    abbreviations: bool = True

    def __post_init__(self) -> None:
        for name in ("n_candidates", "beam_width", "batch_size"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}: use 1 or more.")
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise ConfigError(f"threshold is {self.threshold}: use a probability, 0 (link everything) to 1, or null.")
        if self.context_window is not None and self.context_window < 0:
            raise ConfigError(f"context_window is {self.context_window}: use 0 or more words, or null.")


@dataclass(frozen=True, slots=True)
class Link:
    """The decision on one span. `concept_id` is None for NIL, and `nil_reason` says why."""

    concept_id: str | None
    candidates: tuple[Candidate, ...]
    nil_reason: str | None = None


@dataclass(frozen=True, slots=True)
class LinkedDoc:
    """The spans of one Doc that get a link, in order."""

    spans: tuple[Span, ...]
    links: tuple[Link, ...]


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
        calibrated_threshold: float = 0.0,
        scorer: Scorer | None = None,
    ) -> None:
        """`model` as `angel_spacy.Seq2Seq.v1` makes it; `make_kb` is called when the KB is first needed.

        `calibrated_threshold` was chosen for this model and KB; it holds while the settings name no other.
        """
        super().__init__(vocab, model, name)
        self.settings = settings
        self.scorer = scorer
        self._make_kb = make_kb
        self._calibrated_threshold = calibrated_threshold
        self._linker: Linker | None = None
        register_extensions()
        one_thread_after_fork()

    # What it holds

    @property
    def generator(self) -> Generator:
        """The model with its tokenizer and prompt format."""
        generator: Generator = self.model.shims[0].generator
        return generator

    @property
    def linker(self) -> Linker:
        """Generator and KB together, read at first use."""
        if self._linker is None:
            self._linker = Linker(self.generator, self._make_kb())
        return self._linker

    @property
    def kb(self) -> KnowledgeBase:
        """The knowledge base; what is added to it or removed is known from the next document on."""
        return self.linker.kb

    def set_kb(self, kb: KnowledgeBase, *, calibrated_threshold: float = 0.0) -> None:
        """Links to another knowledge base from now on; the generator stays as it is."""
        self._linker = Linker(self.generator, kb)
        self._calibrated_threshold = calibrated_threshold

    @property
    def threshold(self) -> float:
        """The least probability of a link: the setting, or what was calibrated for this model and KB (else 0)."""
        return self._calibrated_threshold if self.settings.threshold is None else self.settings.threshold

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Any = None,
        kb: Callable[[], KnowledgeBase] | None = None,
    ) -> None:
        """Sets the KB that `[initialize.components.angel_linker.kb]` names, if any."""
        if kb is not None:
            self.set_kb(kb())

    # Look

    def predict(self, docs: Iterable[Doc]) -> list[LinkedDoc]:
        """The links of each Doc's spans, all mentions decoded together. Docs are left as they are."""
        docs = list(docs)
        spans = [self._spans(doc) for doc in docs]
        offsets = [[(span.start_char, span.end_char) for span in of] for of in spans]
        links = self.link_mentions(docs, offsets)
        return [LinkedDoc(tuple(of), tuple(linked)) for of, linked in zip(spans, links, strict=True)]

    def link_mentions(self, docs: Sequence[Doc], offsets: Sequence[Iterable[tuple[int, int]]]) -> list[list[Link]]:
        """A link for each (start, end) in characters of each Doc: your own mentions, whatever the Doc's spans are."""
        expand = self.settings.abbreviations
        asked = [requests(doc, of, expand=expand) for doc, of in zip(docs, offsets, strict=True)]
        decided = iter(self._decide([request for of in asked for request in of]))
        return [_one_concept_a_group(of, [next(decided) for _ in of]) for of in asked]

    def _spans(self, doc: Doc) -> list[Span]:
        chosen = spans_to_link(doc, self.settings.spans_key, self.settings.labels)
        return chosen if self.settings.overwrite else [span for span in chosen if not span.kb_id_]

    def _decide(self, asked: Sequence[Request]) -> list[Link]:
        """A link for each request: the wording with the best scored first concept wins."""
        prompter, settings = self.generator.prompter, self.settings
        tried = [
            (i, words) for i, request in enumerate(asked) for words in request.surfaces if prompter.normalise(words)
        ]
        prompts = prompter.prompts(
            [(asked[i].text, asked[i].start, asked[i].end) for i, _ in tried],
            surfaces=[words for _, words in tried],
            context_words=settings.context_window,
        )
        ranked = self.linker.candidates(
            prompts,
            beam_width=settings.beam_width,
            batch_size=settings.batch_size,
            n_candidates=settings.n_candidates,
        )
        best: list[Link | None] = [None] * len(asked)
        for (i, _), candidates in zip(tried, ranked, strict=True):
            link = self._link(candidates)
            if best[i] is None or _score(link) > _score(best[i]):
                best[i] = link
        return [link or Link(None, (), "the mention has no letter or digit") for link in best]

    def _link(self, candidates: Sequence[Candidate]) -> Link:
        if not candidates:
            return Link(None, (), "the knowledge base has no names")
        if candidates[0].probability < self.threshold:
            return Link(None, tuple(candidates), f"probability below the threshold of {self.threshold:g}")
        return Link(candidates[0].concept_id, tuple(candidates))

    # Write

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[LinkedDoc]) -> None:
        """Writes ids to spans and tokens, and candidates to `_.`."""
        register_extensions()
        for doc, linked in zip(docs, predictions, strict=True):
            ids = [link.concept_id or self.settings.nil_label for link in linked.links]
            if self.settings.spans_key is None:
                _write_entities(linked.spans, ids)
            else:
                _write_group(doc, self.settings.spans_key, linked.spans, ids)
            for span, link in zip(linked.spans, linked.links, strict=True):
                set_link(span, link.concept_id, link.candidates, link.nil_reason)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Links a stream, mentions batched across Docs. A batch that fails is tried Doc by Doc, so that
        only those at fault go to the error handler."""
        for docs in util.minibatch(stream, size=batch_size):
            yield from self._annotated(list(docs))

    def _annotated(self, docs: list[Doc]) -> list[Doc]:
        try:
            self.set_annotations(docs, self.predict(docs))
            return docs
        except Exception as error:  # whatever went wrong, spaCy's error handler decides
            if len(docs) > 1:
                return [doc for one in docs for doc in self._annotated([one])]
            self.get_error_handler()(self.name, self, docs, error)
            return []

    # Learn and judge

    def update(self, examples: Iterable[Example], **_: Any) -> dict[str, float]:
        """Not yet: raises ConfigError with what to do instead."""
        raise ConfigError(
            f"{self.name} does not learn inside `spacy train`: train its generator with `python -m spacy angel train`, "
            f"and put {self.name!r} into [training] frozen_components."
        )

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
        """Writes calibration, model, kb and trie; `exclude` leaves any of them out."""
        linker = self._storable()
        writers = {
            "calibration": lambda p: srsly.write_json(p, self._calibration()),
            "model": lambda p: self.generator.to_folder(p),
            "kb": lambda p: linker.kb.to_disk(p),
            "trie": lambda p: linker.index.to_disk(p),
        }
        util.to_disk(Path(path), writers, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> AngelLinker:
        """Reads what `to_disk` wrote; the trie stays on disk, memory-mapped."""
        path, exclude = Path(path), set(exclude)
        if "model" not in exclude:
            self.model.shims[0].generator = Generator.from_folder(path / "model")
            self._linker = Linker(self.generator, self._linker.kb) if self._linker else None
        if "kb" not in exclude:
            kb, prompter = KnowledgeBase.from_disk(path / "kb"), self.generator.prompter
            stored = "trie" not in exclude and (path / "trie").is_dir()
            index = NameIndex.from_disk(path / "trie", kb, prompter) if stored else None
            self._linker = Linker(self.generator, kb, index)
        if "calibration" not in exclude:
            self._calibrated_threshold = read_calibration(path / "calibration")
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The same as one bytestring."""
        linker = self._storable()
        makers = {
            "calibration": self._calibration,
            "model": self.model.shims[0].to_bytes,
            "kb": linker.kb.to_bytes,
            "trie": lambda: linker.index.to_bytes(),
        }
        data: bytes = util.to_bytes(makers, exclude)
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> AngelLinker:
        """Reads what `to_bytes` gave."""
        content: dict[str, Any] = srsly.msgpack_loads(data)
        content = {key: value for key, value in content.items() if key not in set(exclude)}
        if "model" in content:
            self.model.shims[0].from_bytes(content["model"])
            self._linker = Linker(self.generator, self._linker.kb) if self._linker else None
        if "kb" in content:
            kb, prompter = KnowledgeBase.from_bytes(content["kb"]), self.generator.prompter
            index = NameIndex.from_bytes(content["trie"], kb, prompter) if "trie" in content else None
            self._linker = Linker(self.generator, kb, index)
        if "calibration" in content:
            self._calibrated_threshold = content["calibration"]["threshold"]
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (self.vocab, self.name, self.settings, self.scorer, self.to_bytes())

    def _calibration(self) -> dict[str, float]:
        return {"threshold": self._calibrated_threshold}

    def _storable(self) -> Linker:
        """The linker with the rows that its stored KB will have: holes of removed concepts close when it is saved."""
        if self.kb.version == 0:
            return self.linker
        return Linker(self.generator, KnowledgeBase.from_bytes(self.kb.to_bytes()))


def _one_concept_a_group(asked: Sequence[Request], links: Sequence[Link]) -> list[Link]:
    """The links, those of one group replaced by the best scored one (the first of equals)."""
    best: dict[str, Link] = {}
    for request, link in zip(asked, links, strict=True):
        if request.group and (request.group not in best or _score(link) > _score(best[request.group])):
            best[request.group] = link
    return [best.get(request.group, link) for request, link in zip(asked, links, strict=True)]


def _score(link: Link | None) -> float:
    return link.candidates[0].score if link and link.candidates else float("-inf")


def _write_entities(spans: Sequence[Span], ids: Sequence[str]) -> None:
    # Spans of doc.ents are made anew at each access: the tokens hold the id.
    for span, kb_id in zip(spans, ids, strict=True):
        for token in span:
            token.ent_kb_id_ = kb_id


def _write_group(doc: Doc, key: str, spans: Sequence[Span], ids: Sequence[str]) -> None:
    if key not in doc.spans:
        return
    group = doc.spans[key]
    given = {_key(span): kb_id for span, kb_id in zip(spans, ids, strict=True)}
    rebuilt = [
        Span(doc, span.start, span.end, label=span.label, kb_id=given.get(_key(span), span.kb_id_), span_id=span.id)
        for span in group
    ]
    doc.spans[key] = SpanGroup(doc, name=group.name, attrs=dict(group.attrs), spans=rebuilt)


def _key(span: Span) -> tuple[int, int, int]:
    return span.start, span.end, span.label


def read_calibration(path: Path) -> float:
    """The threshold stored with a component; 0 where none was. Raises ModelError for a damaged file."""
    if not path.is_file():
        return 0.0
    try:
        return float(srsly.read_json(path)["threshold"])
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path} cannot be read ({error!r}). Restore the pipeline or save it again.") from error


def _unpickle(vocab: Vocab, name: str, settings: Settings, scorer: Scorer | None, data: bytes) -> AngelLinker:
    model = generator_model(nothing_to_load)
    return AngelLinker(vocab, model, name, make_kb=KnowledgeBase, settings=settings, scorer=scorer).from_bytes(data)
