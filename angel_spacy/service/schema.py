"""What requests and answers look like: for checking the ones, for /openapi.json both."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Offset = Annotated[int, Field(ge=0, description="in characters")]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True)


class GivenMention(_Request):
    """A mention that an article has already."""

    start: Offset
    end: Offset
    label: str = ""
    text: str | None = Field(default=None, description="what the text has there; compared, where it is given")
    concept_ids: list[str] = []
    fragments: list[Annotated[list[Offset], Field(min_length=2, max_length=2)]] = []


class GivenArticle(_Request):
    """`text`, or `title` and `abstract`."""

    id: str | int | None = Field(default=None, description="its number in the request, from 1 on, where there is none")
    text: str | None = None
    title: str | None = None
    abstract: str | None = None
    mentions: list[GivenMention] = []

    def record(self, number: int) -> dict[str, Any]:
        """The object of a JSONL line."""
        told = self.model_dump(exclude_none=True)
        return {"id": str(number), **told}


class LinkRequest(_Request):
    """`texts` or `articles`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["texts"]}, {"required": ["articles"]}]})

    texts: list[str] = []
    articles: list[GivenArticle] = []
    given: bool = Field(default=False, description="link the mentions that the articles have, instead of finding some")

    @model_validator(mode="after")
    def _one_kind(self) -> LinkRequest:
        kinds = self.model_fields_set & {"texts", "articles"}
        if len(kinds) != 1:
            raise ValueError("expected `texts` or `articles`, one of the two")
        if self.given and "texts" in kinds:
            raise ValueError("with `given`, send `articles` that have `mentions`")
        return self

    def records(self) -> list[dict[str, Any]]:
        """The articles as objects of JSONL lines."""
        given = self.articles or [GivenArticle(text=text) for text in self.texts]
        return [article.record(number) for number, article in enumerate(given, 1)]


class ExplainRequest(_Request):
    """A mention in a text, and perhaps a concept that is to be compared with the one that is ranked first."""

    text: str
    start: Offset
    end: Offset
    label: str = ""
    concept_id: str | None = None

    def record(self) -> dict[str, Any]:
        """The object of a JSONL line."""
        mention = {"start": self.start, "end": self.end, "label": self.label}
        return {"id": "", "text": self.text, "mentions": [mention]}


class Error(BaseModel):
    """What is wrong, ended by what to do."""

    error: str


class Candidate(BaseModel):
    """A concept that was considered."""

    id: str
    name: str
    generated_name: str
    probability: float
    score: float
    types: list[str]


class Mention(BaseModel):
    """A mention with its links, best candidates first."""

    start: int
    end: int
    text: str
    label: str
    concept_ids: list[str]
    candidates: list[Candidate]
    nil_reason: str = ""
    fragments: list[tuple[int, int]] = []


class Section(BaseModel):
    """A part of a text."""

    name: str
    start: int
    end: int


class Article(BaseModel):
    """An article as a line of our JSONL."""

    id: str
    title: str
    abstract: str
    mentions: list[Mention]
    sections: list[Section] = []
    error: str = Field(default="", description="why it could not be processed; absent otherwise")


class Articles(BaseModel):
    """The articles of the request, in its order."""

    articles: list[Article]


class FileContent(Articles):
    """The articles of a file, and what could not be read of it."""

    problems: list[str]


class CandidateReasons(BaseModel):
    """What each piece of evidence adds to a candidate's score."""

    id: str
    name: str
    lines: list[str]


class Reasons(BaseModel):
    """Why a mention is linked so; `candidates` where no concept was named."""

    lines: list[str]
    candidates: list[CandidateReasons] = []


class Concept(BaseModel):
    """A concept of the knowledge base."""

    id: str
    name: str
    names: list[str]
    types: list[str]
    definition: str = ""
    url: str = ""
    parents: list[str] = []


class Concepts(BaseModel):
    """Concepts, the best first."""

    concepts: list[Concept]


class PipelineInfo(BaseModel):
    """Which pipeline it is."""

    name: str
    version: str


class KbInfo(BaseModel):
    """Which knowledge base it is."""

    concepts: int
    names: int
    source: str
    version: str
    date: str
    licence: str


class QueueInfo(BaseModel):
    """How many texts wait, and how many may."""

    waiting: int
    limit: int


class LimitsInfo(BaseModel):
    """Of a request, a text, a body; seconds until an answer."""

    texts: int
    characters: int
    bytes: int
    seconds: float


class Health(BaseModel):
    """What answers here."""

    status: str = Field(description="`ok`, or `stopping`: nothing new is taken")
    pipeline: PipelineInfo
    kb: KbInfo
    labels: list[str]
    queue: QueueInfo
    limits: LimitsInfo
