"""Outlines of meshes seen from above.

Two kinds: the convex hull, for elements (fast, and exact for what is convex), and the union of the
projected triangles, for what is asked for its area: spaces, slabs, roofs, sites.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely

from cim.arrays import Float64, Objects

_EXACT: Final = frozenset({
    "IfcSpace", "IfcSlab", "IfcSlabStandardCase", "IfcSlabElementedCase", "IfcRoof",
    "IfcCovering", "IfcSite", "IfcFooting", "IfcPavement", "IfcCourse", "IfcGeographicElement",
})  # fmt: skip
"""Classes whose footprint is the exact outline from above; others take the convex hull."""

_BEARING: Final = ("IfcSlab", "IfcWall", "IfcColumn", "IfcCurtainWall", "IfcPlate", "IfcRoof")
"""Classes that make the footprint of a storey."""

_THIN_M: Final = 0.005
"""Half the width given to what has no area from above: upright plates, lines."""

_GRID_M: Final = 1e-4
_EXACT_TRIANGLES: Final = 20_000
"""Above this a union of triangles takes seconds; the hull is taken."""

_NO_AREA_M2: Final = 1e-8
_FLAT: Final = 1e-6


def footprints(
    classes: Sequence[str], positions: Sequence[Float64], triangles: Sequence[np.ndarray]
) -> Objects:
    """Outlines of the meshes of some objects, exact for the classes that are asked for their area.

    Args:
        classes: (n,) IFC classes.
        positions: (n,) arrays (v, 3) in metres, not empty.
        triangles: (n,) arrays (t, 3), rows of `positions`.
    """
    result = hulls([points[:, :2] for points in positions])
    for at, name in enumerate(classes):
        if name in _EXACT:
            result[at] = outline(positions[at], triangles[at])
    return result


def gathered(elements: Iterable[tuple[str, str, shapely.Geometry]]) -> dict[str, shapely.Geometry]:
    """Outlines of storeys or buildings by key: of what bears and encloses, else of all they hold.

    Args:
        elements: Key of the owner, IFC class and outline of each element.
    """
    bearing: dict[str, list[shapely.Geometry]] = defaultdict(list)
    others: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for owner, ifc_class, footprint in elements:
        (bearing if ifc_class.startswith(_BEARING) else others)[owner].append(footprint)
    return {key: joined(bearing.get(key) or others[key]) for key in bearing | others}


def hulls(points: Sequence[Float64]) -> Objects:
    """Convex hulls, each a polygon.

    Args:
        points: Arrays (k, 2) in metres, one for each outline, not empty.
    """
    if not points:
        return np.zeros(0, object)
    counts = [len(one) for one in points]
    rows = np.repeat(np.arange(len(points)), np.maximum(counts, 2))
    pairs = [one if len(one) > 1 else np.repeat(one, 2, axis=0) for one in points]
    lines = shapely.linestrings(np.concatenate(pairs), indices=rows)
    return widened(shapely.convex_hull(lines))


def outline(positions: Float64, triangles: np.ndarray) -> shapely.Geometry:
    """The union of triangles seen from above; their hull where they are very many.

    Args:
        positions: (v, 3) metres.
        triangles: (t, 3) rows of `positions`.
    """
    corners = positions[triangles][:, :, :2]
    edges = corners[:, 1:] - corners[:, :1]
    areas = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    upward = areas > _NO_AREA_M2
    if not upward.any() or np.count_nonzero(upward) > _EXACT_TRIANGLES:
        return hulls([positions[:, :2]])[0]
    closed = corners[upward][:, [0, 1, 2, 0]]
    return joined(shapely.polygons(closed))


def joined(shapes: Iterable[shapely.Geometry]) -> shapely.Geometry:
    """The union of polygons as one polygon or several."""
    several = np.array(list(shapes), object)
    try:
        union = shapely.union_all(several, grid_size=_GRID_M)
    except shapely.GEOSException:
        union = shapely.union_all(shapely.buffer(several, _GRID_M))
    return widened(np.array([union], object))[0]


def widened(shapes: Objects) -> Objects:
    """The same shapes, those without area as narrow strips."""
    result = np.asarray(shapes, object).copy()
    narrow = shapely.area(result) <= _FLAT
    result[narrow] = shapely.buffer(result[narrow], _THIN_M, quad_segs=1)
    return result
