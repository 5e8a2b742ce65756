"""Where a figure was taken, and how it is printed and written."""

import json
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def describe() -> dict[str, Any]:
    """Processor, threads of torch (where it is in use) and library versions; imports none of them."""
    info, torch = _cpu_info(), sys.modules.get("torch")
    return {
        "cpu": info.get("model name", platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads() if torch else 0,
        "flags": [flag for flag in _FLAGS if flag in info.get("flags", "").split()],
        "python": platform.python_version(),
        "torch": version("torch"),
        "transformers": version("transformers"),
    }


def publish(figures: dict[str, Any], output: Path | None) -> None:
    """Prints the figures, one a line, those of tables in tables indented, and writes them as JSON."""
    for line in _lines(figures):
        print(line)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf8")


def _lines(figures: dict[str, Any], indent: int = 0) -> Iterator[str]:
    for name, value in figures.items():
        if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            yield f"{'':{indent}}{name:>20}"
            yield from _lines(value, indent + 4)
        else:
            yield f"{'':{indent}}{name:>20}  {_printed(value)}"


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
