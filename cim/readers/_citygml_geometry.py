"""Polygons, lines and points of GML as arrays, x first, in place.

Source: OGC 07-036 (GML 3.2.1), clauses 10 to 12; OGC 12-019 (CityGML 2.0), 8.2 implicit geometry.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from math import isfinite
from typing import Final

import numpy as np
import shapely

from cim.arrays import Bool, Float64
from cim.readers._city_rings import BrokenGeometryError, RingSet
from cim.readers._citygml_crs import Axes
from cim.readers._citygml_documents import Element, local
from cim.readers._citygml_faces import Face, Placement
from cim.readers._citygml_looks import Looks, paint_of
from cim.readers._citygml_numbers import name_of, numbers_of

_SIDES: Final = {
    "exterior": 0,
    "outerBoundaryIs": 0,
    "interior": 1,
    "innerBoundaryIs": 1,
}
_GAP: Final = 1e-3
"""Share of a ring's extent by which its last corner may miss its first."""

_EQUATOR_M: Final = 6_378_137.0
_ECCENTRICITY2: Final = 0.006694380022900788
"""Semi-major axis and squared first eccentricity of GRS 80."""


def rings_of(element: Element) -> list[Element]:
    """Ring elements of a polygon, the outer one first.

    Raises:
        BrokenGeometryError: It has no outer ring.
    """
    sides: tuple[list[Element], list[Element]] = ([], [])
    for child in element:
        side = _SIDES.get(local(child.tag))
        if side is not None and len(child):
            sides[side].append(child[0])
    if not sides[0]:
        raise BrokenGeometryError(f"{name_of(element)} has no exterior ring")
    return [sides[0][0], *sides[1]]


def ring_set(lod: str, faces: Sequence[Face], axes: Axes, looks: Looks | None) -> RingSet:
    """Polygons of one level of detail as rings.

    Raises:
        BrokenGeometryError: A ring is open, a coordinate no number or not finite.
    """
    rings = [rings_of(face.element) for face in faces]
    values = [
        _corners(ring, face, axes)
        for face, some in zip(faces, rings, strict=True)
        for ring in some
    ]
    sizes = np.array([len(value) // 3 for value in values], np.int64)
    counts = np.array([len(some) for some in rings], np.int64)
    xyz = np.array(list(chain.from_iterable(values)), np.float64).reshape(-1, 3)
    if axes.swapped:
        plain = np.repeat(np.repeat(_is_plain(faces), counts), sizes)
        xyz[plain] = xyz[plain][:, [1, 0, 2]]
    return RingSet(
        lod=lod,
        xyz=xyz,
        sizes=sizes,
        counts=counts,
        kinds=np.array([face.kind for face in faces], np.uint8),
        paint=None if looks is None else paint_of(faces, rings, sizes.tolist(), looks),
    )


def _is_plain(faces: Sequence[Face]) -> Bool:
    """(s,) whether each face is told in the file's own axes, and not by a template."""
    return np.array([face.placement is None for face in faces], np.bool_)


def _corners(ring: Element, face: Face, axes: Axes) -> list[float]:
    """Coordinates of a ring without the closing corner, turned and placed as its face is.

    Raises:
        BrokenGeometryError: It is open or empty, or a coordinate no number or not finite.
    """
    values = numbers_of(ring)
    if not values:
        raise BrokenGeometryError(f"{name_of(ring)} has no corners")
    if not isfinite(sum(values)) and not all(map(isfinite, values)):
        raise BrokenGeometryError(f"{name_of(ring)}: a coordinate is not a finite number")
    if values[:3] != values[-3:]:
        _check_gap(values, ring)
    corners = values[:-3]
    if face.placement is None and not face.is_flipped:
        return corners
    xyz = np.array(corners).reshape(-1, 3)
    if face.placement is not None:
        xyz = _placed(xyz, face.placement, axes)
    if face.is_flipped:
        xyz = np.roll(xyz[::-1], 1, axis=0)
    return xyz.ravel().tolist()


def _check_gap(values: list[float], ring: Element) -> None:
    """Raises BrokenGeometryError for a ring whose last corner is far from its first."""
    xyz = np.array(values).reshape(-1, 3)
    if np.abs(xyz[-1] - xyz[0]).max() > _GAP * np.ptp(xyz, axis=0).max():
        raise BrokenGeometryError(
            f"{name_of(ring)} is not closed: its last corner is not its first"
        )


def _placed(template: Float64, placement: Placement, axes: Axes) -> Float64:
    """(n, 3) corners of a template in place, x first; metres become degrees where need be."""
    matrix = placement.matrix
    local_xyz = template @ matrix[:3, :3].T + matrix[:3, 3]
    anchor = placement.anchor[[1, 0, 2]] if axes.swapped else placement.anchor
    if axes.in_degrees:
        sine = np.sin(np.radians(anchor[1]))
        prime = _EQUATOR_M / np.sqrt(1 - _ECCENTRICITY2 * sine**2)
        meridian = prime * (1 - _ECCENTRICITY2) / (1 - _ECCENTRICITY2 * sine**2)
        parallel = max(prime * np.sqrt(1 - sine**2), 1.0)
        scale = np.array([np.degrees(1 / parallel), np.degrees(1 / meridian), 1.0])
        return np.asarray(anchor + local_xyz * scale)
    return np.asarray(anchor + (local_xyz[:, [1, 0, 2]] if axes.swapped else local_xyz))


def others_of(faces: Iterable[Face], axes: Axes) -> list[shapely.Geometry]:
    """Points and lines.

    Raises:
        BrokenGeometryError: A coordinate is no number or not finite.
    """
    found = []
    for face in faces:
        xyz = np.array(numbers_of(face.element)).reshape(-1, 3)
        if not len(xyz) or not np.isfinite(xyz).all():
            raise BrokenGeometryError(f"{name_of(face.element)}: not all finite numbers")
        if face.placement is not None:
            xyz = _placed(xyz, face.placement, axes)
        elif axes.swapped:
            xyz = xyz[:, [1, 0, 2]]
        is_point = local(face.element.tag) == "Point" or len(xyz) == 1
        found.append(shapely.points(xyz[0]) if is_point else shapely.linestrings(xyz))
    return found
