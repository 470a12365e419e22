"""Shapes that an editor gives, made fit for a layer: sound, of its type, with codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import shapely

from cim.arrays import Objects
from cim.catalog import Layer
from cim.coding import MAX_LATITUDE_DEG, CodedFeatures, CodeLevels, code
from cim.edits import SHOWN, Fault, Place
from cim.features import FeatureBatch
from cim.geometry import MIXED, repair
from cim.recoding import birthplaces

_MULTI: Final = {
    "Point": shapely.multipoints,
    "LineString": shapely.multilinestrings,
    "Polygon": shapely.multipolygons,
}
_NAMES: Final = ("Point", "LineString", "Polygon")
_LEGAL: Final = ", ".join((*_NAMES, *(f"Multi{name}" for name in _NAMES)))


@dataclass(frozen=True, slots=True)
class Settled:
    """Shapes with their places, and what was wrong."""

    places: tuple[Place | None, ...]
    """One for each shape, None where there is a fault."""

    faults: tuple[Fault, ...]
    mended: int = 0
    """Shapes that were changed to be valid."""


def settle(
    shapes: Sequence[shapely.Geometry],
    indexes: Sequence[int],
    layer: Layer,
    levels: CodeLevels,
    *,
    lenient: bool,
) -> Settled:
    """Places for shapes in a layer.

    A shape that is not valid is refused with the place of the fault, because its editor is there
    to mend it; `lenient` mends it as a load does.

    Args:
        shapes: (n,) in the layer's storage CRS, x east; finite.
        indexes: (n,) number of the edit that each belongs to.
        layer: Where they go.
        levels: Levels of the grid codes.
        lenient: Whether to mend what can be mended.
    """
    given = np.array(shapes, dtype=object)
    fitted, mended = _mended(given, layer) if lenient else (given, 0)
    faults: dict[int, Fault] = {}
    for row, reason in _unsound(fitted):
        faults[row] = _fault(indexes[row], given[row], reason)
    for row in range(len(fitted)):
        if row not in faults:
            fitted[row], reason = _fit(fitted[row], layer.geometry_type)
            if reason:
                faults[row] = _fault(indexes[row], given[row], reason)
    sound = np.array([row for row in range(len(fitted)) if row not in faults], np.int64)
    places: list[Place | None] = [None] * len(fitted)
    coded = _code(fitted[sound], sound, layer, levels)
    for reject in coded.rejects:
        faults[reject.record] = _fault(indexes[reject.record], given[reject.record], reject.reason)
    for row, place in zip(coded.features.records.tolist(), _places(coded), strict=True):
        places[row] = place
    return Settled(tuple(places), tuple(faults[row] for row in sorted(faults)), mended)


def _mended(shapes: Objects, layer: Layer) -> tuple[Objects, int]:
    """Shapes made valid where that keeps their kind; how many were changed."""
    mended = repair(_batch(shapes, np.arange(len(shapes)), layer))
    result = shapes.copy()
    result[mended.batch.records] = mended.batch.geometry
    return result, mended.repaired


def _unsound(shapes: Objects) -> Iterator[tuple[int, str]]:
    """Rows of shapes that are empty or not valid, with the reason."""
    empty, valid = shapely.is_empty(shapes), shapely.is_valid(shapes)
    for row in np.flatnonzero(empty | ~valid).tolist():
        reason = "is empty" if empty[row] else shapely.is_valid_reason(shapes[row])
        yield row, _located(reason)


def _located(reason: str) -> str:
    """`Self-intersection[114.3 30.5]` as words."""
    what, bracket, where = reason.partition("[")
    if not bracket:
        return reason
    return f"is not valid: {what.strip()} at {where.removesuffix(']')}"


def _fit(shape: shapely.Geometry, wanted: str) -> tuple[shapely.Geometry, str]:
    """A shape of a layer's type, or what is wrong; single and multi turn into each other."""
    kind = shape.geom_type
    single = kind.removeprefix("Multi")
    if single not in _NAMES:
        return shape, f"is a {kind}; legal: {_LEGAL}"
    if wanted in {MIXED, kind.upper()}:
        return shape, ""
    if wanted == f"MULTI{kind.upper()}":
        return _MULTI[kind]([shape]), ""
    if wanted == single.upper() and shapely.get_num_geometries(shape) == 1:
        return shapely.get_geometry(shape, 0), ""
    return shape, f"is a {kind}; the layer holds {wanted}"


def _code(shapes: Objects, rows: np.ndarray, layer: Layer, levels: CodeLevels) -> CodedFeatures:
    """Codes of sound shapes; shapes beyond 88 degrees of latitude are rejected."""
    batch = _batch(shapes, rows, layer)
    points = birthplaces(batch)
    points[~np.isfinite(points).all(axis=1)] = (0.0, MAX_LATITUDE_DEG)  # outside of the CRS
    return code(batch, points, levels)


def _batch(shapes: Objects, rows: np.ndarray, layer: Layer) -> FeatureBatch:
    return FeatureBatch(
        crs=layer.crs,
        geometry=shapes,
        attributes=pa.table({"row": rows}),
        source_ids=(None,) * len(shapes),
        records=rows,
    )


def _places(coded: CodedFeatures) -> Iterator[Place]:
    names = tuple(coded.codes)
    columns = zip(*(coded.codes[name].tolist() for name in names), strict=True)
    for shape, cell, texts in zip(
        coded.features.geometry, coded.cells.tolist(), columns, strict=True
    ):
        yield Place(shape, cell, dict(zip(names, texts, strict=True)))


def _fault(index: int, shape: shapely.Geometry, reason: str) -> Fault:
    text = shape.wkt
    shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return Fault(index, "geometry", reason, shown)
