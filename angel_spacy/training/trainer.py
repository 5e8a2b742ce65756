"""Hugging Face's Trainer with our objectives. It knows batches and losses; nothing of linking."""

import json
import math
import time
from collections.abc import Callable, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainingArguments

from ..errors import ConfigError, TrainingError
from ..files import whole
from ..objectives.positive import NameBatch, name_logits, positive_loss
from ..objectives.preference import PairBatch, pair_log_probs, positive_term, preference_loss, preference_margin

Figures = dict[str, Tensor]  # what is logged beside the loss: means over the batch
Objective = Callable[[Any, dict[str, Any]], tuple[Tensor, Figures]]  # network, collated batch -> loss, figures


@dataclass(frozen=True)
class Schedule:
    """How one stage runs; the names are Hugging Face's. `steps` 0: one pass, where there is an end to the data."""

    steps: int = 0
    batch_size: int = 64
    learning_rate: float = 1e-3
    lr_scheduler: str = "cosine"
    warmup_steps: int = 300
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    label_smoothing: float = 0.1
    gradient_accumulation: int = 1
    gradient_checkpointing: bool = False
    bf16: bool = True
    save_steps: int = 1000
    log_steps: int = 50
    use_cpu: bool = False
    report_to: str = "none"

    def __post_init__(self) -> None:
        if min(self.batch_size, self.gradient_accumulation, self.save_steps, self.log_steps) < 1 or self.steps < 0:
            raise ConfigError(
                "batch_size, gradient_accumulation, save_steps, log_steps must be 1 or more: change them."
            )
        if self.learning_rate <= 0 or self.warmup_steps < 0:
            raise ConfigError("learning_rate must be above 0 and warmup_steps 0 or more: change them.")


@dataclass(frozen=True)
class PositiveObjective:
    """`positive_loss` of a NameBatch."""

    label_smoothing: float

    def __call__(self, network: Any, inputs: dict[str, Any]) -> tuple[Tensor, Figures]:
        """Scalar loss and nothing else."""
        batch = NameBatch(**inputs)
        return positive_loss(name_logits(network, batch), batch.targets, label_smoothing=self.label_smoothing), {}


@dataclass(frozen=True)
class PreferenceObjective:
    """`preference_loss` of a PairBatch whose `reference` (P, 2) comes with it, and the weighted positive term.

    `by_token`: means over a name's tokens instead of sums, which is what a search ranks by (length-normalised DPO,
    Lambert et al. 2024, section 5.1); `beta` is then to be some ten times as large.
    """

    beta: float
    positive_weight: float = 0.0
    by_token: bool = False

    def __call__(self, network: Any, inputs: dict[str, Any]) -> tuple[Tensor, Figures]:
        """Scalar loss; margin in nats, reward accuracy and what the chosen names' log-probability gained."""
        fields = dict(inputs)
        reference = fields.pop("reference")
        batch = PairBatch(**fields)
        policy = pair_log_probs(network, batch)
        scale = batch.lengths if self.by_token else 1.0
        loss = preference_loss(policy / scale, reference / scale, beta=self.beta)
        if self.positive_weight:
            loss = loss + self.positive_weight * positive_term(policy, batch.lengths)
        margin = preference_margin(policy.detach(), reference)
        gained = (policy.detach() - reference)[:, 0]
        return loss, {"margin": margin.mean(), "reward_accuracy": (margin > 0).float().mean(), "gained": gained.mean()}


class StageTrainer(Trainer):  # type: ignore[misc]  # transformers is not checked
    """Minimises an objective. The examples are drawn in order: their source has shuffled them already."""

    def __init__(self, *args: Any, objective: Objective, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model_accepts_loss_kwargs = False  # our loss is a mean: accumulated batches are averaged
        self._objective = objective
        self._watch = DivergenceWatch()
        self._since_log: list[Figures] = []
        self.totals: dict[str, float] = {}
        self.n_batches = self.n_tokens = 0

    def _get_train_sampler(self, train_dataset: Sized | None = None) -> SequentialSampler:
        return SequentialSampler(train_dataset or self.train_dataset)

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        """Scalar loss of one batch. Raises TrainingError when the run has diverged."""
        loss, figures = self._objective(model, inputs)
        self._watch.see(loss.item(), self.state.global_step)
        self._since_log.append(figures)
        for name, value in figures.items():
            self.totals[name] = self.totals.get(name, 0.0) + value.item()
        self.n_batches += 1
        self.n_tokens += int(inputs["attention_mask"].sum()) + len(inputs["targets"])
        return (loss, {}) if return_outputs else loss

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Adds the figures since the last time."""
        for name in self._since_log[0] if self._since_log else ():
            logs[name] = sum(figures[name].item() for figures in self._since_log) / len(self._since_log)
        self._since_log = []
        super().log(logs, *args, **kwargs)


class DivergenceWatch:
    """Stops a run whose loss is no number, or whose mean of late has risen far above the lowest it had.

    Far means threefold: sources of a mixture differ by less, and a model that forgets everything rises by more.
    """

    MEMORY, WARM = 0.98, 50

    def __init__(self) -> None:
        self._mean = 0.0
        self._lowest = math.inf
        self._n_seen = 0

    def see(self, loss: float, step: int) -> None:
        """Raises TrainingError with what can be done."""
        if not math.isfinite(loss):
            raise TrainingError(f"The loss is {loss} at step {step}: the run has diverged. {_REMEDY}")
        self._n_seen += 1
        self._mean += (loss - self._mean) * max(1 - self.MEMORY, 1 / self._n_seen)
        self._lowest = min(self._lowest, self._mean)
        if self._n_seen > self.WARM and self._mean > 3 * self._lowest + 1:
            raise TrainingError(
                f"The loss has risen from {self._lowest:.3g} to {self._mean:.3g} at step {step}: "
                f"the run diverges. {_REMEDY}"
            )


_REMEDY = (
    "Delete the stage's folder (the stage before is untouched) and begin it anew with a lower learning_rate (by 3 to "
    "10 times), more warmup_steps or a lower max_grad_norm."
)


def run_stage(
    network: torch.nn.Module,
    examples: Sized,
    collate: Callable[[Any], dict[str, Any]],
    objective: Objective,
    schedule: Schedule,
    folder: Path,
    *,
    seed: int,
) -> dict[str, float]:
    """Trains `network` in place, resuming from the newest checkpoint in `folder`; returns its metrics.

    Speeds are those of this process, since it was (re)started.
    """
    arguments = _arguments(schedule, folder, seed)
    try:
        trainer = StageTrainer(
            model=network, args=arguments, train_dataset=examples, data_collator=collate, objective=objective
        )
    except (RuntimeError, ValueError) as error:  # a logger that is not installed, or unknown
        raise ConfigError(f"report_to = {schedule.report_to!r} does not work here: {error} Or use 'none'.") from error
    checkpoint = newest_checkpoint(folder)
    started = time.perf_counter()
    result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    seconds = time.perf_counter() - started
    n_batches = max(1, trainer.n_batches)
    return {
        "steps": trainer.state.global_step,
        "resumed_at": _step_of(checkpoint),
        "loss": result.training_loss,
        **{name: total / n_batches for name, total in trainer.totals.items()},
        "seconds": seconds,
        "examples_per_second": trainer.n_batches * schedule.batch_size / seconds,
        "tokens_per_second": trainer.n_tokens / seconds,
    }


def write_metrics(metrics: dict[str, Any], path: Path) -> None:
    """As JSON, for people and `spacy project`; all or nothing, because other processes wait for the file."""
    with whole(path) as fresh:
        fresh.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf8")


def read_metrics(path: Path) -> dict[str, Any]:
    """What `write_metrics` wrote."""
    metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return metrics


def newest_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that was written to its end; the trainer's state is the last of its files."""
    whole = (state.parent for state in folder.glob("checkpoint-*/trainer_state.json") if _is_whole(state))
    return max(whole, key=_step_of, default=None)


def _is_whole(state: Path) -> bool:
    try:
        json.loads(state.read_text(encoding="utf8"))
    except ValueError:
        return False
    return True


def _step_of(checkpoint: Path | None) -> int:
    return int(checkpoint.name.rsplit("-", 1)[1]) if checkpoint else 0


def _arguments(schedule: Schedule, folder: Path, seed: int) -> TrainingArguments:
    try:
        return TrainingArguments(
            output_dir=str(folder),
            max_steps=schedule.steps or -1,
            num_train_epochs=1,
            per_device_train_batch_size=schedule.batch_size,
            gradient_accumulation_steps=schedule.gradient_accumulation,
            learning_rate=schedule.learning_rate,
            lr_scheduler_type=schedule.lr_scheduler,
            warmup_steps=schedule.warmup_steps,
            weight_decay=schedule.weight_decay,
            max_grad_norm=schedule.max_grad_norm,
            bf16=schedule.bf16,
            use_cpu=schedule.use_cpu,
            save_steps=schedule.save_steps,
            save_total_limit=2,
            logging_steps=schedule.log_steps,
            logging_nan_inf_filter=False,  # DivergenceWatch has looked
            report_to=schedule.report_to,
            remove_unused_columns=False,
            dataloader_num_workers=0,
            seed=seed,
            save_strategy="steps",
            disable_tqdm=False,
            **({"gradient_checkpointing": True} if schedule.gradient_checkpointing else {}),
        )
    except ValueError as error:
        raise ConfigError(f"These training settings do not work here: {error}. Change the stage's section.") from error
