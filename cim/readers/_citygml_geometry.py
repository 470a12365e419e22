"""Geometry elements of GML 3.1 and 3.2: their surfaces, curves and points as arrays.

Source: OGC 07-036 (GML 3.2.1), clauses 10 to 12; OGC 12-019 (CityGML 2.0), 8.2 implicit geometry.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Uint8
from cim.readers._city_rings import BrokenGeometryError, RingSet
from cim.readers._citygml_crs import Axes
from cim.readers._citygml_documents import HREF, Element, id_of, local

_FACES: Final = frozenset({"Polygon", "Triangle", "Rectangle", "PolygonPatch"})
_LINES: Final = frozenset({"LineString", "LineStringSegment"})
_UNREAD: Final = frozenset(
    {"Arc", "ArcByBulge", "ArcByCenterPoint", "ArcString", "BSpline", "Bezier", "Circle",
     "CircleByCenterPoint", "Clothoid", "Cone", "CubicSpline", "Cylinder", "Geodesic",
     "GeodesicString", "OffsetCurve", "Sphere"}
)  # fmt: skip
_ASIDE: Final = frozenset({"appearance", "metaDataProperty", "description", "name"})
_ORIENTABLE: Final = frozenset({"OrientableSurface", "_TexturedSurface", "TexturedSurface"})
_TEXTS: Final = ("posList", "pos", "coordinates")

_DEEPEST: Final = 64
_MATRIX_SIZE: Final = 16
_LEAST_CORNERS: Final = 3
_GAP: Final = 1e-3
"""Share of a ring's extent by which its last corner may miss its first."""

_SHOWN: Final = 60
_EQUATOR_M: Final = 6_378_137.0
_ECCENTRICITY2: Final = 0.006694380022900788
"""Semi-major axis and squared first eccentricity of GRS 80."""


@dataclass(frozen=True, slots=True)
class Links:
    """What xlinks of an object may refer to, by gml:id."""

    inside: Mapping[str, Element]
    elsewhere: Mapping[str, Element]

    def target(self, href: str) -> Element:
        """The element an xlink means.

        Raises:
            BrokenGeometryError: The file does not hold it.
        """
        key = href.removeprefix("#")
        found = self.inside.get(key)
        if found is None:
            found = self.elsewhere.get(key)
        if found is None:
            raise BrokenGeometryError(f"xlink {shown(href)} leads to nothing in this file")
        return found


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an implicit geometry stands."""

    matrix: Float64
    """(4, 4) from the template to offsets from the anchor."""

    anchor: Float64
    """(3,) in the file's order of axes."""


@dataclass(frozen=True, slots=True)
class Face:
    """A polygon of a surface, or a point or line where there is none."""

    element: Element
    kind: int
    is_flipped: bool
    is_linked: bool
    """It was reached through an xlink."""

    placement: Placement | None = None


def shown(text: str) -> str:
    """A text as a message shows it."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else line[:_SHOWN] + "…")


def faces_of(root: Element, links: Links, kind: int) -> Iterator[Face]:
    """Polygons, lines and points below a geometry property or element.

    Raises:
        BrokenGeometryError: A link leads nowhere, or something is of a type that is not read.
    """
    return _faces(root, links, Face(root, kind, is_flipped=False, is_linked=False), 0)


def _faces(node: Element, links: Links, state: Face, depth: int) -> Iterator[Face]:
    name = local(node.tag)
    if depth > _DEEPEST:
        raise BrokenGeometryError(f"geometry nested more than {_DEEPEST} deep, or in a circle")
    if name in _FACES or name in _LINES or name == "Point":
        yield _with(state, node)
    elif name in _UNREAD:
        raise BrokenGeometryError(f"{name} ({_name(node)}) is not read; legal: straight geometry")
    elif name == "ImplicitGeometry":
        yield from _implicit(node, links, state, depth)
    elif node.get(HREF) is not None and not len(node):
        target = links.target(node.get(HREF))
        linked = Face(target, state.kind, state.is_flipped, True, state.placement)  # noqa: FBT003 - is_linked
        yield from _faces(target, links, linked, depth + 1)
    else:
        turned = name in _ORIENTABLE and node.get("orientation") == "-"
        inner = _turned(state) if turned else state
        for child in node:
            if local(child.tag) not in _ASIDE:
                yield from _faces(child, links, inner, depth + 1)


def _with(state: Face, node: Element) -> Face:
    return Face(node, state.kind, state.is_flipped, state.is_linked, state.placement)


def _turned(state: Face) -> Face:
    return Face(state.element, state.kind, not state.is_flipped, state.is_linked, state.placement)


def _implicit(node: Element, links: Links, state: Face, depth: int) -> Iterator[Face]:
    """The template of an implicit geometry, placed; only its place when the template is a file."""
    parts = {local(child.tag): child for child in node}
    point = parts.get("referencePoint")
    if point is None:
        raise BrokenGeometryError("ImplicitGeometry without referencePoint")
    place = next(_faces(point, links, state, depth + 1), None)
    if place is None:
        raise BrokenGeometryError("ImplicitGeometry: referencePoint without a point")
    template = parts.get("relativeGMLGeometry", parts.get("relativeGeometry"))
    if template is None:
        yield place
        return
    anchor = np.array(numbers_of(place.element)[:3])
    placement = Placement(_matrix(parts.get("transformationMatrix")), anchor)
    placed = Face(template, state.kind, state.is_flipped, state.is_linked, placement)
    yield from _faces(template, links, placed, depth + 1)


def _matrix(element: Element | None) -> Float64:
    if element is None:
        return np.eye(4)
    values = _numbers(element.text or "", "transformationMatrix")
    if len(values) != _MATRIX_SIZE or not np.isfinite(values).all():
        raise BrokenGeometryError(f"transformationMatrix has {len(values)} numbers, wanted 16")
    return np.array(values).reshape(4, 4)


def numbers_of(element: Element) -> list[float]:
    """Coordinates of a ring, line or point, three to a corner.

    Raises:
        BrokenGeometryError: They are not triples of numbers.
    """
    texts = [child for child in element.iter() if local(child.tag) in _TEXTS]
    text = " ".join([child.text or "" for child in texts])
    if any(local(child.tag) == "coordinates" for child in texts):
        text = text.replace(",", " ")
    values = _numbers(text, _name(element))
    if len(values) % 3 or any(_dimension(child) != "3" for child in texts[:1]):
        count = f"{len(values)} numbers in {_dimension(element)} dimensions"
        raise BrokenGeometryError(f"{_name(element)}: {count}; wanted three for each corner")
    return values


def _numbers(text: str, name: str) -> list[float]:
    try:
        return list(map(float, text.split()))
    except ValueError as error:
        raise BrokenGeometryError(f"{name}: {error}") from error


def _dimension(element: Element) -> str:
    """The srsDimension of the element or the nearest one around it; 3 when none says."""
    node = element
    while node is not None:
        told = node.get("srsDimension")
        if told is not None:
            return str(told).strip()
        node = node.getparent()
    return "3"


def _name(element: Element) -> str:
    """Name of an element, and the nearest gml:id at or above it."""
    node = element
    while node is not None:
        found = id_of(node)
        if found is not None:
            return f"{local(element.tag)} in {found}"
        node = node.getparent()
    return local(element.tag)


def rings_of(element: Element) -> list[Element]:
    """Ring elements of a polygon, the outer one first.

    Raises:
        BrokenGeometryError: It has no outer ring.
    """
    sides: dict[str, list[Element]] = {"exterior": [], "interior": []}
    for child in element:
        side = {"outerBoundaryIs": "exterior", "innerBoundaryIs": "interior"}.get(
            local(child.tag), local(child.tag)
        )
        if side in sides and len(child):
            sides[side].append(child[0])
    if not sides["exterior"]:
        raise BrokenGeometryError(f"{_name(element)} has no exterior ring")
    return [*sides["exterior"][:1], *sides["interior"]]


def ring_set(lod: str, faces: Sequence[Face], axes: Axes) -> RingSet:
    """Polygons of one level of detail as rings, without those that are collapsed.

    Raises:
        BrokenGeometryError: A ring is open, a coordinate no number or not finite.
    """
    rings = [(number, face, ring) for number, face in enumerate(faces)
             for ring in rings_of(face.element)]  # fmt: skip
    values = [_ring_numbers(ring, face, axes) for _, face, ring in rings]
    lengths = np.array([len(value) // 3 for value in values], np.int64)
    if not lengths.all():
        raise BrokenGeometryError(f"{_name(rings[int(np.argmin(lengths))][2])} has no corners")
    xyz = np.array([number for value in values for number in value]).reshape(-1, 3)
    plain = np.array([face.placement is None for _, face, _ in rings], np.bool_)
    if axes.swapped:
        turned = np.repeat(plain, lengths)
        xyz[turned] = xyz[turned][:, [1, 0, 2]]
    _check_rings(xyz, lengths, [ring for *_, ring in rings])
    owners = np.array([number for number, *_ in rings], np.int64)
    return _cleaned(lod, xyz, lengths, owners, np.array([face.kind for face in faces], np.uint8))


def _ring_numbers(ring: Element, face: Face, axes: Axes) -> Sequence[float]:
    values = numbers_of(ring)
    if face.placement is not None:
        values = _placed(np.array(values).reshape(-1, 3), face.placement, axes).ravel().tolist()
    if face.is_flipped:
        return np.array(values).reshape(-1, 3)[::-1].ravel().tolist()
    return values


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


def _check_rings(xyz: Float64, lengths: Int64, rings: Sequence[Element]) -> None:
    """Raises BrokenGeometryError for a ring that is open or not finite."""
    starts = np.cumsum(lengths) - lengths
    finite = np.logical_and.reduceat(np.isfinite(xyz).all(axis=1), starts)
    if not finite.all():
        name = _name(rings[int(np.argmin(finite))])
        raise BrokenGeometryError(f"{name}: a coordinate is not a finite number")
    extent = np.maximum.reduceat(xyz, starts) - np.minimum.reduceat(xyz, starts)
    gap = np.abs(xyz[starts + lengths - 1] - xyz[starts]).max(axis=1)
    is_open = gap > _GAP * extent.max(axis=1)
    if is_open.any():
        name = _name(rings[int(np.argmax(is_open))])
        raise BrokenGeometryError(f"{name} is not closed: its last corner is not its first")


def _cleaned(lod: str, xyz: Float64, lengths: Int64, owners: Int64, kinds: Uint8) -> RingSet:
    """Rings without repeated corners; those that enclose nothing are left out."""
    keep = _is_kept(xyz, lengths)
    starts = np.cumsum(lengths) - lengths
    sizes = np.add.reduceat(keep.astype(np.int64), starts)
    stands = sizes >= _LEAST_CORNERS
    outer = np.diff(owners, prepend=-1) > 0
    lost = np.isin(owners, owners[outer & ~stands])
    stands &= ~lost
    kept, numbers = np.unique(owners[stands], return_inverse=True)
    return RingSet(
        lod=lod,
        xyz=xyz[keep & np.repeat(stands, lengths)],
        sizes=sizes[stands],
        surfaces=numbers.astype(np.int64),
        kinds=kinds[kept],
        collapsed=int(len(stands) - np.count_nonzero(stands)),
    )


def _is_kept(xyz: Float64, lengths: Int64) -> Bool:
    """Whether each corner differs from the next; the last, which closes the ring, is not kept."""
    kept = np.ones(len(xyz), np.bool_)
    kept[:-1] = (xyz[1:] != xyz[:-1]).any(axis=1)
    kept[np.cumsum(lengths) - 1] = False
    return kept


def others_of(faces: Iterable[Face], axes: Axes) -> list[shapely.Geometry]:
    """Points and lines.

    Raises:
        BrokenGeometryError: A coordinate is no number or not finite.
    """
    found = []
    for face in faces:
        xyz = np.array(numbers_of(face.element)).reshape(-1, 3)
        if not len(xyz) or not np.isfinite(xyz).all():
            raise BrokenGeometryError(f"{_name(face.element)}: not all finite numbers")
        if face.placement is not None:
            xyz = _placed(xyz, face.placement, axes)
        elif axes.swapped:
            xyz = xyz[:, [1, 0, 2]]
        is_point = local(face.element.tag) == "Point" or len(xyz) == 1
        found.append(shapely.points(xyz[0]) if is_point else shapely.linestrings(xyz))
    return found


def is_face(face: Face) -> bool:
    """Whether it is a polygon and no line or point."""
    return local(face.element.tag) in _FACES
