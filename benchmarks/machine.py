"""Where a figure was taken, and how it is printed and written."""

import json
import os
import platform
from pathlib import Path
from typing import Any

import torch
import transformers

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def describe() -> dict[str, Any]:
    """Processor, threads and library versions."""
    info = _cpu_info()
    return {
        "cpu": info.get("model name", platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "flags": [flag for flag in _FLAGS if flag in info.get("flags", "").split()],
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def publish(figures: dict[str, Any], output: Path | None) -> None:
    """Prints the figures, one a line, and writes them as JSON."""
    for name, value in figures.items():
        print(f"{name:>20}  {_printed(value)}")
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf8")


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {_printed(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_printed, value))
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _cpu_info() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo; nothing where there is no such file."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().split("\n\n")[0].splitlines() if path.exists() else []
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}
