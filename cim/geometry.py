"""Geometries fit for a layer: valid, of one type, and the point that stands for each."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import GeometryType

from cim.arrays import Bool, Float64, Objects
from cim.features import FeatureBatch, Reject, select

_FAMILIES = {
    GeometryType.POINT: "POINT",
    GeometryType.LINESTRING: "LINESTRING",
    GeometryType.LINEARRING: "LINESTRING",
    GeometryType.POLYGON: "POLYGON",
}
_BUILDERS = {
    "MULTIPOINT": shapely.multipoints,
    "MULTILINESTRING": shapely.multilinestrings,
    "MULTIPOLYGON": shapely.multipolygons,
}
_SHOWN = 60

MIXED = "GEOMETRY"
"""Name of the type that holds geometries of several families."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A batch in which every geometry is valid and of a simple-features type."""

    batch: FeatureBatch

    rejects: tuple[Reject, ...]
    """Records left out here; `batch.rejects` still holds the reader's own."""

    repaired: int
    """Geometries that were changed to be valid."""


def repair(batch: FeatureBatch) -> Repaired:
    """The features of a batch with valid geometry, mended where that keeps their kind.

    A self-intersecting polygon keeps the area its rings enclose; a collection of one kind becomes
    a multi-geometry. Records without geometry, with an empty one, or with one of which nothing of
    its kind is left are rejected. Multi-geometries stay what they are.
    """
    geometry = batch.geometry
    usable = shapely.is_valid(geometry) & ~shapely.is_empty(geometry) & _is_simple_type(geometry)
    if usable.all():
        return Repaired(batch, (), 0)
    rejects, mended, keep = [], geometry.copy(), np.ones(len(batch), np.bool_)
    for row in np.flatnonzero(~usable).tolist():
        mended[row], fault = _mended(geometry[row])
        if fault is not None:
            keep[row] = False
            rejects.append(_reject(int(batch.records[row]), geometry[row], fault))
    repaired = int(np.count_nonzero(~usable & keep))
    return Repaired(select(replace(batch, geometry=mended), keep), tuple(rejects), repaired)


def common_type(one: str, other: str) -> str:
    """The type that holds geometries of two types, by their simple-features names."""
    if one == other or not one or not other:
        return one or other
    multi = f"MULTI{one.removeprefix('MULTI')}"
    return multi if multi in _BUILDERS and multi.endswith(other) else MIXED


def representative_points(geometry: Objects) -> Float64:
    """A point of each geometry: what stands for it on a map and in its identity code.

    A point stands for itself, a line is stood for by its middle (of its longest part), a polygon
    by its centroid where that lies inside, else by a point on its surface.

    Args:
        geometry: (n,) shapely geometries.

    Returns:
        (n, 2) x and y in the geometries' own units; NaN where there is no geometry.
    """
    points = np.full((len(geometry), 2), np.nan)
    types = shapely.get_type_id(geometry)
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    line_types = (GeometryType.LINESTRING, GeometryType.LINEARRING, GeometryType.MULTILINESTRING)
    is_point = present & (types == GeometryType.POINT)
    is_line = present & np.isin(types, line_types)
    is_other = present & ~is_point & ~is_line
    points[is_point] = shapely.get_coordinates(geometry[is_point])
    points[is_line] = _line_middles(geometry[is_line])
    points[is_other] = _inner_points(geometry[is_other])
    return points


def _line_middles(lines: Objects) -> Float64:
    middles = shapely.line_interpolate_point(_longest_parts(lines), 0.5, normalized=True)
    return np.asarray(shapely.get_coordinates(middles), np.float64)


def _longest_parts(lines: Objects) -> Objects:
    parts, owners = shapely.get_parts(lines, return_index=True)
    order = np.lexsort((-shapely.length(parts), owners))
    _, firsts = np.unique(owners[order], return_index=True)
    return np.asarray(parts[order[firsts]], object)


def _inner_points(shapes: Objects) -> Float64:
    """Centroids, or points on the surface of the shapes that do not hold theirs."""
    centroids = shapely.centroid(shapes)
    points = np.asarray(shapely.get_coordinates(centroids), np.float64)
    outside = ~shapely.intersects(shapes, centroids)
    if outside.any():
        points[outside] = shapely.get_coordinates(shapely.point_on_surface(shapes[outside]))
    return points


def _is_simple_type(geometry: Objects) -> Bool:
    """Whether each geometry is a point, line or polygon, single or multi."""
    types = shapely.get_type_id(geometry)
    lowest, above = GeometryType.POINT, GeometryType.GEOMETRYCOLLECTION
    return np.asarray((types >= lowest) & (types < above), np.bool_)


def _mended(geometry: shapely.Geometry | None) -> tuple[shapely.Geometry | None, str | None]:
    """A valid geometry of the same family, or None and what is wrong."""
    if geometry is None:
        return None, "no geometry"
    if geometry.is_empty:
        return None, "an empty geometry"
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return None, "a coordinate is not a finite number"
    family = _family(geometry)
    if family is None:
        return None, "a collection of different kinds; legal: points, lines or polygons"
    fault = shapely.is_valid_reason(geometry)
    kept = _parts_of(sound(geometry), family)
    return (kept, None) if kept is not None else (None, f"{fault}; nothing is left after repair")


def sound(geometry: shapely.Geometry) -> shapely.Geometry:
    """A geometry made valid, without what collapses.

    GEOS may leave polygons that share an edge side by side, which is not valid; they are joined.
    """
    valid = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    return valid if shapely.is_valid(valid) else shapely.union_all(shapely.get_parts(valid))


def _family(geometry: shapely.Geometry) -> str | None:
    """`POINT`, `LINESTRING` or `POLYGON`; None when a collection mixes them."""
    families = {family for _, family in _parts(geometry)}
    return families.pop() if len(families) == 1 else None


def _parts_of(geometry: shapely.Geometry, family: str) -> shapely.Geometry | None:
    """The parts of a geometry that belong to a family, as one geometry; None without any."""
    wanted = [part for part, kind in _parts(geometry) if kind == family]
    if not wanted:
        return None
    return wanted[0] if len(wanted) == 1 else _BUILDERS[f"MULTI{family}"](wanted)


def _parts(geometry: shapely.Geometry) -> list[tuple[shapely.Geometry, str]]:
    """The single parts that are not empty, at any depth, with their families."""
    parts = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) > GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    filled = parts[~shapely.is_empty(parts)]
    types = shapely.get_type_id(filled).tolist()
    return [(part, _FAMILIES[GeometryType(t)]) for part, t in zip(filled, types, strict=True)]


def _reject(record: int, geometry: shapely.Geometry | None, reason: str) -> Reject:
    value = "" if geometry is None else geometry.wkt
    shown = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return Reject(record, "geometry", shown, reason)
