"""Whether gold ids and the knowledge base speak of the same things at all."""

import logging
from collections.abc import Iterable
from itertools import islice

from ..kb import KnowledgeBase
from ..records import Mention

_LOGGER = logging.getLogger(__name__)
_FEW = 3  # ids that are shown


def check_ids(gold: Iterable[Mention], kb: KnowledgeBase) -> None:
    """Warns where the KB has none of the ids of a corpus, so that nothing can be right; shows ids of both."""
    ids = dict.fromkeys(concept_id for mention in gold for concept_id in mention.concept_ids)
    if not ids or any(concept_id in kb for concept_id in ids):
        return
    _LOGGER.warning(
        "None of the %d concept ids of the corpus (%s) is in the knowledge base (%s): no link can be right. Name the "
        "knowledge base that the corpus was annotated with, or write the ids of the corpus as the knowledge base does.",
        len(ids),
        _shown(ids),
        _shown(concept.concept_id for concept in kb.concepts),
    )


def _shown(ids: Iterable[str]) -> str:
    first = list(islice(ids, _FEW + 1))
    return ", ".join(first[:_FEW]) + (", …" if len(first) > _FEW else "")
