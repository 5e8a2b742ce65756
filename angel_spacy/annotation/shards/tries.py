"""What was tried with a shard, on the disk: so that an article that kills its worker is found, whoever tries next."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

PLAIN_TRIES = 3  # of a shard as a whole, before its articles are tried one by one
_DEATHS = 3  # that happened at one article: no chance
_MOST = 30  # tries of a shard

_BEGUN, _ALONE_DONE = "begun", "all tried alone"


@dataclass(frozen=True)
class Tries:
    """The lines of a file: `begun` for each try, and the place of each article that was tried alone."""

    path: Path

    def begin(self) -> int:
        """Writes down that a try begins, and says how many there were that did not end well."""
        n_before = self._lines().count(_BEGUN)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._write(_BEGUN)
        return n_before

    def begin_alone(self, place: int) -> None:
        """Writes down that an article is tried alone."""
        self._write(str(place))

    def end_alone(self) -> None:
        """Writes down that all articles were tried alone."""
        self._write(_ALONE_DONE)

    @property
    def is_all_tried(self) -> bool:
        """Whether each article was tried alone."""
        return _ALONE_DONE in self._lines()

    def next_alone(self) -> int:
        """The place of the article to try now: the last one again, where it was the end of its worker."""
        places = self._places()
        return 0 if not places else max(places) + (max(places) in self.deadly())

    def deadly(self) -> frozenset[int]:
        """The places of articles at which several workers died."""
        lines = self._lines()
        deaths = Counter(one for one, after in pairwise(lines) if after == _BEGUN)
        return frozenset(int(place) for place, n in deaths.items() if place.isdigit() and n >= _DEATHS)

    @property
    def is_hopeless(self) -> bool:
        """Whether so many tries failed that there is no use in another one."""
        return self._lines().count(_BEGUN) > _MOST

    def forget(self) -> None:
        """The shard is done."""
        self.path.unlink(missing_ok=True)

    def _places(self) -> list[int]:
        return [int(one) for one in self._lines() if one.isdigit()]

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return []

    def _write(self, line: str) -> None:
        with self.path.open("a", encoding="ascii") as file:
            file.write(f"{line}\n")
