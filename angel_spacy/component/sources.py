"""What candidates are made from, each part read when it is first needed, and what the settings make of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..arrays.files import DAMAGE
from ..candidates.combined import Combined, Ranker
from ..candidates.generated import Generated
from ..candidates.index import NameIndex
from ..candidates.questions import Questions
from ..candidates.reranking import held_by_document, one_concept_a_group
from ..candidates.restriction import Restrictions
from ..candidates.similar import SimilarNames
from ..candidates.source import CandidateSource
from ..candidates.weighing import BestWording, Weighed
from ..candidates.weights import EvidenceWeights
from ..errors import ModelError
from ..files import synced, whole
from ..kb import KnowledgeBase
from ..models.generator import Generator
from ..models.name_encoder import NameEncoder
from .settings import Restrict, Settings


class PreparedKb(NamedTuple):
    """A knowledge base with all that linking to it needs."""

    generated: Generated
    similar: SimilarNames
    restrict: Restrict


class Sources:
    """The generator, a knowledge base and a name encoder; whatever depends on one that was exchanged is made anew."""

    def __init__(
        self,
        get_generator: Callable[[], Generator],
        make_kb: Callable[[], KnowledgeBase],
        make_encoder: Callable[[], NameEncoder],
    ) -> None:
        """`get_generator` gives the one that holds now; the others are made once."""
        self._get_generator = get_generator
        self._make_kb, self._make_encoder = make_kb, make_encoder
        self._generated: Generated | None = None
        self._encoder: NameEncoder | None = None
        self._similar: SimilarNames | None = None
        self._restricted: tuple[Generated, Restrict] | None = None

    @property
    def generator(self) -> Generator:
        """The one that holds now."""
        return self._get_generator()

    @property
    def generated(self) -> Generated:
        """Generator and KB together."""
        if self._generated is None:
            self._generated = Generated(self.generator, self._make_kb())
        elif self._generated.generator is not self.generator:  # somebody gave the model other weights
            self._generated = Generated(self.generator, self._generated.kb)
        return self._generated

    def restrict(self, restrict: Restrict) -> None:
        """Lets mentions become what the setting says from now on."""
        generated = self.generated
        if self._restricted != (generated, restrict):
            self._restricted = generated, restrict
            generated.restrictions = restrictions_of(generated.kb, restrict)

    @property
    def has_kb(self) -> bool:
        """Whether the KB has been read."""
        return self._generated is not None

    def set_kb(self, kb: KnowledgeBase, index: NameIndex | None = None) -> None:
        """Takes another KB from now on, with its trie where there is one already."""
        self._generated = Generated(self.generator, kb, index)

    def prepared(self, kb: KnowledgeBase, restrict: Restrict) -> PreparedKb:
        """Trie, restrictions and vectors of a KB that is not in use yet."""
        generated = Generated(self.generator, kb)
        generated.restrictions = restrictions_of(kb, restrict)
        generated.restrictions.of_nodes(generated.index.trie)
        similar = SimilarNames(kb, self.encoder)
        if kb.n_names:
            similar.nearest([kb.names()[0]], 1)  # what the first look needs
        return PreparedKb(generated, similar, restrict)

    def use(self, prepared: PreparedKb) -> None:
        """Takes that KB from now on; what was prepared for another generator or encoder is made anew."""
        self._generated, self._similar, restrict = prepared
        self._restricted = self._generated, restrict

    @property
    def encoder(self) -> NameEncoder:
        """What names are compared by."""
        if self._encoder is None:
            self._encoder = self._make_encoder()
        return self._encoder

    @encoder.setter
    def encoder(self, encoder: NameEncoder) -> None:
        self._encoder = encoder

    @property
    def similar(self) -> SimilarNames:
        """The vectors of the KB's names."""
        kb = self.generated.kb
        if self._similar is None or self._similar.kb is not kb or self._similar.encoder is not self.encoder:
            self._similar = SimilarNames(kb, self.encoder)
        return self._similar

    def keep_vectors(self, folder: Path) -> None:
        """From now on the vectors of the KB's names lie in `folder`, memory-mapped; they are written where they are not
        there, or not whole."""
        kb = self.generated.kb
        try:
            self._similar = SimilarNames(kb, self.encoder, folder)
        except DAMAGE:
            with whole(folder) as fresh:
                self.similar.to_disk(fresh)
                for path in fresh.iterdir():
                    synced(path)
            self._similar = SimilarNames(kb, self.encoder, folder)


def restrictions_of(kb: KnowledgeBase, restrict: Restrict) -> Restrictions:
    """What labels allow, as the setting `restrict` says."""
    if isinstance(restrict, str):  # BY_LABEL, says Settings
        return Restrictions(kb)
    return Restrictions(kb, restrict or {})


def chosen_ranker(sources: Sources, weights: EvidenceWeights, settings: Settings) -> Ranker:
    """How concepts are ranked, as the settings say."""
    sources.restrict(settings.restrict)
    if settings.combine is None:
        return BestWording(sources.generated, settings, settings.n_candidates)
    sure = settings.gate_probability if settings.gate and settings.gate_probability < 1 else None
    return Weighed(
        sources.generated,
        sources.similar,
        weights,
        settings,
        settings.n_candidates,
        rescore=settings.rescore,
        sure=sure,
    )


def candidate_source(sources: Sources, ranker: Ranker, settings: Settings) -> CandidateSource[Questions]:
    """Where the candidates of mentions come from, as the settings say."""
    return Combined(
        sources.generated,
        ranker,
        settings.n_candidates,
        settings.exact_match,
        respell=settings.spellings,
        undefined=settings.undefined_abbreviations,
        gate=settings.gate and settings.combine is not None,
        share_repeats=settings.share_repeats,
        steps=(held_by_document, one_concept_a_group) if settings.document else (one_concept_a_group,),
        context_words=settings.context_window,
    )


def no_encoder() -> NameEncoder:
    """For a linker whose name encoder comes from `from_disk` or `from_bytes`; asking it before that is an error."""
    raise ModelError("This linker has no name encoder yet: read it with from_disk or from_bytes.")
