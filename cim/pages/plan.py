"""Small plans as SVG: outlines seen from above, dots where something is, a scale and north."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely

from cim.arrays import Float64

_ACROSS = 400.0
"""Width of the drawing in its own units."""

_MARGIN = 24.0
_DOT = 5.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a plan."""

    x: float
    y: float
    kind: str
    """CSS class, such as `error`."""

    title: str
    target: str
    """Id of the row that it leads to; empty for none."""


def draw(
    outlines: Iterable[shapely.Geometry], dots: Sequence[Dot], heading_deg: float | None
) -> str:
    """An SVG element.

    Args:
        outlines: Polygons in metres, y up.
        dots: Drawn over them, in the same coordinates.
        heading_deg: Compass direction of y, for the north arrow; None: none is drawn.
    """
    shapes = [one for one in outlines if not one.is_empty]
    frame = _Frame.about(shapes, dots)
    parts = [
        *(f'<path class="outline" d="{"".join(_path(one, frame))}"/>' for one in shapes),
        *(_dot(dot, frame) for dot in dots),
        _scale(frame),
        "" if heading_deg is None else _north(heading_deg),
    ]
    box = f"0 0 {_ACROSS:g} {frame.height:.0f}"
    return f'<svg class="plan" viewBox="{box}" role="img">{"".join(parts)}</svg>'


@dataclass(frozen=True, slots=True)
class _Frame:
    """From metres to the drawing."""

    left: float
    top: float
    factor: float
    height: float

    @staticmethod
    def about(shapes: Sequence[shapely.Geometry], dots: Sequence[Dot]) -> "_Frame":
        """The frame that shows outlines and dots whole."""
        boxes = np.array([one.bounds for one in shapes]).reshape(-1, 4)
        points = np.array([(dot.x, dot.y) for dot in dots]).reshape(-1, 2)
        corners = np.concatenate((boxes[:, :2], boxes[:, 2:], points))
        if not len(corners):
            corners = np.zeros((1, 2))
        low, high = corners.min(axis=0), corners.max(axis=0)
        width, height = np.maximum(high - low, 1.0).tolist()
        inner = _ACROSS - 2 * _MARGIN
        factor = inner / max(width, height / 1.5)
        left = float(low[0]) - (inner / factor - width) / 2
        return _Frame(left, float(high[1]), factor, height * factor + 2 * _MARGIN)

    def of(self, xy: Float64) -> Float64:
        """Points of the drawing."""
        return (xy - (self.left, self.top)) * (self.factor, -self.factor) + _MARGIN


def _path(shape: shapely.Geometry, frame: _Frame) -> Iterator[str]:
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        points = frame.of(shapely.get_coordinates(ring)).round(1)
        yield "M" + "L".join(f"{x:g} {y:g}" for x, y in points[:-1].tolist()) + "Z"


def _dot(dot: Dot, frame: _Frame) -> str:
    ((x, y),) = frame.of(np.array([[dot.x, dot.y]])).round(1).tolist()
    title = f"<title>{escape(dot.title)}</title>"
    circle = f'<circle class="{dot.kind}" cx="{x:g}" cy="{y:g}" r="{_DOT:g}">{title}</circle>'
    return f'<a href="#{escape(dot.target)}">{circle}</a>' if dot.target else circle


def _scale(frame: _Frame) -> str:
    """A bar of a round length, a fifth to a half of the width."""
    most = 0.4 * (_ACROSS - 2 * _MARGIN) / frame.factor
    power = 10.0 ** np.floor(np.log10(most))
    length = float(max(step * power for step in (1, 2, 5) if step * power <= most))
    end, y = _MARGIN + length * frame.factor, frame.height - 8
    line = f'<path class="scale" d="M{_MARGIN:g} {y:.0f}H{end:.1f}"/>'
    return f'{line}<text x="{end + 4:.0f}" y="{y + 4:.0f}">{length:g} m</text>'


def _north(heading_deg: float) -> str:
    """An arrow to north: y looks to the heading, so north lies as much to the left of it."""
    turn = f"translate({_ACROSS - 18:g} 20) rotate({-heading_deg:.1f})"
    return f'<g class="north" transform="{turn}"><path d="M0 -12L5 8L0 4L-5 8Z"/></g>'
