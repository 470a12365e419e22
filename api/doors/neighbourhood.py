"""A small map around a door, drawn from the city's own public layers: no tiles, no network."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import shapely

from cim.arrays import Objects
from cim.catalog import Layer
from cim.crs import CITY_CRS, transform
from cim.store.base import ItemQuery, Store

HALF_M = 110.0
"""Half the side of the map."""

MOST_FEATURES = 3000
"""Features that are read of a layer."""

MOST_BYTES = 28_000
"""Of drawn features; what lies farthest from the door is left out beyond that."""

STEP_M = 0.6
"""Detail that the map leaves out."""

METRES_A_DEGREE = 111_320.0

ADDRESS = "ADDR"
STYLES = MappingProxyType({"GREN": "g", "WATR": "w", "ROAD": "r", "BLDG": "b", ADDRESS: "p"})
"""Style class by entity class, from the bottom up."""


@dataclass(frozen=True, slots=True)
class _Shape:
    style: str
    order: int
    distance: float
    path: str


def draw(store: Store, lon: float, lat: float) -> str:
    """SVG shapes in metres around (0, 0), y downward; empty where the city knows nothing there.

    Args:
        store: The city's store.
        lon: Degrees CGCS2000 of the door.
        lat: As above.
    """
    shapes: list[_Shape] = []
    for order, (entity_class, style) in enumerate(STYLES.items()):
        for layer in store.layers().values():
            if layer.class_code == entity_class and layer.classification == "public":
                shapes.extend(_shapes(store, layer, (lon, lat), style, order))
    shapes.sort(key=lambda shape: shape.distance)
    kept, size = [], 0
    for shape in shapes:
        size += len(shape.path) + len('<path class="p" d=""/>')
        if size > MOST_BYTES:
            break
        kept.append(shape)
    kept.sort(key=lambda shape: shape.order)
    return "".join(f'<path class="{shape.style}" d="{shape.path}"/>' for shape in kept)


def _shapes(
    store: Store, layer: Layer, door: tuple[float, float], style: str, order: int
) -> Iterator[_Shape]:
    """What a layer has around the door."""
    here = shapely.Point(0, 0)
    for geometry in _around(store, layer, door):
        clipped = shapely.clip_by_rect(geometry, -HALF_M, -HALF_M, HALF_M, HALF_M)
        path = "".join(_paths(shapely.simplify(clipped, STEP_M)))
        if path:
            yield _Shape(style, order, float(shapely.distance(geometry, here)), path)


def _around(store: Store, layer: Layer, door: tuple[float, float]) -> Objects:
    """Valid geometries near the door, in metres east and north of it."""
    box = _box(layer.crs, door)
    # Doors that are not in force are nobody's business yet.
    valid = (("status", "valid"),) if layer.class_code == ADDRESS else ()
    fids = store.fids(layer.name, ItemQuery(bounds=box, equals=valid, limit=MOST_FEATURES))
    if not len(fids):
        return np.zeros(0, object)
    batches = [batch.geometry for batch in store.read(layer.name, fids, columns=())]
    found = shapely.force_2d(np.concatenate(batches))
    found = found[~shapely.is_missing(found) & ~shapely.is_empty(found)]
    if not _is_degrees(layer.crs):
        found = transform(found, layer.crs, CITY_CRS)
    scale = _scale(door[1])
    metres: Objects = shapely.transform(found, lambda at: (at - np.array(door)) * scale)
    return np.asarray(shapely.make_valid(metres), object)


def _box(crs: str, door: tuple[float, float]) -> tuple[float, float, float, float]:
    """The map's box in the CRS of a layer."""
    reach = HALF_M / _scale(door[1])
    corners = np.array(door) + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * reach
    if not _is_degrees(crs):
        moved = transform(np.asarray(shapely.points(corners), object), CITY_CRS, crs)
        corners = shapely.get_coordinates(moved)
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return west, south, east, north


def _is_degrees(crs: str) -> bool:
    """Whether a layer is in the degrees that doors are in."""
    return crs == CITY_CRS


def _scale(lat: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Metres a degree of longitude and latitude."""
    return np.array([METRES_A_DEGREE * float(np.cos(np.radians(lat))), METRES_A_DEGREE])


def _paths(geometry: shapely.Geometry) -> Iterator[str]:
    """SVG path data of the parts of a geometry."""
    for part in shapely.get_parts(geometry):
        kind = shapely.get_type_id(part)
        if kind == shapely.GeometryType.POLYGON:
            yield from (_ring(ring) + "z" for ring in shapely.get_rings(part))
        elif kind == shapely.GeometryType.LINESTRING:
            yield _ring(part)
        elif kind == shapely.GeometryType.POINT:
            ((x, y),) = shapely.get_coordinates(part).tolist()
            yield f"M{x:.1f} {-y:.1f}h0"


def _ring(line: shapely.Geometry) -> str:
    """Points of a line: the first as it is, each other relative to the one before."""
    points = np.rint(shapely.get_coordinates(line) * (10, -10)).astype(np.int64)
    steps = np.diff(points, axis=0)
    start = f"M{_tenths(points[0, 0])} {_tenths(points[0, 1])}"
    moves = " ".join(f"{_tenths(x)} {_tenths(y)}" for x, y in steps.tolist())
    return f"{start}l{moves}"


def _tenths(value: int) -> str:
    """Tenths of a metre as metres."""
    return f"{value / 10:.1f}".removesuffix(".0")
