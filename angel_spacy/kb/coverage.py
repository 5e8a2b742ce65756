"""Whether a knowledge base can answer for a corpus at all."""

from collections.abc import Iterable
from itertools import islice

from .concept import Concepts


def nothing_known(known: Concepts, concept_ids: Iterable[str]) -> str:
    """What to tell where there are gold ids and the KB has none of them; "" where it has one. Ends with the remedy."""
    ids = list(concept_ids)
    if not ids or any(known.resolve(one) is not None for one in ids):
        return ""
    own = ", ".join(concept.concept_id for concept in islice(known.concepts, 3))
    return (
        f"None of the {len(ids)} gold ids ({', '.join(list(dict.fromkeys(ids))[:3])}, …) is in {known!r}, which has "
        f"ids like {own or 'none'}. Take the knowledge base that the corpus was annotated with; where only a prefix "
        "is missing, build it with `--prefix`."
    )
