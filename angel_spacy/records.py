"""The frozen records that travel between rooms. They hold data and no behaviour worth a test."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text to link. `start` and `end` are character offsets; gold ids when annotated."""

    text: str
    start: int
    end: int
    label: str = ""
    concept_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A title and an abstract with their mentions; offsets count in `text`."""

    article_id: str
    title: str
    abstract: str
    mentions: tuple[Mention, ...] = ()

    @property
    def text(self) -> str:
        """Title and abstract joined by one space (the PubTator convention), or the only one there is."""
        return f"{self.title} {self.abstract}" if self.title and self.abstract else self.title or self.abstract


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is given for one mention: encoder token ids and the decoder prefix up to " is"."""

    input_ids: tuple[int, ...]
    prefix_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One name the search reached. `log_prob` is the sum (nats) over `n_tokens` = name tokens + EOS."""

    leaf: int
    log_prob: float
    n_tokens: int

    @property
    def score(self) -> float:
        """Mean log-probability a token, the order of a beam (length penalty 1)."""
        return self.log_prob / self.n_tokens


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ranked concept of one mention; see `angel_spacy.candidates.ranking` for score and probability."""

    concept_id: str
    name: str
    generated_name: str
    probability: float
    score: float
    types: tuple[str, ...] = ()
