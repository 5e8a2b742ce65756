"""Hugging Face's Trainer with our losses. It knows batches; nothing of linking."""

import time
from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainingArguments

from ..errors import ConfigError
from ..models.adapters import merged, save_adapter, with_lora
from ..models.attention import fast_attention
from ..objectives.objectives import Figures
from .batch_losses import BatchLoss
from .checkpoints import newest_checkpoint, step_of
from .divergence import DivergenceWatch
from .sections import Schedule

ADAPTER = "adapter"  # folder of what peft stores


class StageTrainer(Trainer):  # type: ignore[misc]  # transformers is not checked
    """Minimises the loss of batches. The examples are drawn in order: their source has shuffled them already."""

    def __init__(self, *args: Any, batch_loss: BatchLoss, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model_accepts_loss_kwargs = False  # our loss is a mean: accumulated batches are averaged
        self._batch_loss = batch_loss
        self._watch = DivergenceWatch()
        self._since_log: list[Figures] = []
        self.totals: dict[str, float] = {}
        self.n_batches = self.n_tokens = 0

    def _get_train_sampler(self, train_dataset: Sized | None = None) -> SequentialSampler:
        return SequentialSampler(train_dataset or self.train_dataset)

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        """Scalar loss of one batch. Raises TrainingError when the run has diverged."""
        with self.accelerator.autocast():  # losses reach past the forward that is wrapped for it
            loss, figures = self._batch_loss(model, inputs)
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


def run_stage(
    network: torch.nn.Module,
    examples: Sized,
    collate: Callable[[Any], dict[str, Any]],
    batch_loss: BatchLoss,
    schedule: Schedule,
    folder: Path,
    *,
    seed: int,
) -> dict[str, float]:
    """Trains `network` in place, resuming from the newest checkpoint in `folder`; returns its metrics.

    Speeds are those of this process, since it was (re)started.
    """
    arguments = _arguments(schedule, folder, seed)
    adapted = _adapted(network, schedule)
    try:
        trainer = StageTrainer(
            model=network, args=arguments, train_dataset=examples, data_collator=collate, batch_loss=batch_loss
        )
    except (RuntimeError, ValueError) as error:  # a logger that is not installed, or unknown
        raise ConfigError(f"report_to = {schedule.report_to!r} does not work here: {error} Or use 'none'.") from error
    checkpoint = newest_checkpoint(folder)
    started = time.perf_counter()
    with fast_attention(network):
        result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    seconds = time.perf_counter() - started
    if adapted is not None:
        save_adapter(adapted, folder / ADAPTER)
        merged(adapted)
    n_batches = max(1, trainer.n_batches)
    return {
        "steps": trainer.state.global_step,
        "resumed_at": step_of(checkpoint),
        "loss": result.training_loss,
        **{name: total / n_batches for name, total in trainer.totals.items()},
        "seconds": seconds,
        "examples_per_second": trainer.n_batches * schedule.batch_size / seconds,
        "tokens_per_second": trainer.n_tokens / seconds,
    }


def _adapted(network: Any, schedule: Schedule) -> Any:
    """The network with adapters in its layers, the only weights that learn; None where all do."""
    if not schedule.lora_rank:
        return None
    return with_lora(network, rank=schedule.lora_rank, alpha=schedule.lora_alpha, targets=schedule.lora_targets)


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
