"""Many points of one source in an Earth-fixed Cartesian frame, fast and with a proven error.

Exact transformation costs about half a microsecond a point. Within a box of some kilometres the
way from a map projection to a Cartesian frame is as smooth as the Earth is round: with a half
width a and the Earth's radius R, a polynomial of degree d misses it by about a (a / 2R)^d. So a
polynomial is fitted to each batch through exactly transformed nodes, and taken only if it agrees
with the exact way at the points of a finer grid within `TOLERANCE_M`. Where it does not, as
across the seams of datum grids, every point goes the exact way.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cim._crs_routes import Route, find_route
from cim.arrays import Bool, Float64
from cim.crs import CITY_CRS
from cim.errors import SourceDataError
from cim.frames import ecef_from_geodetic

TOLERANCE_M = 1e-5
"""Largest difference between the polynomial and the exact way, seen on the finer grid."""

HIGHEST_M = 20_000.0
"""Nothing that a survey measures stands higher above the ellipsoid, or deeper below it."""

_DEGREES = (2, 3, 4, 5)
_FEWEST = 2_000
"""Fewer points are transformed one by one."""

_BLOCK = 8_192
"""Points whose terms fit the processor's cache."""

_MOST = 0.5

type Exact = Callable[[Float64], tuple[Float64, Bool]]
"""(n, 3) source coordinates to (n, 3) positions in a frame, and which of them are reached."""


@dataclass(frozen=True, slots=True)
class PlacedPoints:
    """Points in the frame wanted."""

    positions: Float64
    """(k, 3) metres in the frame."""

    kept: Bool | None
    """(n,) which points of the source these are; None: all."""

    dropped: Counter[str]
    """Points left out, by reason."""


@dataclass(frozen=True, slots=True)
class PointPlacer:
    """The way of a source's points to the Earth."""

    route: Route
    swap_axes: bool
    where: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the way."""
        return self.route.notes + self.route.heights.notes

    def ecef(self, xyz: Float64) -> tuple[Float64, Bool]:
        """(n, 3) Earth-centred positions the exact way, and which are reached and legal."""
        ordered = xyz[:, [1, 0, 2]] if self.swap_axes else xyz
        legal = np.isfinite(ordered).all(axis=1) & self.route.tolerant.holds(*ordered.T[:2])
        positions, reached = np.zeros((len(xyz), 3)), legal.copy()
        positions[legal], reached[legal] = _exact(self.route, ordered[legal])
        return positions, reached

    def place(self, xyz: Float64, frame: Float64) -> PlacedPoints:
        """Points in a Cartesian frame.

        Args:
            xyz: (n, 3) in the source CRS.
            frame: (4, 4) from the frame wanted to Earth-centred coordinates; rigid.

        Raises:
            SourceDataError: The axes of most points look swapped.
        """
        ordered = xyz[:, [1, 0, 2]] if self.swap_axes else xyz
        kept, dropped = self._judge(ordered)
        chosen = ordered if kept is None else ordered[kept]
        if not len(chosen):
            return PlacedPoints(np.zeros((0, 3)), kept, dropped)
        exact = _in_frame(self.route, frame)
        patch = None if self.route.coverage is not None else fit(chosen, exact)
        if patch is not None:
            return PlacedPoints(patch.evaluate(chosen), kept, dropped)
        positions, reached = exact(chosen)
        if reached.all():
            return PlacedPoints(positions, kept, dropped)
        dropped[f"no published transformation from {self.route.source} holds here"] += int(
            np.count_nonzero(~reached)
        )
        whole = np.ones(len(ordered), np.bool_) if kept is None else kept.copy()
        whole[np.flatnonzero(whole)[~reached]] = False
        return PlacedPoints(positions[reached], whole, dropped)

    def _judge(self, xyz: Float64) -> tuple[Bool | None, Counter[str]]:
        """Which points lie where the CRS is used, None for all; and the others by reason."""
        ends = extremes(xyz) if len(xyz) else np.zeros((2, 3))
        tolerant = self.route.tolerant
        level = bool(np.isfinite(ends).all() and (np.abs(ends[:, 2]) <= HIGHEST_M).all())
        if level and _is_plain(tolerant.bounds) and tolerant.holds(*ends.T[:2]).all():
            return None, Counter()
        finite = np.isfinite(xyz).all(axis=1)
        inside = finite & tolerant.holds(xyz[:, 0], xyz[:, 1])
        self._check_axes(xyz, finite & ~inside)
        kept = inside & (np.abs(xyz[:, 2]) <= HIGHEST_M)
        dropped = {
            "a coordinate is not a finite number": np.count_nonzero(~finite),
            f"outside the area of {self.route.source}: legal {tolerant}": np.count_nonzero(
                finite & ~inside
            ),
            f"a height beyond {HIGHEST_M:g} m": np.count_nonzero(inside & ~kept),
        }
        return kept, Counter({reason: int(count) for reason, count in dropped.items() if count})

    def _check_axes(self, xyz: Float64, outside: Bool) -> None:
        """Raises SourceDataError if most points fit with x and y exchanged only."""
        fits = outside & self.route.exact.holds(xyz[:, 1], xyz[:, 0])
        if np.count_nonzero(fits) > _MOST * len(fits):
            x, y, _ = xyz[int(np.argmax(fits))].tolist()
            raise SourceDataError(
                f"the axes look swapped: ({x:.10g}, {y:.10g}) lies outside the area of "
                f"{self.route.source} ({self.route.exact}), but inside it with x and y exchanged; "
                "option --swap-axes exchanges them",
                where=self.where,
            )


def point_placer(crs: str, *, swap_axes: bool = False, where: str = "source") -> PointPlacer:
    """The way from a CRS to the Earth.

    Args:
        crs: As `cim.crs.parse_crs` takes it; heights are treated as in `cim.crs.settle`.
        swap_axes: Exchange x and y first.
        where: Names the source in errors.

    Raises:
        SourceDataError: The CRS is unknown, or no published operation leads on from it.
    """
    return PointPlacer(find_route(crs, CITY_CRS, where), swap_axes, where)


@dataclass(frozen=True, slots=True)
class Patch:
    """A polynomial that stands for the exact way within a box."""

    middle: Float64
    """(3,) of the box, in source coordinates."""

    half: Float64
    """(3,) half of its sides."""

    degree: int
    coefficients: Float64
    """(k, 3), one row a term of `_terms`."""

    origin: Float64
    """(3,) added at the end, so that the polynomial's own values stay small."""

    error_m: float
    """Largest difference from the exact way on the finer grid."""

    def evaluate(self, xyz: Float64) -> Float64:
        """(n, 3) positions in the frame."""
        positions = np.zeros((len(xyz), 3))
        for start in range(0, len(xyz), _BLOCK):
            block = slice(start, start + _BLOCK)
            unit = (xyz[block] - self.middle) / self.half
            positions[block] = (self.coefficients.T @ _terms(unit, self.degree)).T + self.origin
        return positions


def extremes(xyz: Float64) -> Float64:
    """(2, 3) lowest and highest of each column, NaN where one is."""
    # column by column, which is many times faster than along axis 0
    return np.array([[column.min() for column in xyz.T], [column.max() for column in xyz.T]])


def fit(xyz: Float64, exact: Exact) -> Patch | None:
    """The polynomial for the box about points, None where none is near enough.

    Args:
        xyz: (n, 3) source coordinates.
        exact: The exact way.
    """
    if len(xyz) < _FEWEST:
        return None
    low, high = extremes(xyz)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-9)
    for degree in _DEGREES:
        patch = _fitted(middle, half, degree, exact)
        if patch.error_m <= TOLERANCE_M:
            return patch
    return None


def _fitted(middle: Float64, half: Float64, degree: int, exact: Exact) -> Patch:
    """The polynomial of one degree, with its error."""
    nodes = _grid(np.cos(np.pi * (np.arange(degree + 2) + 0.5) / (degree + 2)))
    values, reached = exact(nodes * half + middle)
    if not reached.all():
        return Patch(middle, half, degree, np.zeros((0, 3)), np.zeros(3), np.inf)
    origin = values.mean(axis=0)
    coefficients = np.linalg.lstsq(_terms(nodes, degree).T, values - origin, rcond=None)[0]
    finer = _grid(np.linspace(-1.0, 1.0, 2 * degree + 5))
    wanted, reached = exact(finer * half + middle)
    found = _terms(finer, degree).T @ coefficients + origin
    error = float(np.abs(found - wanted).max()) if reached.all() else np.inf
    return Patch(middle, half, degree, coefficients, origin, error)


def _grid(across: Float64) -> Float64:
    """(m, 3) places in the unit box: `across` both ways, and three heights."""
    u, v, w = np.meshgrid(across, across, np.array([-1.0, 0.0, 1.0]), indexing="ij")
    return np.stack((u.ravel(), v.ravel(), w.ravel()), axis=1)


def _terms(unit: Float64, degree: int) -> Float64:
    """(k, n) products u^i v^j up to `degree`, and w u^i v^j up to one less.

    Heights enter to the first power: a plumb line is straight.
    """
    u, v, w = np.ascontiguousarray(unit.T)
    flat = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    tall = [(i, j) for i, j in flat if i + j < degree]
    terms = np.zeros((len(flat) + len(tall), len(unit)))
    place = {}
    for number, (i, j) in enumerate(flat):
        place[i, j] = number
        if i == j == 0:
            terms[number] = 1.0
        elif j == 0:
            np.multiply(terms[place[i - 1, 0]], u, out=terms[number])
        else:
            np.multiply(terms[place[i, j - 1]], v, out=terms[number])
    for number, power in enumerate(tall, len(flat)):
        np.multiply(terms[place[power]], w, out=terms[number])
    return terms


def _in_frame(route: Route, frame: Float64) -> Exact:
    """The exact way on to a frame."""

    def exact(xyz: Float64) -> tuple[Float64, Bool]:
        ecef, reached = _exact(route, xyz)
        return (ecef - frame[:3, 3]) @ frame[:3, :3], reached

    return exact


def _exact(route: Route, xyz: Float64) -> tuple[Float64, Bool]:
    """(n, 3) Earth-centred positions, and which are reached; x is east or longitude."""
    heights = route.heights
    if heights.steps is None:
        geodetic, reached = route.walk(xyz[:, :2])
        geodetic = np.column_stack((geodetic, xyz[:, 2] * heights.factor))
    else:
        geodetic, reached = route.walk(xyz)
    return ecef_from_geodetic(np.where(reached[:, None], geodetic, 0.0)), reached


def _is_plain(bounds: tuple[float, float, float, float]) -> bool:
    """Whether a box does not cross the antimeridian: then two corners inside are enough."""
    return bounds[0] <= bounds[2]
