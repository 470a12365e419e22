"""From geometry properties of GML to the polygons, lines and points they hold.

Source: OGC 07-036 (GML 3.2.1), clauses 10 and 11; OGC 12-019 (CityGML 2.0), 8.2 implicit geometry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from cim.arrays import Float64
from cim.readers._city_rings import BrokenGeometryError
from cim.readers._citygml_documents import HREF, Element, local
from cim.readers._citygml_numbers import floats_of, name_of, numbers_of, shown

_FACES: Final = frozenset({"Polygon", "Triangle", "Rectangle", "PolygonPatch"})
_LINES: Final = frozenset({"LineString", "LineStringSegment"})
_UNREAD: Final = frozenset(
    {"Arc", "ArcByBulge", "ArcByCenterPoint", "ArcString", "BSpline", "Bezier", "Circle",
     "CircleByCenterPoint", "Clothoid", "Cone", "CubicSpline", "Cylinder", "Geodesic",
     "GeodesicString", "OffsetCurve", "Sphere"}
)  # fmt: skip
_ASIDE: Final = frozenset({"appearance", "metaDataProperty", "description", "name"})
_ORIENTABLE: Final = frozenset({"OrientableSurface", "_TexturedSurface", "TexturedSurface"})
_LEAVES: Final = _FACES | _LINES | {"Point"}
_DEEPEST: Final = 64
_MOST_SEEN: Final = 1_000_000
"""Elements below one property, with those that links lead to again."""

_MATRIX_SIZE: Final = 16


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


def faces_of(root: Element, links: Links, kind: int) -> Iterator[Face]:
    """Polygons, lines and points below a geometry property or element, in file order.

    Raises:
        BrokenGeometryError: A link leads nowhere or in a circle, or something is of a type that is
            not read.
    """
    return _faces(_Node(root, Face(root, kind, is_flipped=False, is_linked=False), 0), links)


class _Node(NamedTuple):
    """An element on the way to faces."""

    element: Element
    state: Face
    """What holds for faces below it."""

    depth: int


def _faces(root: _Node, links: Links) -> Iterator[Face]:
    waiting = [root]
    seen = 0
    while waiting:
        node = waiting.pop()
        name = local(node.element.tag)
        seen += 1
        if node.depth > _DEEPEST or seen > _MOST_SEEN:
            raise BrokenGeometryError(
                f"geometry nested more than {_DEEPEST} deep or in a circle, "
                f"or of more than {_MOST_SEEN:,} elements"
            )
        if name in _LEAVES:
            yield _with(node.state, node.element)
        elif name in _UNREAD:
            what = f"{name} ({name_of(node.element)})"
            raise BrokenGeometryError(f"{what} is not read; legal: straight geometry")
        elif name == "ImplicitGeometry":
            waiting.append(_placed_template(node, links))
        else:
            waiting += _below(node, name, links)


def _below(node: _Node, name: str, links: Links) -> list[_Node]:
    """What an element holds or links to, the last first."""
    element, state, depth = node
    href = element.get(HREF)
    if href is not None and not len(element):
        target = links.target(href)
        linked = Face(target, state.kind, state.is_flipped, True, state.placement)  # noqa: FBT003 - is_linked
        return [_Node(target, linked, depth + 1)]
    if name in _ORIENTABLE and element.get("orientation") == "-":
        state = _turned(state)
    return [
        _Node(child, state, depth + 1)
        for child in reversed(element)
        if local(child.tag) not in _ASIDE
    ]


def _with(state: Face, element: Element) -> Face:
    return Face(element, state.kind, state.is_flipped, state.is_linked, state.placement)


def _turned(state: Face) -> Face:
    return Face(state.element, state.kind, not state.is_flipped, state.is_linked, state.placement)


def _placed_template(node: _Node, links: Links) -> _Node:
    """The template of an implicit geometry, placed; only its place when the template is a file."""
    element, state, depth = node
    parts = {local(child.tag): child for child in element}
    point = parts.get("referencePoint")
    if point is None:
        raise BrokenGeometryError("ImplicitGeometry without referencePoint")
    place = next(_faces(_Node(point, state, depth + 1), links), None)
    if place is None:
        raise BrokenGeometryError("ImplicitGeometry: referencePoint without a point")
    template = parts.get("relativeGMLGeometry", parts.get("relativeGeometry"))
    if template is None:
        return _Node(place.element, state, depth + 1)
    anchor = np.array(numbers_of(place.element)[:3])
    placement = Placement(_matrix(parts.get("transformationMatrix")), anchor)
    placed = Face(template, state.kind, state.is_flipped, state.is_linked, placement)
    return _Node(template, placed, depth + 1)


def _matrix(element: Element | None) -> Float64:
    if element is None:
        return np.eye(4)
    values = floats_of(element.text or "", element)
    if len(values) != _MATRIX_SIZE or not np.isfinite(values).all():
        raise BrokenGeometryError(f"transformationMatrix has {len(values)} numbers, wanted 16")
    return np.array(values).reshape(4, 4)


def is_face(face: Face) -> bool:
    """Whether it is a polygon and no line or point."""
    return local(face.element.tag) in _FACES
