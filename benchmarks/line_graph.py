"""Draw lines over time as SVG: panels one below the other, each with its own scale from 0."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Panel", "line_graph", "round_step"]

# Told apart also by those who see no red or no green, and without colour by the dashes.
STROKES: Final = (("#0072b2", ""), ("#d55e00", "7 4"), ("#444444", "2 3"))
WIDTH: Final = 760
PANEL: Final = 200
LEFT: Final = 64
RIGHT: Final = 16
TOP: Final = 34
STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Panel:
    """Hold a title, and the points of each line by its name."""

    title: str
    lines: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Scale:
    """Hold where a panel begins and what its far corner stands for."""

    top: float
    last_x: float
    highest: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is drawn."""
        width, height = WIDTH - LEFT - RIGHT, PANEL - TOP
        return LEFT + width * x / self.last_x, self.top + height * (1 - y / self.highest)


def line_graph(panels: Sequence[Panel], x_title: str) -> str:
    """Return the drawing as a document of its own."""
    height = len(panels) * PANEL + 40
    attributes = 'role="img" font-family="sans-serif" font-size="12" fill="#222"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {attributes}>',
        f"<title>{escape('; '.join(panel.title for panel in panels))}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, number * PANEL + TOP)
    parts += _below(panels, x_title, len(panels) * PANEL)
    return "\n".join([*parts, "</svg>"])


def round_step(highest: float) -> float:
    """Return the round distance of about four lines up to a value.

    >>> round_step(87)
    25.0
    """
    if highest <= 0:
        return 1.0
    power = 10.0 ** floor(log10(highest / STEPS))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if STEPS * step * power >= highest)


def _panel(panel: Panel, top: float) -> list[str]:
    points = [point for line in panel.lines.values() for point in line if isfinite(point[1])]
    step = round_step(max((y for _, y in points), default=0))
    scale = Scale(top, _last_x(panel), STEPS * step)
    parts = [f'<text x="{LEFT}" y="{top - 12:.0f}" font-weight="bold">{escape(panel.title)}</text>']
    for number in range(STEPS + 1):
        _, y = scale.place(0, number * step)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        label = f"{number * step:,.6g}"
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for number, line in enumerate(panel.lines.values()):
        parts.append(_line(scale, line, number))
    return parts


def _last_x(panel: Panel) -> float:
    return max((x for line in panel.lines.values() for x, _ in line), default=1) or 1


def _line(scale: Scale, line: Sequence[tuple[float, float]], number: int) -> str:
    colour, dashes = STROKES[number % len(STROKES)]
    placed = [scale.place(x, y) for x, y in line if isfinite(y)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/>'
    )


def _below(panels: Sequence[Panel], x_title: str, top: float) -> list[str]:
    """Write the ends of the common axis, and which line is whose."""
    last = _last_x(panels[0])
    end = f"{last:.0f} {escape(x_title)}"
    parts = [
        f'<text x="{LEFT}" y="{top + 16:.0f}">0</text>',
        f'<text x="{WIDTH - RIGHT}" y="{top + 16:.0f}" text-anchor="end">{end}</text>',
    ]
    for number, name in enumerate(panels[0].lines):
        colour, dashes = STROKES[number % len(STROKES)]
        x = LEFT + 80 + 170 * number
        parts.append(
            f'<path d="M{x} {top + 28:.0f}h28" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
            f'<text x="{x + 36}" y="{top + 32:.0f}">{escape(name)}</text>'
        )
    return parts
