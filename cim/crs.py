"""One CRS inside: names of CRSs, and the one step that brings a source into the city's CRS.

Order of axes is settled here by name and nowhere else: x is east or longitude, y north or
latitude, whatever order the authority states (GeoJSON, GeoPackage and CityJSON say the same of
their files). See ADR 0004.
"""

from dataclasses import dataclass, replace

import numpy as np

from cim._crs_bodies import on_earth
from cim._crs_names import (
    CGCS2000_FAMILY,
    LOCAL,
    crs_code,
    is_cgcs2000,
    named_crs,
    parse_crs,
)
from cim._crs_routes import Route, find_route
from cim._positions import Positions, batch_positions, distinct, positions_of, put_back
from cim.arrays import Bool, Float64, Objects
from cim.errors import SourceDataError
from cim.features import FeatureBatch, Reject, select

__all__ = [
    "CGCS2000_FAMILY",
    "CITY_CRS",
    "LOCAL",
    "NO_PLACE",
    "Settled",
    "crs_code",
    "is_cgcs2000",
    "named_crs",
    "parse_crs",
    "settle",
    "transform",
]

CITY_CRS = "EPSG:4490"
"""Longitude and latitude in degrees, CGCS2000."""

NO_PLACE = (
    "its coordinates are metres of a local frame without a place on the Earth; place it with "
    "--anchor lon,lat,height and --heading-deg, or name its CRS with --crs"
)
"""Why a batch in `LOCAL` cannot be settled, and what helps."""

_MOST = 0.5
_MILLI = 1000.0


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch in the CRS wanted."""

    batch: FeatureBatch

    rejects: tuple[Reject, ...]
    """Records left out here; `batch.rejects` still holds the reader's own."""

    notes: tuple[str, ...]
    """What the user should know; the same for all batches of a source, so keep them once."""


def settle(
    batch: FeatureBatch,
    target: str = CITY_CRS,
    *,
    swap_axes: bool = False,
    where: str = "source",
) -> Settled:
    """The features of a batch in another CRS, without those that cannot be there.

    Heights become ellipsoidal when the source CRS states their reference and the geoid grid is
    installed; otherwise they stay and a note names their reference. A record is left out when a
    coordinate is not finite, or lies outside the source CRS's area of use by more than 1.5 degrees
    (half of a 3-degree zone) or half of that area's width.

    Args:
        batch: Features with x east or longitude first.
        target: Horizontal CRS of the result.
        swap_axes: Exchange x and y first, for a source that holds north or latitude first.
        where: Names the source in errors.

    Raises:
        SourceDataError: The source CRS is local or unknown, no published transformation leads
            from it, or the axes of most records look swapped.
        InputError: The target CRS is unknown or compound.
    """
    if batch.crs == LOCAL:
        raise SourceDataError(NO_PLACE, where=where)
    route = find_route(batch.crs, target, where)
    sources = batch_positions(batch, swap_axes=swap_axes)
    _check_axes(batch, sources, route, where)
    misplaced = _misplaced(batch, sources, route)
    if misplaced:
        batch = select(batch, _all_but(misplaced, batch))
        sources = batch_positions(batch, swap_axes=swap_axes)
    moved, reached = _moved(sources, route)
    unreached = _unreached(batch, sources, reached, route)
    settled = put_back(moved, batch, route.target) if _moves(route, swap_axes=swap_axes) else batch
    settled = select(replace(settled, crs=route.target), _all_but(unreached, batch))
    settled = _with_bodies(settled, batch.crs, swap_axes=swap_axes)
    notes = route.notes + (route.heights.notes if sources.has_heights else ())
    return Settled(settled, (*misplaced.values(), *unreached.values()), notes)


def transform(geometry: Objects, source: str, target: str) -> Objects:
    """Geometries in another CRS; x is east or longitude in both.

    Positions that the target cannot hold become infinite. Heights are treated as in `settle`.

    Raises:
        InputError: A CRS is unknown, or the target is compound.
        SourceDataError: No published transformation leads from one to the other.
    """
    route = find_route(crs_code(parse_crs(source)), target, source)
    if not _moves(route, swap_axes=False):
        return geometry
    rows = np.arange(len(geometry))
    return _moved(positions_of(geometry, rows, swap_axes=False), route)[0].built()


def _with_bodies(batch: FeatureBatch, source: str, *, swap_axes: bool) -> FeatureBatch:
    """The batch with the bodies of a projected CRS on the Earth; those of others are there."""
    if not batch.bodies.mesh or not parse_crs(source).is_projected:
        return batch
    route = find_route(source, CITY_CRS, source)
    order = [1, 0, 2] if swap_axes else [0, 1, 2]
    on_way = on_earth(batch.bodies, lambda xyz: _geodetic(xyz[:, order], route))
    return replace(batch, bodies=on_way)


def _geodetic(xyz: Float64, route: Route) -> Float64:
    """(n, 3) coordinates at the end of a route."""
    nothing = np.zeros(0, object), np.zeros(0, np.int64)
    tall = np.ones(len(xyz), np.bool_)
    moved, _ = _moved(Positions(*nothing, xyz[:, :2], xyz[:, 2], tall), route)
    return np.column_stack((moved.xy, moved.heights))


def _moves(route: Route, *, swap_axes: bool) -> bool:
    """Whether coordinates change on the way."""
    heights = route.heights
    return swap_axes or bool(route.steps) or heights.steps is not None or heights.factor != 1.0


def _moved(positions: Positions, route: Route) -> tuple[Positions, Bool]:
    """Positions at the end of the route, and whether operations made for the place led there."""
    if route.heights.steps is None or not positions.has_heights:
        xyz, reached = _walked(route, positions.xy)
        heights = positions.heights * route.heights.factor
        return replace(positions, xy=xyz, heights=heights), reached
    tall = positions.is_tall
    xy, reached = np.zeros_like(positions.xy), np.zeros(len(tall), np.bool_)
    solid = np.column_stack((positions.xy[tall], positions.heights))
    moved, reached[tall] = _walked(route, solid)
    xy[tall] = moved[:, :2]
    xy[~tall], reached[~tall] = _walked(route, positions.xy[~tall])
    return replace(positions, xy=xy, heights=moved[:, 2]), reached


def _walked(route: Route, start: Float64) -> tuple[Float64, Bool]:
    """As `Route.walk`, with each place walked once, however many surfaces meet there."""
    firsts, alike = distinct(start)
    here, reached = route.walk(start[firsts])
    return here[alike], reached[alike]


def _check_axes(batch: FeatureBatch, positions: Positions, route: Route, where: str) -> None:
    """Refuse a source whose positions mostly fit only with x and y exchanged.

    Raises:
        SourceDataError: They do; the message names the first record and the option.
    """
    x, y = positions.xy.T
    fits_swapped = ~route.tolerant.holds(x, y) & route.exact.holds(y, x)
    if np.count_nonzero(fits_swapped) > _MOST * len(fits_swapped):
        first = int(np.argmax(fits_swapped))
        record = int(batch.records[positions.coordinate_rows()[first]])
        raise SourceDataError(
            f"the axes look swapped: record {record} at {_pair(x[first], y[first])} lies outside "
            f"the area of {route.source} ({route.exact}), but inside it with x and y exchanged; "
            "option --swap-axes exchanges them",
            where=where,
        )


def _misplaced(batch: FeatureBatch, positions: Positions, route: Route) -> dict[int, Reject]:
    """Rejects by row for positions that are not finite or not in the area of the source."""
    endless = ~np.isfinite(positions.xy).all(axis=1)
    endless[positions.is_tall] |= ~np.isfinite(positions.heights)
    strays = ~route.tolerant.holds(*positions.xy.T)
    legal = f"outside the area of {route.source}: legal {route.tolerant}"
    if _look_milli(positions.xy[strays], route):
        legal = f"{legal}; a thousandth of it lies inside: are these millimetres?"
    return _rejects(batch, positions, strays, legal) | _rejects(
        batch, positions, endless, "a coordinate is not a finite number"
    )


def _look_milli(strays: Float64, route: Route) -> bool:
    """Whether coordinates outside the area of a projected CRS all fit it as millimetres."""
    if not len(strays) or not parse_crs(route.source).is_projected:
        return False
    return bool(route.exact.holds(*(strays / _MILLI).T).all())


def _unreached(
    batch: FeatureBatch, positions: Positions, reached: Bool, route: Route
) -> dict[int, Reject]:
    """Rejects by row for positions that no operation leads to the target."""
    reason = f"no published transformation from {route.source} to {route.target} holds here"
    return _rejects(batch, positions, ~reached, reason)


def _rejects(
    batch: FeatureBatch, positions: Positions, bad: Bool, reason: str
) -> dict[int, Reject]:
    """One reject for each row with a bad position, naming the first."""
    if not bad.any():
        return {}
    places = np.flatnonzero(bad)
    rows, firsts = np.unique(positions.coordinate_rows()[places], return_index=True)
    found = {}
    for row, place in zip(rows.tolist(), places[firsts].tolist(), strict=True):
        value = _pair(*positions.xy[place].tolist())
        found[row] = Reject(int(batch.records[row]), "geometry", value, reason)
    return found


def _all_but(rejected: dict[int, Reject], batch: FeatureBatch) -> Bool:
    keep = np.ones(len(batch), np.bool_)
    keep[list(rejected)] = False
    return keep


def _pair(x: float, y: float) -> str:
    return f"({x:.10g}, {y:.10g})"
