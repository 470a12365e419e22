"""A small map as SVG: features, grid lines with their degrees, the city's outline, a scale.

Nothing is fetched: no tiles, no scripts, no fonts. Longitude is shrunk by the cosine of the
middle latitude, so that a city keeps its shape.
"""

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from markupsafe import Markup

from cim.arrays import Float64, Objects
from cim.catalog import Bounds

WIDTH = 720.0
LOWEST, HIGHEST = 260.0, 460.0
"""Heights between which the drawing follows the shape of what it shows."""

MARGIN = 0.06
"""Share of the extent that stays free around it."""

LEAST_DEG = 0.0008
"""Extent of the map of a single point, about 90 m."""

MOST_BYTES = 60_000
"""Of drawn features; what comes after is left out."""

BACKDROP_BYTES = 40_000
"""Of what lies under them."""

DETAIL = 0.6
"""Units of the drawing that a simplified line may stray."""

METRES_A_DEGREE = 111_320.0
GRID_LINES = 5
"""About how many grid lines a direction gets."""

SCALE_SHARE = 0.3
"""Greatest share of the width that the scale bar takes."""

KINDS = {0: "point", 1: "line"}
"""CSS class of a feature by its dimension; what is neither is an area."""

WORLD: Bounds = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """A feature on the map."""

    geometry: shapely.Geometry
    """Longitude and latitude."""

    label: str = ""
    href: str = ""
    """Where it leads; empty for nowhere."""

    style: str = ""
    """CSS class; empty for that of its dimension, as of the features the map is about."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What part of the earth the drawing shows, and how."""

    west: float
    north: float
    x_scale: float
    """Units of the drawing a degree of longitude."""

    y_scale: float
    height: float

    @staticmethod
    def around(bounds: Bounds) -> "Frame":
        """The frame that shows the bounds whole, in the middle."""
        west, south, east, north = bounds
        middle = (south + north) / 2
        squeeze = max(math.cos(math.radians(middle)), 0.05)
        wide = max(east - west, LEAST_DEG) * (1 + 2 * MARGIN)
        tall = max(north - south, LEAST_DEG) * (1 + 2 * MARGIN)
        height = min(max(WIDTH * tall / (wide * squeeze), LOWEST), HIGHEST)
        y_scale = min(WIDTH / (wide * squeeze), height / tall)
        x_scale = y_scale * squeeze
        return Frame(
            (west + east) / 2 - WIDTH / 2 / x_scale,
            middle + height / 2 / y_scale,
            x_scale,
            y_scale,
            height,
        )

    @property
    def bounds(self) -> Bounds:
        """West, south, east and north of the drawing."""
        east = self.west + WIDTH / self.x_scale
        return self.west, self.north - self.height / self.y_scale, east, self.north

    def of(self, lon_lat: Float64) -> Float64:
        """(n, 2) points of the drawing, y downward."""
        return (lon_lat - (self.west, self.north)) * (self.x_scale, -self.y_scale)


@dataclass(frozen=True, slots=True)
class Map:
    """What a map shows, and what it says to those who do not see it."""

    shapes: Sequence[Shape]
    bounds: Bounds
    label: str
    outline: Objects
    """Polygons of the city in longitude and latitude; none where it is not known."""

    backdrop: Sequence[Shape] = ()
    """What lies under the features, from the bottom up."""


def draw(shown: Map) -> Markup:
    """The SVG element."""
    frame = Frame.around(_within_world(shown.bounds))
    parts = (
        f'<svg class="map" viewBox="0 0 {WIDTH:g} {frame.height:.0f}" role="img"',
        f' aria-label="{escape(shown.label)}"><g class="ground">',
        *_city(shown.outline, frame, "city"),
        *_within(shown.backdrop, frame, BACKDROP_BYTES),
        *_city(shown.outline, frame, "border"),
        *_grid(frame),
        "</g>",
        *_within(_largest_first(shown.shapes), frame, MOST_BYTES),
        *_labels(frame),
        _scale(frame),
        "</svg>",
    )
    return Markup("".join(parts))  # noqa: S704 - numbers and escaped text only


def extent(geometry: Objects) -> Bounds | None:
    """Bounds of geometries, None when there are none."""
    if not len(geometry):
        return None
    west, south, east, north = shapely.total_bounds(geometry).tolist()
    return None if math.isnan(west) else (west, south, east, north)


def _within_world(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)


def _city(outline: Objects, frame: Frame, style: str) -> Iterator[str]:
    for polygon in outline:
        path = _path(polygon, frame)
        if path:
            yield f'<path class="{style}" d="{path}"/>'


def _largest_first(shapes: Sequence[Shape]) -> list[Shape]:
    """Large features below small ones."""
    return sorted(shapes, key=lambda shape: -float(shapely.area(shape.geometry)))


def _within(shapes: Iterable[Shape], frame: Frame, most: int) -> Iterator[str]:
    """Features as paths, until the drawing is heavy enough."""
    size = 0
    for shape in shapes:
        text = _feature(shape, frame)
        size += len(text)
        if size > most:
            break
        yield text


def _feature(shape: Shape, frame: Frame) -> str:
    path = _path(shape.geometry, frame)
    kind = shape.style or KINDS.get(int(shapely.get_dimensions(shape.geometry)), "area")
    title = f"<title>{escape(shape.label)}</title>" if shape.label else ""
    drawn = f'<path class="{kind}" d="{path}">{title}</path>'
    if not (path and shape.href):
        return drawn if path else ""
    return f'<a href="{escape(shape.href)}" tabindex="-1">{drawn}</a>'


def _path(geometry: shapely.Geometry, frame: Frame) -> str:
    drawn = shapely.transform(geometry, frame.of)
    clipped = _clipped(drawn, frame)
    return "".join(_parts(shapely.simplify(clipped, DETAIL)))


def _clipped(drawn: shapely.Geometry, frame: Frame) -> shapely.Geometry:
    """What lies near the drawing; what cannot be cut is kept whole."""
    try:
        return shapely.clip_by_rect(drawn, -50, -50, WIDTH + 50, frame.height + 50)
    except shapely.errors.GEOSException:
        return drawn


def _parts(geometry: shapely.Geometry) -> Iterator[str]:
    for part in shapely.get_parts(geometry):
        kind = shapely.get_type_id(part)
        if kind == shapely.GeometryType.POLYGON:
            yield from (_line(ring) + "z" for ring in shapely.get_rings(part))
        elif kind in {shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING}:
            yield _line(part)
        elif kind == shapely.GeometryType.POINT and not shapely.is_empty(part):
            ((x, y),) = shapely.get_coordinates(part).tolist()
            yield f"M{x:.1f} {y:.1f}h0"
        elif shapely.get_num_geometries(part) > 1:
            yield from _parts(part)


def _line(line: shapely.Geometry) -> str:
    """Points of a line: the first as it is, each other relative to the one before, in tenths."""
    points = np.rint(shapely.get_coordinates(line) * 10).astype(np.int64)
    if not len(points):
        return ""
    steps = np.diff(points, axis=0)
    steps = steps[steps.any(axis=1)]
    moves = " ".join(f"{x / 10:g} {y / 10:g}" for x, y in steps.tolist()) or "0 0"
    return f"M{points[0, 0] / 10:g} {points[0, 1] / 10:g}l{moves}"


@functools.cache
def _steps() -> tuple[float, ...]:
    return tuple(factor * 10.0**power for power in range(-6, 3) for factor in (1.0, 2.0, 5.0))


def _lines(low: float, high: float) -> tuple[float, list[float]]:
    """A round step, and its multiples between two values."""
    step = next((one for one in _steps() if (high - low) / one <= GRID_LINES), 90.0)
    first, last = math.ceil(low / step), math.floor(high / step)
    return step, [number * step for number in range(first, last + 1)]


def _grid(frame: Frame) -> Iterator[str]:
    west, south, east, north = frame.bounds
    for lon in _lines(west, east)[1]:
        yield f'<path class="grid" d="M{(lon - west) * frame.x_scale:.1f} 0V{frame.height:.0f}"/>'
    for lat in _lines(south, north)[1]:
        yield f'<path class="grid" d="M0 {(north - lat) * frame.y_scale:.1f}H{WIDTH:g}"/>'


def _labels(frame: Frame) -> Iterator[str]:
    """Degrees beside the grid lines, at the upper and the left edge."""
    west, south, east, north = frame.bounds
    step, lons = _lines(west, east)
    for lon in lons:
        x = (lon - west) * frame.x_scale + 3
        if x < WIDTH - 70:
            yield f'<text x="{x:.0f}" y="12">{_degrees(lon, step, "EW")}</text>'
    step, lats = _lines(south, north)
    for lat in lats:
        y = (north - lat) * frame.y_scale - 3
        if y > 26:  # noqa: PLR2004 - below the labels of the upper edge
            yield f'<text x="3" y="{y:.0f}">{_degrees(lat, step, "NS")}</text>'


def _degrees(value: float, step: float, letters: str) -> str:
    decimals = max(0, -math.floor(math.log10(step)))
    letter = letters[0] if value >= 0 else letters[1]
    return f"{abs(value):.{decimals}f}°{letter}"


def _scale(frame: Frame) -> str:
    """A bar of a round length in the lower right corner."""
    units_a_metre = frame.y_scale / METRES_A_DEGREE
    most = WIDTH * SCALE_SHARE / units_a_metre
    power = 10.0 ** math.floor(math.log10(most))
    length = max(factor * power for factor in (1.0, 2.0, 5.0) if factor * power <= most)
    bar = length * units_a_metre
    y = frame.height - 10
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004 - 1 km
    left = WIDTH - 12 - bar
    return (
        f'<path class="scale" d="M{left:.1f} {y - 4:.0f}v4h{bar:.1f}v-4"/>'
        f'<text class="scale-text" x="{WIDTH - 12:g}" y="{y - 7:.0f}">{text}</text>'
    )
