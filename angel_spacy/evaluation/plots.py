"""Small plots as SVG text: they need nothing but a browser."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 420, 300, 52, 14, 14, 44
_BAR = 26  # height of a bar with the gap below it
_COLORS = ("#1c7ed6", "#e8590c", "#2b8a3e", "#862e9c", "#868e96")

Point = tuple[float, float]


class Line(NamedTuple):
    """Points (x, y) in 0 to 1, joined by a line; `sizes` are the areas of their dots, as shares of the largest."""

    name: str
    points: Sequence[Point]
    sizes: Sequence[float] = ()


class Bar(NamedTuple):
    """A share, 0 to 1, with its interval."""

    name: str
    value: float
    interval: Sequence[float] = ()


def lines(drawn: Sequence[Line], x: str, y: str, *, diagonal: bool = False, least_y: float = 0.0) -> str:
    """Lines over axes from 0 to 1, y from `least_y`; `x` and `y` name the axes."""
    parts = [_axes(x, y, least_y)]
    if diagonal:
        (x1, y1), (x2, y2) = _at(0.0, 0.0, least_y), _at(1.0, 1.0, least_y)
        parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="diagonal"/>')
    for number, line in enumerate(drawn):
        color = _COLORS[number % len(_COLORS)]
        places = [_at(*point, least_y) for point in line.points]
        path = "L".join(f"{px:.1f} {py:.1f}" for px, py in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>' if places else "")
        for (px, py), size in zip(places, line.sizes, strict=False):
            parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{2 + 6 * size**0.5:.1f}" fill="{color}"/>')
        parts.append(_legend(line.name, color, number) if len(drawn) > 1 else "")
    names = ", ".join(line.name for line in drawn)
    return _svg(_WIDTH, _HEIGHT, f"{y} by {x}: {names}", parts)


def bars(drawn: Sequence[Bar]) -> str:
    """Horizontal bars from 0 to 100%, with their intervals as whiskers."""
    left, width = 190, 640
    span = width - left - 60
    parts = []
    for number, bar in enumerate(drawn):
        y = 6 + number * _BAR
        parts.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(bar.name)}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{span * bar.value:.1f}" height="16" fill="#a5d8ff"/>')
        if bar.interval:
            low, high = (left + span * one for one in bar.interval)
            parts.append(f'<path d="M{low:.1f} {y + 8}L{high:.1f} {y + 8}" stroke="#1864ab" stroke-width="2"/>')
        end = left + span * max(bar.value, *bar.interval) if bar.interval else left + span * bar.value
        parts.append(f'<text x="{end + 6:.1f}" y="{y + 13}">{100 * bar.value:.1f}</text>')
    names = ", ".join(f"{bar.name} {100 * bar.value:.1f}%" for bar in drawn)
    return _svg(width, 12 + _BAR * len(drawn), names, parts)


def _axes(x: str, y: str, least_y: float) -> str:
    (left, bottom), (right, top) = _at(0.0, least_y, least_y), _at(1.0, 1.0, least_y)
    parts = [f'<path d="M{left} {top}L{left} {bottom}L{right} {bottom}" class="axis"/>']
    for tick in range(6):
        share = tick / 5
        px, _ = _at(share, least_y, least_y)
        value = least_y + share * (1 - least_y)
        _, py = _at(0.0, value, least_y)
        parts.append(f'<text x="{px:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{share:.1f}</text>')
        parts.append(f'<text x="{left - 6:.1f}" y="{py + 4:.1f}" text-anchor="end">{value:.2f}</text>')
        parts.append(f'<path d="M{left} {py:.1f}L{right} {py:.1f}" class="grid"/>')
    middle = (left + right) / 2, (top + bottom) / 2
    parts.append(f'<text x="{middle[0]:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x)}</text>')
    turned = f'transform="rotate(-90 14 {middle[1]:.1f})"'
    parts.append(f'<text x="14" y="{middle[1]:.1f}" text-anchor="middle" {turned}>{escape(y)}</text>')
    return "".join(parts)


def _legend(name: str, color: str, number: int) -> str:
    y = _HEIGHT - _BOTTOM - 14 - 18 * number
    x = _WIDTH - _RIGHT - 170
    box = f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{color}"/>'
    return f'{box}<text x="{x + 16}" y="{y}">{escape(name)}</text>'


def _at(x: float, y: float, least_y: float) -> Point:
    share = (y - least_y) / (1 - least_y)
    return _LEFT + x * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - max(0.0, share) * (_HEIGHT - _TOP - _BOTTOM)


def _svg(width: int, height: int, told: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(told)}">{"".join(parts)}</svg>'
    )
