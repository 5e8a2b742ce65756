"""What is asked about the mentions of some documents: their wordings, and the prompts that the generator is to read."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..records import Candidate, Prompt
from .source import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """One mention: its `wordings` as its text and the dictionary's spellings write them, and the `hit`, the concept
    that a wording is a name of (None where there is none, or none is wanted).

    `prompts[i]` is the number of wording i's prompt, None where the generator is not asked about it; `restriction` that
    of what its label allows.
    """

    request: Request
    wordings: tuple[str, ...]
    prompts: tuple[int | None, ...]
    hit: Candidate | None
    restriction: int = 0

    def is_short(self, i: int) -> bool:
        """Whether wording i is an abbreviation whose long form is another wording."""
        return self.wordings[i] == self.request.short


@dataclass(frozen=True)
class Questions:
    """The mentions of some documents, numbered through.

    documents  the mentions, document by document
    mentions   what is asked about each that stands for itself or for others like it
    answered_by  for each mention of the documents the number of the one in `mentions` whose answer is its own
    prompts    what the generator is to read
    """

    documents: Sequence[Sequence[Request]]
    mentions: Sequence[Asked]
    answered_by: Sequence[int]
    prompts: Sequence[Prompt]
