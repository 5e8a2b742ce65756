"""Hugging Face's Trainer with our objective. It knows batches and losses; nothing of linking."""

import json
import time
from collections.abc import Callable, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainingArguments

from .positive import NameBatch, name_logits, positive_loss


@dataclass(frozen=True)
class Schedule:
    """How one stage runs; the names are Hugging Face's."""

    steps: int
    batch_size: int = 64
    learning_rate: float = 1e-3
    lr_scheduler: str = "cosine"
    warmup_steps: int = 300
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    label_smoothing: float = 0.1
    gradient_accumulation: int = 1
    bf16: bool = True
    save_steps: int = 1000
    log_steps: int = 50
    use_cpu: bool = False
    report_to: str = "none"


class NameTrainer(Trainer):  # type: ignore[misc]  # transformers is not checked
    """Minimises `positive_loss`. The examples are drawn in order: their source has shuffled them already."""

    def __init__(self, *args: Any, name_smoothing: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model_accepts_loss_kwargs = False  # our loss is a mean: accumulated batches are averaged
        self._smoothing = name_smoothing

    def _get_train_sampler(self, train_dataset: Sized | None = None) -> SequentialSampler:
        return SequentialSampler(train_dataset or self.train_dataset)

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        """Scalar loss of one batch."""
        batch = NameBatch(**inputs)
        loss = positive_loss(name_logits(model, batch), batch.targets, label_smoothing=self._smoothing)
        return (loss, {}) if return_outputs else loss


def run_stage(
    network: torch.nn.Module,
    examples: Sized,
    collate: Callable[[Any], dict[str, Any]],
    schedule: Schedule,
    folder: Path,
    *,
    seed: int,
) -> dict[str, float]:
    """Trains `network` in place, resuming from the newest checkpoint in `folder`; returns and writes its metrics."""
    trainer = NameTrainer(
        model=network,
        args=_arguments(schedule, folder, seed),
        train_dataset=examples,
        data_collator=collate,
        name_smoothing=schedule.label_smoothing,
    )
    checkpoint = newest_checkpoint(folder)
    started = time.perf_counter()
    result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    seconds = time.perf_counter() - started
    n_steps = trainer.state.global_step - _step_of(checkpoint)
    n_examples = n_steps * schedule.batch_size * schedule.gradient_accumulation
    metrics = {
        "steps": trainer.state.global_step,
        "resumed_at": _step_of(checkpoint),
        "loss": result.training_loss,
        "seconds": seconds,
        "examples_per_second": n_examples / seconds,
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf8")
    return metrics


def newest_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that was written to its end; the trainer's state is the last of its files."""
    whole = (state.parent for state in folder.glob("checkpoint-*/trainer_state.json"))
    return max(whole, key=_step_of, default=None)


def _step_of(checkpoint: Path | None) -> int:
    return int(checkpoint.name.rsplit("-", 1)[1]) if checkpoint else 0


def _arguments(schedule: Schedule, folder: Path, seed: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=schedule.steps,
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
        report_to=schedule.report_to,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        seed=seed,
        save_strategy="steps",
        disable_tqdm=False,
    )
