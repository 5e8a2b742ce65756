"""The parts of a mention that is not in one piece."""

from collections.abc import Iterable, Sequence

Place = tuple[int, int]


def fragments_of(places: Iterable[Place]) -> tuple[Place, ...]:
    """The places in order, those that overlap as one; none where that leaves one piece."""
    parts: list[Place] = []
    for start, end in sorted(places):
        if parts and start < parts[-1][1]:
            parts[-1] = parts[-1][0], max(end, parts[-1][1])
        else:
            parts.append((start, end))
    return tuple(parts) if len(parts) > 1 else ()


def are_fragments(parts: Sequence[Place], start: int, end: int) -> bool:
    """Whether they may be those of a mention from `start` to `end`: in order, none over another, none outside."""
    edges = [edge for part in parts for edge in part]
    return not parts or (edges == sorted(edges) and edges[0] == start and edges[-1] == end)
