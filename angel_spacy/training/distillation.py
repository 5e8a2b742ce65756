"""A small generator that learns from what a large one answers, on texts that nobody annotated."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from random import Random

from ..candidates.generated import Generated
from ..candidates.settings import Search
from ..errors import ConfigError
from ..models.generator import Generator
from ..objectives.answers import Answer, weighed
from ..objectives.batching import AnswerCollator, ReadAnswer, as_tokens
from ..prompts import PromptFormat
from .batch_losses import answer_batch_loss
from .network import fresh_generator, sized_generator
from .outputs import GENERATOR, METRICS, save_generator, write_metrics
from .processes import once
from .sections import NetworkSize, Schedule
from .tokenizer import train_tokenizer
from .trainer import run_stage

Span = tuple[str, int, int]

_AT_ONCE = 2048  # questions to a teacher


def answers(
    teacher: Generated, spans: Iterable[Span], search: Search, *, top: int, temperature: float = 1.0
) -> Iterator[Answer]:
    """What the teacher answers for each (text, start, end): its `top` names; nothing where it has none."""
    spans = iter(spans)
    while some := list(islice(spans, _AT_ONCE)):
        prompts = teacher.generator.prompter.prompts(some)
        for span, of in zip(some, teacher.hypotheses(prompts, search), strict=True):
            if best := of[:top]:
                names = tuple(teacher.index.name(one.leaf) for one in best)
                yield Answer(*span, names, weighed([one.log_prob for one in best], temperature=temperature))


def names_alone(names: Iterable[str]) -> Iterator[Span]:
    """Names as mentions without context: what a vocabulary's own words mean."""
    return ((name, 0, len(name)) for name in names)


@dataclass(frozen=True)
class Distillation:
    """A student's training on the `answers` of a `teacher`, in `folder`, resumable. It has a tokenizer of `vocab_size`
    tokens, learnt from the answers; 0: the teacher's."""

    answers: Sequence[Answer]
    folder: Path
    size: NetworkSize
    schedule: Schedule
    teacher: Generator
    vocab_size: int = 0
    seed: int = 0

    def student(self) -> Generator:
        """The trained student. Raises ConfigError for no answers, TrainingError for a run that diverges."""
        if not self.answers:
            raise ConfigError("The teacher answered nothing: give texts that its pipeline finds mentions in.")
        start, target = self.folder / "start", self.folder / GENERATOR
        once(start, lambda: save_generator(self._fresh(), start))
        once(target, lambda: save_generator(self._learnt(start), target))
        return Generator.from_folder(target)

    def _fresh(self) -> Generator:
        theirs = self.teacher.prompter.form
        form = PromptFormat(theirs.start, theirs.end, theirs.copula, theirs.context_words, theirs.normaliser)
        if self.vocab_size:
            texts = chain.from_iterable((one.text, *one.names) for one in self.answers)
            return fresh_generator(self.size, train_tokenizer(texts, self.vocab_size), form, seed=self.seed)
        tokenizer, special = self.teacher.tokenizer, self.teacher.prompter.special
        return sized_generator(self.size, tokenizer, form, special, seed=self.seed)

    def _learnt(self, start: Path) -> Generator:
        generator = Generator.from_folder(start)
        examples = Drawn(as_tokens(generator.prompter, self.answers), self.schedule, self.seed)
        collate = AnswerCollator(generator.prompter)
        generator.network.train()
        metrics = run_stage(
            generator.network, examples, collate, answer_batch_loss, self.schedule, self.folder, seed=self.seed
        )
        generator.network.eval()
        said = {**metrics, "n_answers": len(self.answers), "size": asdict(self.size)}
        once(self.folder / METRICS, lambda: write_metrics(said, self.folder / METRICS))
        return generator


class Drawn:
    """As many answers as a schedule takes, in an order that is new in every pass; example i is the same on every
    machine. A pool of batches is sorted by length, so that short and long prompts do not pad each other."""

    _POOL = 50  # batches

    def __init__(self, answers: Sequence[ReadAnswer], schedule: Schedule, seed: int) -> None:
        self._answers, self._size, self._seed = answers, schedule.batch_size, seed
        self._n = schedule.steps * schedule.gradient_accumulation * schedule.batch_size
        self._pool: tuple[int, list[int]] = -1, []

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, i: int) -> ReadAnswer:
        number, within = divmod(i, self._POOL * self._size)
        if self._pool[0] != number:
            self._pool = number, self._drawn(number)
        return self._answers[self._pool[1][within]]

    def _drawn(self, number: int) -> list[int]:
        rng = Random(f"{self._seed} pool {number}")
        drawn = rng.choices(range(len(self._answers)), k=self._POOL * self._size)
        drawn.sort(key=lambda i: len(self._answers[i].prompt.input_ids))
        batches = [drawn[start : start + self._size] for start in range(0, len(drawn), self._size)]
        rng.shuffle(batches)
        return list(chain.from_iterable(batches))
