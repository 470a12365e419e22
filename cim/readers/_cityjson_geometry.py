"""Geometry objects of CityJSON: boundaries and semantics as arrays of rings.

Source: CityJSON 2.0.1, sections 3 (geometry objects), 3.3 (semantics), 3.4 (templates); the parts
used here are the same in 1.0 and 1.1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import shapely

from cim.arrays import Float64, Int64, Uint8
from cim.features import SURFACE_KINDS
from cim.readers._city_rings import NO_KIND, BrokenGeometryError, RingSet, Shapes
from cim.readers._cityjson_appearance import Appearance, paint_of, per_surface

type Vertices = Float64
"""(n, 3) x, y, z in the source's CRS."""

_KINDS: Final = {
    "GroundSurface": SURFACE_KINDS.index("ground"),
    "WallSurface": SURFACE_KINDS.index("wall"),
    "RoofSurface": SURFACE_KINDS.index("roof"),
    "Window": SURFACE_KINDS.index("opening"),
    "Door": SURFACE_KINDS.index("opening"),
    "ClosureSurface": SURFACE_KINDS.index("closure"),
    "WaterSurface": SURFACE_KINDS.index("water"),
    "TrafficArea": SURFACE_KINDS.index("traffic"),
    "AuxiliaryTrafficArea": SURFACE_KINDS.index("traffic"),
}
_DEPTHS: Final = {
    "MultiSurface": 0,
    "CompositeSurface": 0,
    "Solid": 1,
    "MultiSolid": 2,
    "CompositeSolid": 2,
}
"""Levels of lists around the surfaces in `boundaries`."""

_MATRIX_SIZE: Final = 16
_LEAST_CORNERS: Final = 3


@dataclass(frozen=True, slots=True)
class Space:
    """What geometry objects refer to by number."""

    vertices: Vertices
    templates: Sequence[Mapping[str, Any]]
    template_vertices: Vertices
    appearance: Appearance | None = None
    """What materials and textures refer to; None: they are not asked for."""

    template_appearance: Appearance | None = None


def read_shapes(geometries: Sequence[Mapping[str, Any]], space: Space) -> Shapes:
    """The geometry objects of one city object.

    Raises:
        BrokenGeometryError: One breaks the rules of its type.
    """
    ring_sets: list[RingSet] = []
    others: list[shapely.Geometry] = []
    for geometry in geometries:
        body, vertices = _placed(_mapping(geometry, "geometry"), space)
        if body.get("type") in _DEPTHS:
            own = body is geometry
            appearance = space.appearance if own else space.template_appearance
            ring_sets.append(_ring_set(body, vertices, appearance))
        else:
            others.append(_points_or_lines(body, vertices))
    return Shapes(tuple(ring_sets), tuple(others))


def vertex_array(value: Any, name: str) -> Vertices:  # noqa: ANN401 - anything JSON holds
    """(n, 3) numbers of a list of vertices.

    Raises:
        BrokenGeometryError: It is not a list of triples of numbers.
    """
    try:
        flat = list(chain.from_iterable(value))
        array = np.array(flat, np.float64)
    except (TypeError, ValueError) as error:
        raise BrokenGeometryError(f"{name}: not a list of [x, y, z] numbers") from error
    if array.ndim != 1 or {*map(len, value)} - {3}:
        raise BrokenGeometryError(f"{name}: not a list of [x, y, z] numbers")
    check_finite(array.reshape(-1, 3), name)
    return array.reshape(-1, 3)


def check_finite(vertices: Vertices, name: str) -> None:
    """Raises BrokenGeometryError for the first vertex that is not finite."""
    bad = ~np.isfinite(vertices).all(axis=1)
    if bad.any():
        raise BrokenGeometryError(f"{name}: number {int(np.argmax(bad))} is not finite")


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BrokenGeometryError(f"{name}: {_shown(value)} is not an object")
    return value


def _placed(geometry: Mapping[str, Any], space: Space) -> tuple[Mapping[str, Any], Vertices]:
    """A geometry object and its vertices; of an instance, those of its template, moved."""
    if geometry.get("type") != "GeometryInstance":
        return geometry, space.vertices
    number, where = geometry.get("template"), geometry.get("boundaries")
    if not isinstance(number, int) or not 0 <= number < len(space.templates):
        raise BrokenGeometryError(f"template {_shown(number)} does not exist")
    if not isinstance(where, list) or len(where) != 1:
        raise BrokenGeometryError("boundaries of a GeometryInstance: wanted one vertex number")
    anchor = space.vertices[_checked(where, space.vertices)[0]]
    matrix = _matrix(geometry.get("transformationMatrix"))
    moved = space.template_vertices @ matrix[:3, :3].T + matrix[:3, 3] + anchor
    return _mapping(space.templates[number], "template"), moved


def _matrix(value: object) -> Float64:
    if not isinstance(value, list) or len(value) != _MATRIX_SIZE:
        raise BrokenGeometryError("transformationMatrix: wanted 16 numbers")
    try:
        return np.array(value, np.float64).reshape(4, 4)
    except (TypeError, ValueError) as error:
        raise BrokenGeometryError("transformationMatrix: wanted 16 numbers") from error


def _ring_set(
    geometry: Mapping[str, Any], vertices: Vertices, appearance: Appearance | None
) -> RingSet:
    """Rings, kinds and looks of a geometry of surfaces."""
    depth = _DEPTHS[geometry["type"]]
    boundaries = geometry.get("boundaries")
    surfaces = _surfaces(boundaries, depth)
    rings = list(chain.from_iterable(surfaces))
    _check_lists(rings, "ring {} is not a list")
    corners = _checked(list(chain.from_iterable(rings)), vertices)
    return RingSet(
        lod=str(geometry.get("lod", "")),
        xyz=vertices[corners],
        sizes=np.array([len(ring) for ring in rings], np.int64),
        counts=np.array([len(surface) for surface in surfaces], np.int64),
        kinds=_kinds(geometry.get("semantics"), boundaries, depth, len(surfaces)),
        paint=None if appearance is None else paint_of(geometry, depth, surfaces, appearance),
    )


def _surfaces(boundaries: object, depth: int) -> list[list[Any]]:
    """The surfaces of a geometry, `depth` levels of lists down; each a list of rings."""
    if not isinstance(boundaries, list):
        raise BrokenGeometryError(f"boundaries: {_shown(boundaries)} is not a list")
    items = boundaries
    for _ in range(depth):
        _check_lists(items, "{} is not a list")
        items = list(chain.from_iterable(items))
    _check_lists(items, "surface {} is not a list of rings")
    if not all(items):
        raise BrokenGeometryError("boundaries: surface [] is not a list of rings")
    return items


def _check_lists(items: list[Any], wrong: str) -> None:
    """Raises BrokenGeometryError for the first item that is no list."""
    if {*map(type, items)} - {list}:
        found = next(item for item in items if not isinstance(item, list))
        raise BrokenGeometryError(f"boundaries: {wrong.format(_shown(found))}")


def _checked(corners: list[Any], vertices: Vertices) -> Int64:
    """Vertex numbers that all exist."""
    if not corners:
        return np.zeros(0, np.int64)
    if {*map(type, corners)} - {int}:
        raise BrokenGeometryError("boundaries: a vertex number is not an integer")
    low, high = min(corners), max(corners)
    if low < 0 or high >= len(vertices):
        number = low if low < 0 else high
        raise BrokenGeometryError(
            f"boundaries: vertex {number} does not exist; legal: 0 to {len(vertices) - 1}"
        )
    return np.array(corners, np.int64)


def _kinds(semantics: object, boundaries: object, depth: int, count: int) -> Uint8:
    """Kinds of surfaces; the semantic objects are told per surface, in lists as deep."""
    kinds = [NO_KIND] * count
    if isinstance(semantics, dict) and semantics.get("values") is not None:
        surfaces = semantics.get("surfaces")
        types = [_kind(surface) for surface in surfaces] if isinstance(surfaces, list) else []
        numbers = per_surface(semantics["values"], boundaries, depth)
        if numbers is not None:
            legal = range(len(types))
            kinds = [
                types[number] if isinstance(number, int) and number in legal else NO_KIND
                for number in numbers
            ]
    return np.array(kinds, np.uint8)


def _kind(surface: object) -> int:
    name = surface.get("type") if isinstance(surface, dict) else None
    return _KINDS.get(str(name), 0)


def _points_or_lines(geometry: Mapping[str, Any], vertices: Vertices) -> shapely.Geometry:
    """A MultiPoint or MultiLineString."""
    build = _BUILDERS.get(str(geometry.get("type")))
    if build is None:
        known = ", ".join([*_DEPTHS, *_BUILDERS, "GeometryInstance"])
        raise BrokenGeometryError(
            f"geometry type {_shown(geometry.get('type'))} is unknown; known: {known}"
        )
    boundaries = geometry.get("boundaries")
    if not isinstance(boundaries, list):
        raise BrokenGeometryError(f"boundaries: {_shown(boundaries)} is not a list")
    return build(boundaries, vertices)


def _multipoint(boundaries: list[Any], vertices: Vertices) -> shapely.Geometry:
    numbers = _checked(boundaries, vertices)
    return shapely.multipoints(shapely.points(vertices[numbers]))


def _multilinestring(boundaries: list[Any], vertices: Vertices) -> shapely.Geometry:
    lines = []
    for line in boundaries:
        if not isinstance(line, list) or len(line) < _LEAST_CORNERS - 1:
            raise BrokenGeometryError(f"boundaries: line {_shown(line)} has less than 2 points")
        lines.append(shapely.linestrings(vertices[_checked(line, vertices)]))
    return shapely.multilinestrings(lines)


_BUILDERS: Final[Mapping[str, Callable[[list[Any], Vertices], shapely.Geometry]]] = {
    "MultiPoint": _multipoint,
    "MultiLineString": _multilinestring,
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"  # noqa: PLR2004 - length of a message
