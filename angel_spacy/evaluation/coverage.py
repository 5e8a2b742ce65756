"""Whether gold ids and the knowledge base speak of the same things at all."""

import logging
from collections.abc import Iterable

from ..kb import KnowledgeBase, nothing_known
from ..records import Mention

_LOGGER = logging.getLogger(__name__)


def check_ids(gold: Iterable[Mention], kb: KnowledgeBase) -> None:
    """Warns where the KB has none of the ids of a corpus, so that nothing can be right."""
    ids = dict.fromkeys(concept_id for mention in gold for concept_id in mention.concept_ids)
    if problem := nothing_known(kb, ids):
        _LOGGER.warning("%s", problem)
