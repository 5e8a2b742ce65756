"""More synonyms: the names of other vocabularies, tied to the knowledge base's concepts by the names they share."""

from collections import Counter
from collections.abc import Iterator, Sequence

Names = Sequence[Sequence[str]]


def owners(names: Names) -> dict[str, int]:
    """Name -> its row, for the names that one row alone has."""
    found: dict[str, int] = {}
    shared: set[str] = set()
    for row, own in enumerate(names):
        for name in own:
            if found.setdefault(name, row) != row:
                shared.add(name)
    return {name: row for name, row in found.items() if name not in shared}


def tied(names: Names, lexicon: Names) -> Iterator[tuple[int | None, list[str]]]:
    """Each entry of the lexicon as (row, names that the table lacks); the row is None where no row is clearly meant.

    An entry belongs to the row that owns most of its names, if only one row does. A name that another row has is
    never carried over, so nothing becomes ambiguous.
    """
    owner = owners(names)
    known = {name for own in names for name in own}
    for entry in lexicon:
        votes = Counter(owner[name] for name in entry if name in owner).most_common(2)
        clear = bool(votes) and (len(votes) == 1 or votes[0][1] > votes[1][1])
        yield (votes[0][0] if clear else None), [name for name in entry if name not in known]
