"""The field of an annotated corpus that holds a mention's concept ids; `kb.split_ids` reads it."""


def join_ids(concept_ids: tuple[str, ...]) -> str:
    """The field that `split_ids` reads back: bars between the ids, `-` for none (as PubTator 3 writes it)."""
    return "|".join(concept_ids) or "-"
