"""angel_reranker: ranks anew what another linker found. No knowledge base of its own: names come from that linker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from spacy import util
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span

from ..candidates.restriction import MOST, Restrictions
from ..candidates.source import Request
from ..candidates.weighing import Explanation
from ..errors import ConfigError
from ..kb import Concept, KnowledgeBase, concept_of_entity, fold_id, get_normaliser, with_prefix
from .annotating import annotated
from .linker import AngelLinker
from .links import Link, LinkedDoc
from .mentions import Place, requests

_BARE = frozenset({"MESH", "UMLS"})  # prefixes that ids go without

Candidates = Callable[[Span], Iterable[Concept] | None]
"""Gives a span the concepts to choose from, with their names; none, or None, for nothing."""


@dataclass(frozen=True)
class Asked:
    """A mention of a document (its number) with the concepts to choose from, by their ids."""

    document: int
    request: Request
    concepts: Mapping[str, Concept]

    @cached_property
    def ids(self) -> frozenset[str]:
        """The set that is chosen from."""
        return frozenset(self.concepts)


class CandidatesOfPipe:
    """What another component left in `span._.kb_ents`, pairs of id and score, with the names that its `kb` has."""

    def __init__(self, nlp: Language, name: str, attribute: str) -> None:
        self.nlp, self.name, self.attribute = nlp, name, attribute

    def __call__(self, span: Span) -> Iterator[Concept]:
        """Those of its pairs whose id the KB has. Raises ConfigError where there is no such component or attribute."""
        if not Span.has_extension(self.attribute):
            raise ConfigError(f"No component sets span._.{self.attribute}: put {self.name!r} before angel_reranker.")
        entities = self._entities()
        found = (entities.get(concept_id) for concept_id, *_ in span._.get(self.attribute) or ())
        return (concept_of_entity(entity) for entity in found if entity is not None)

    def _entities(self) -> Any:
        if self.name not in self.nlp.pipe_names:
            raise ConfigError(
                f"There is no component {self.name!r} in the pipeline {self.nlp.pipe_names}: angel_reranker chooses "
                "from what it found; name another one with candidates.pipe."
            )
        kb = getattr(self.nlp.get_pipe(self.name), "kb", None)
        entities = getattr(kb, "cui_to_entity", None)
        if entities is None:
            raise ConfigError(
                f"The component {self.name!r} has no kb.cui_to_entity to take names from: give a function of yours as "
                "candidates, span -> concepts."
            )
        return entities


class AngelReranker(Pipe):  # type: ignore[misc]  # spaCy is not checked
    """Chooses among the concepts that `candidates` gives each span, by generating a name of one of them: a trie of
    their names alone for each mention. Spans without candidates stay NIL."""

    def __init__(self, linker: AngelLinker, candidates: Candidates) -> None:
        """`linker` has model, name encoder and settings (labels restrict nothing: candidates do); its knowledge base is
        made anew for each few mentions. Raises ConfigError for `composites`."""
        if linker.settings.composites:
            raise ConfigError("angel_reranker chooses one of a span's candidates: leave composites out.")
        linker.settings = replace(linker.settings, restrict=None)
        self.vocab, self.name = linker.vocab, linker.name
        self.linker = linker
        self.candidates = candidates

    def __call__(self, doc: Doc) -> Doc:
        """Links one Doc."""
        (linked,) = self.pipe([doc])
        return linked

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        """Links a stream, the mentions of a batch together."""
        for docs in util.minibatch(stream, size=batch_size):
            yield from annotated(self, docs, self.predict, self.linker.set_annotations)

    def predict(self, docs: Sequence[Doc]) -> list[LinkedDoc]:
        """The links of each Doc's spans; Docs are left as they are."""
        spans = [self.linker.spans(doc) for doc in docs]
        places = [[(span.start_char, span.end_char, span.label_) for span in of] for of in spans]
        links = self.link_mentions(docs, places, [[self.candidates(span) for span in of] for of in spans])
        return [LinkedDoc(tuple(of), tuple(own)) for of, own in zip(spans, links, strict=True)]

    def link_mentions(
        self,
        docs: Sequence[Doc],
        places: Sequence[Sequence[Place]],
        concepts: Sequence[Sequence[Iterable[Concept] | None]],
    ) -> list[list[Link]]:
        """A link for each (start, end, label) in characters of each Doc, to one of the concepts given for it: your own
        mentions and candidates, whatever the Doc's spans are."""
        asked = [
            Asked(number, request, self._usable(own))
            for number, (doc, of, given) in enumerate(zip(docs, places, concepts, strict=True))
            for request, own in zip(requests(doc, of, self.linker.settings), given, strict=True)
        ]
        links = (link for some in _few_sets(asked) for link in self._linked(some))
        return [list(islice(links, len(of))) for of in places]

    def explain(self, span: Span) -> list[Explanation]:
        """What speaks for each candidate of a span, best first."""
        self._set_kb(self._usable(self.candidates(span)).values())
        return self.linker.explain(span)

    @property
    def threshold(self) -> float:
        """The least probability of a link."""
        return self.linker.threshold

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        self.linker.threshold = threshold

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes calibration, model and encoder."""
        self._set_kb()
        self.linker.to_disk(path, exclude=[*exclude, "kb", "trie"])

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> AngelReranker:
        """Reads what `to_disk` wrote."""
        self.linker.from_disk(path, exclude=[*exclude, "kb", "trie"])
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The same as one bytestring."""
        self._set_kb()
        return self.linker.to_bytes(exclude=[*exclude, "kb", "trie"])

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> AngelReranker:
        """Reads what `to_bytes` gave."""
        self.linker.from_bytes(data, exclude=[*exclude, "kb", "trie"])
        return self

    def _usable(self, concepts: Iterable[Concept] | None) -> dict[str, Concept]:
        """The concepts by their ids: of equal ones, in whatever spelling, the first; those that have a usable name."""
        normalise = get_normaliser(self.linker.generator.prompter.form.normaliser)
        found: dict[str, Concept] = {}
        for one in concepts or ():
            if any(map(normalise, one.names)) and fold_id(one.concept_id):
                found.setdefault(with_prefix(fold_id(one.concept_id), _BARE).upper(), one)
        return {one.concept_id: one for one in found.values()}

    def _linked(self, asked: Sequence[Asked]) -> Iterator[Link]:
        """The links of requests that have at most MOST different sets of candidates."""
        numbers: dict[frozenset[str], int] = {}
        for one in asked:
            numbers.setdefault(one.ids, len(numbers) + 1)
        self._set_kb({concept_id: concept for one in asked for concept_id, concept in one.concepts.items()}.values())
        documents = [
            [replace(one.request, among=numbers[one.ids], group="") for one in of]
            for _, of in groupby(asked, key=attrgetter("document"))
        ]
        restrictions = Restrictions.of_sets(self.linker.kb, list(numbers))
        return chain.from_iterable(self.linker.link_requests(documents, restrictions))

    def _set_kb(self, concepts: Iterable[Concept] = ()) -> None:
        """Threshold and weights are for re-ranking, whatever the concepts."""
        linker = self.linker
        kb = KnowledgeBase(concepts, normaliser=linker.generator.prompter.form.normaliser)
        linker.set_kb(kb, calibrated_threshold=linker.threshold, weights=linker.weights)


def _few_sets(asked: Iterable[Asked]) -> Iterator[list[Asked]]:
    """The requests in order, cut where the sets of candidates become more than MOST, or an id stands for something
    else than before."""
    some: list[Asked] = []
    sets: set[frozenset[str]] = set()
    known: dict[str, Concept] = {}
    for one in asked:
        is_other = any(known.get(concept_id, concept) != concept for concept_id, concept in one.concepts.items())
        if some and (is_other or len(sets | {one.ids}) > MOST):
            yield some
            some, sets, known = [], set(), {}
        some.append(one)
        sets.add(one.ids)
        known |= one.concepts
    if some:
        yield some
