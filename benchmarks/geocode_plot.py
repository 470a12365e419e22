"""The reliability curve as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_SIDE: Final = 320
_EDGE: Final = 48
_COLOURS: Final = ("#1565c0", "#c62828", "#2e7d32")

type Curve = Sequence[tuple[float, float, int]]


def reliability_svg(curves: Mapping[str, Curve]) -> str:
    """Share of right answers over confidence, a line for each city.

    Args:
        curves: Mean confidence, share of right answers and number of answers in each bin.
    """
    size = _SIDE + 2 * _EDGE
    low, high = _EDGE, _EDGE + _SIDE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">',
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<path d="M{low} {low}V{high}H{high}" fill="none" stroke="#444"/>',
        f'<path d="M{low} {high}L{high} {low}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for tenth in range(0, 11, 2):
        at = _SIDE * tenth / 10
        told = f"{tenth / 10:.1f}"
        parts.append(f'<text x="{low + at}" y="{high + 16}" text-anchor="middle">{told}</text>')
        parts.append(f'<text x="{low - 6}" y="{high - at + 4}" text-anchor="end">{told}</text>')
    middle = size / 2
    parts.append(f'<text x="{middle}" y="{size - 10}" text-anchor="middle">confidence</text>')
    parts.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        "share of right answers</text>"
    )
    for number, (name, curve) in enumerate(curves.items()):
        parts += _curve(name, curve, _COLOURS[number % len(_COLOURS)], number)
    return "\n".join([*parts, "</svg>\n"])


def _curve(name: str, curve: Curve, colour: str, number: int) -> list[str]:
    """One line with its points, larger where more answers are, and its name."""
    places = [
        (_EDGE + _SIDE * told, _EDGE + _SIDE * (1 - right), count) for told, right, count in curve
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + min(count, 2000) ** 0.25 / 2:.1f}" '
        f'fill="{colour}"/>'
        for x, y, count in places
    ]
    row = _EDGE + 16 * (number + 1)
    title = f'<text x="{_EDGE + 12}" y="{row}" fill="{colour}">{name}</text>'
    return [f'<polyline points="{line}" fill="none" stroke="{colour}"/>', *dots, title]


def write_plot(curves: Mapping[str, Curve], target: Path) -> None:
    """Write the picture."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(reliability_svg(curves), "utf-8")
