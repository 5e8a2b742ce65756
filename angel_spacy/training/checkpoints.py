"""The checkpoints of Hugging Face's Trainer that a run can go on from."""

import json
from pathlib import Path


def newest_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that was written to its end; the trainer's state is the last of its files."""
    complete = (state.parent for state in folder.glob("checkpoint-*/trainer_state.json") if _is_whole(state))
    return max(complete, key=step_of, default=None)


def step_of(checkpoint: Path | None) -> int:
    """How many steps had been made; 0 without a checkpoint."""
    return int(checkpoint.name.rsplit("-", 1)[1]) if checkpoint else 0


def _is_whole(state: Path) -> bool:
    try:
        json.loads(state.read_text(encoding="utf8"))
    except ValueError:
        return False
    return True
