"""The frozen records that travel between rooms. They hold data and no behaviour worth a test."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text to link. `start` and `end` are character offsets; gold ids when annotated.

    `fragments` are the offsets of the parts of a mention that is not in one piece, the first and the last of which are
    its `start` and its `end`.
    """

    text: str
    start: int
    end: int
    label: str = ""
    concept_ids: tuple[str, ...] = ()
    fragments: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an article's text: its heading or kind, and its offsets."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """A title and an abstract with their mentions; offsets count in `text`.

    Of a full text `abstract` is all behind the title, and `sections` say what is what.
    """

    article_id: str
    title: str
    abstract: str
    mentions: tuple[Mention, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def text(self) -> str:
        """Title and abstract joined by one space (the PubTator convention), or the only one there is."""
        return f"{self.title} {self.abstract}" if self.title and self.abstract else self.title or self.abstract


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked about one mention: encoder token ids, the decoder prefix up to " is", and the number of the
    restriction that names obey (`candidates.restriction`; 0: none)."""

    input_ids: tuple[int, ...]
    prefix_ids: tuple[int, ...]
    restriction: int = 0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One name the search reached, or was asked about (`reached` is False).

    `log_prob` is the sum (nats) over `n_tokens` = name tokens + EOS.
    """

    leaf: int
    log_prob: float
    n_tokens: int
    reached: bool = True

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


@dataclass(frozen=True, slots=True)
class LinkedMention:
    """A mention with the concepts that were considered for it, best first; `nil_reason` says why it has no link."""

    mention: Mention
    candidates: tuple[Candidate, ...] = ()
    nil_reason: str = ""


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """An article with what was found in it; `error` says why it could not be processed.

    `mentions` alone say what that is: those of `article` become the same ones.
    """

    article: Article
    mentions: tuple[LinkedMention, ...] = ()
    error: str = ""

    def __post_init__(self) -> None:
        mentions = tuple(linked.mention for linked in self.mentions)
        object.__setattr__(self, "article", replace(self.article, mentions=mentions))

    @classmethod
    def of(cls, article: Article) -> "LinkedArticle":
        """An article with its own mentions, nothing having been considered for them."""
        return cls(article, tuple(map(LinkedMention, article.mentions)))
