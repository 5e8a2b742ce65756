"""What is asked about mentions, and what every source of candidates promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ..records import Candidate

Candidates = Sequence[Candidate]
QuestionsT = TypeVar("QuestionsT")


@dataclass(frozen=True, slots=True)
class Request:
    """A mention to link: characters `start` to `end` of `text`, in each of the wordings `surfaces` (none when
    the offsets are not in the text).

    Requests of one document with the same `group` share one link; "" stands alone. `label` is the NER's or the
    corpus's, "" where there is none. `part_of`: it asks about a name in a mention that may be a list of several; the
    numbers of that mention in its document, and of the list among the ways to read it. `among`: the number of the
    restriction that holds for it alone (`candidates.restriction`; 0: its label's).
    """

    text: str
    start: int
    end: int
    surfaces: tuple[str, ...]
    group: str = ""
    label: str = ""
    part_of: tuple[int, int] | None = None
    among: int = 0

    @property
    def short(self) -> str | None:
        """The surface that is an abbreviation whose long form is another one."""
        return self.surfaces[0] if len(self.surfaces) > 1 else None


class CandidateSource(Protocol[QuestionsT]):
    """Gives mentions their candidates, in two steps, so that the text of a batch can be read while the batch before it
    is worked on."""

    def ask(self, documents: Sequence[Sequence[Request]]) -> QuestionsT:
        """All that reads text: what is to be answered about the mentions of some documents."""

    def answer(self, questions: QuestionsT) -> list[list[Candidates]]:
        """The ranked candidates of each mention of each document, none where there are none."""
