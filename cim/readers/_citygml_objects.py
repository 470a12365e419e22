"""City objects of CityGML: their parts, their boundary surfaces, their levels of detail.

Source: OGC 08-007r1 (CityGML 1.0), OGC 12-019 (2.0), OGC 21-006r2 (3.0 GML encoding).
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from cim.features import SURFACE_KINDS
from cim.readers._city_rings import NO_KIND, Shapes
from cim.readers._citygml_attributes import attributes_of
from cim.readers._citygml_crs import Axes
from cim.readers._citygml_documents import GML, HREF, Element, id_of, local
from cim.readers._citygml_faces import Face, Links, faces_of, is_face
from cim.readers._citygml_geometry import others_of, ring_set, rings_of
from cim.readers._citygml_looks import Looks
from cim.readers._citygml_numbers import numbers_of

_KINDS: Final = {
    "GroundSurface": SURFACE_KINDS.index("ground"),
    "WallSurface": SURFACE_KINDS.index("wall"),
    "RoofSurface": SURFACE_KINDS.index("roof"),
    "Window": SURFACE_KINDS.index("opening"),
    "Door": SURFACE_KINDS.index("opening"),
    "WindowSurface": SURFACE_KINDS.index("opening"),
    "DoorSurface": SURFACE_KINDS.index("opening"),
    "ClosureSurface": SURFACE_KINDS.index("closure"),
    "WaterSurface": SURFACE_KINDS.index("water"),
    "TrafficArea": SURFACE_KINDS.index("traffic"),
    "AuxiliaryTrafficArea": SURFACE_KINDS.index("traffic"),
}
_LOD: Final = re.compile(r"lod(\d)(\w*)")
_ASIDE: Final = re.compile(r"lod\dTerrainIntersection(Curve)?")
_SHAPES: Final = frozenset({"tin", "geometry", "breaklines", "ridgeOrValleyLines", "reliefPoints"})
_NO_SHAPES: Final = frozenset(
    {"address", "appearance", "appearanceMember", "externalReference", "metaDataProperty",
     "groupMember", "parent", "generalizesTo", "relatedTo", "dynamizer", "extent"}
)  # fmt: skip
_INSIDE: Final = re.compile(
    r"interior\w*|Room|BuildingRoom|BridgeRoom|HollowSpace|BuildingUnit|Storey|ClearanceSpace"
    r"|Int\w+Installation|(Building|Bridge|Tunnel)Furniture"
)
"""Properties and types of spaces inside an object, or empty above a road."""

_THEMATIC: Final = re.compile(r"\w*(?<!Triangulated)(?<!Polyhedral)Surface|Window|Door")
_GML_SPACE: Final = re.compile(r"\{http://www\.opengis\.net/gml(/3\.2)?\}\w+")
_LINKED: Final = etree.XPath(".//*[@x:href]", namespaces={"x": "http://www.w3.org/1999/xlink"})
_IDENTIFIED: Final = etree.XPath(
    "descendant-or-self::*[@a:id or @b:id]", namespaces=dict(zip("ab", GML, strict=True))
)
_SRS_NAMES: Final = etree.XPath(
    ".//*[@srsName][not(ancestor::*[starts-with(local-name(), 'relative')])]/@srsName"
)
"""Names of CRSs but those of the templates of implicit geometry, which are local."""

_NO_ATTRIBUTES: Final = frozenset({"appearance", "boundedBy", "extent"})
_FLAT: Final = "0"
_LOD_0: Final = {"lod0FootPrint": _KINDS["GroundSurface"], "lod0RoofEdge": _KINDS["RoofSurface"]}


@dataclass(frozen=True, slots=True)
class Part:
    """A city object within another, or the object itself."""

    element: Element
    kind: int
    """What a boundary surface is; `NO_KIND` for what is none."""

    is_inside: bool
    """It lies inside the object, where its geometry is not looked for."""

    shapes: tuple[Element, ...]
    """Its properties that hold geometry."""

    others: tuple[Element, ...]
    """Its properties that hold neither geometry nor parts: attributes, and links."""


@dataclass(frozen=True, slots=True)
class LodFaces:
    """A face and the level of detail it belongs to."""

    lod: str
    face: Face


def parts_of(element: Element) -> list[Part]:
    """The object and all within it, boundary surfaces too, the object first."""
    return _parts_from(element, NO_KIND)


def _parts_from(element: Element, kind: int) -> list[Part]:
    waiting = [(element, kind, False)]
    found = []
    for one, own_kind, inside in waiting:  # grows on the way
        roles: dict[str, list[Element]] = {"shape": [], "attribute": [], "part": [], "nothing": []}
        for prop in one:
            roles[_role(prop)].append(prop)
        shapes, others = tuple(roles["shape"]), tuple(roles["attribute"])
        found.append(Part(one, own_kind, inside, shapes, others))
        waiting += [
            (inner, _kind(inner.tag), inside or _is_inner(prop.tag) or _is_inner(inner.tag))
            for prop in roles["part"]
            for inner in prop
        ]
    return found


@lru_cache(maxsize=1024)
def _is_inner(tag: str) -> bool:
    return _INSIDE.fullmatch(local(tag)) is not None


@lru_cache(maxsize=1024)
def _kind(tag: str) -> int:
    """Kind of a boundary surface; `NO_KIND` of what is none."""
    name = local(tag)
    return _KINDS.get(name, 0) if _THEMATIC.fullmatch(name) else NO_KIND


def _role(prop: Element) -> str:
    """Whether a property of a city object holds a `part`, a `shape`, an `attribute` or nothing."""
    role = _role_by_name(prop.tag)
    if role:
        return role
    if not len(prop):
        return "attribute"
    inner = prop[0].tag
    if _is_gml(inner):
        return "nothing"
    return "part" if _names_part(inner) or _holds_shape(prop) else "attribute"


@lru_cache(maxsize=1024)
def _role_by_name(tag: str) -> str:
    """The role of a property as far as its name tells; empty when its content must."""
    name = local(tag)
    if _ASIDE.fullmatch(name):
        return "nothing"
    if _LOD.fullmatch(name) or name in _SHAPES:
        return "shape"
    return "attribute" if name in _NO_SHAPES else ""


@lru_cache(maxsize=1024)
def _is_gml(tag: str) -> bool:
    return _GML_SPACE.fullmatch(tag) is not None


@lru_cache(maxsize=1024)
def _names_part(tag: str) -> bool:
    return local(tag) in _KINDS or _is_inner(tag)


def _holds_shape(prop: Element) -> bool:
    """Whether an object within has geometry of its own."""
    return (
        next(prop.iterdescendants("{*}posList", "{*}pos", "{*}ImplicitGeometry"), None) is not None
    )


def attributes(part: Part) -> dict[str, Any]:
    """Attributes of a city object or part."""
    return attributes_of(prop for prop in part.others if local(prop.tag) not in _NO_ATTRIBUTES)


def links_of(element: Element, elsewhere: Mapping[str, Element]) -> Links:
    """What xlinks within an object may refer to."""
    if not _hrefs(element):
        return Links({}, {})
    return Links({_id(one): one for one in _identified(element)}, elsewhere)


def _identified(element: Element) -> list[Element]:
    """The elements within an object that have a gml:id."""
    found: list[Element] = _IDENTIFIED(element)
    return found


def _id(element: Element) -> str:
    return id_of(element) or ""


def strangers_of(element: Element) -> set[str]:
    """Ids that xlinks of an object name and the object does not hold."""
    named = {href[1:] for href in _hrefs(element) if href.startswith("#")}
    return named - {_id(one) for one in _identified(element)} if named else named


def referred_of(element: Element, wanted: AbstractSet[str]) -> Iterator[tuple[str, Element]]:
    """Geometry and boundary surfaces of an object that have one of the ids wanted."""
    for one in _identified(element):
        is_shape = _GML_SPACE.fullmatch(one.tag) or _THEMATIC.fullmatch(local(one.tag))
        if is_shape and _id(one) in wanted:
            yield _id(one), one


def srs_names_of(element: Element) -> list[str]:
    """CRSs that an object names."""
    return [str(name) for name in _SRS_NAMES(element)]


def _hrefs(element: Element) -> list[str]:
    """Targets of the xlinks within an object that may be geometry."""
    return [str(prop.get(HREF)) for prop in _LINKED(element) if local(prop.tag) not in _NO_SHAPES]


def shapes_of(parts: list[Part], links: Links, axes: Axes, looks: Looks | None = None) -> Shapes:
    """Surfaces of an object and its parts by level of detail.

    A surface that the solid of an object and a boundary surface share through an xlink is one,
    of the boundary's kind; so is one that both of them repeat.

    Raises:
        BrokenGeometryError: Something breaks the rules of GML.
    """
    found = [one for part in parts if not part.is_inside for one in _lod_faces(part, links)]
    lods = sorted({one.lod for one in found})
    sets, others = [], []
    for lod in lods:
        here = [one for one in found if one.lod == lod]
        faces = _once([one for one in here if is_face(one.face)])
        others += [one.face for one in here if not is_face(one.face)]
        if faces:
            sets.append(ring_set(lod, faces, axes, looks))
    return Shapes(tuple(sets), tuple(others_of(others, axes)))


def _lod_faces(part: Part, links: Links) -> Iterator[LodFaces]:
    """Faces of one part; those of a boundary reached by an xlink are its owner's."""
    for prop in part.shapes:
        name = local(prop.tag)
        match = _LOD.fullmatch(name)
        lod = match[1] if match else _own_lod(part.element)
        kind = _LOD_0.get(name, part.kind)
        yield from (LodFaces(lod, face) for face in faces_of(prop, links, kind))
    for prop in part.others:
        if prop.get(HREF) is not None and local(prop.tag) in ("boundary", "boundedBy"):
            yield from _linked_boundary(prop, links)


def _linked_boundary(prop: Element, links: Links) -> Iterator[LodFaces]:
    """A boundary surface that another object holds (CityGML 3, 7.2.3: spaces share boundaries)."""
    target = links.target(prop.get(HREF))
    if _id(target) in links.inside:
        return
    for inner in _parts_from(target, _kind(target.tag)):
        for one in _lod_faces(inner, links):
            yield replace(one, face=replace(one.face, is_linked=True))


def _own_lod(element: Element) -> str:
    """The level of detail that a relief or group states of itself."""
    for child in element:
        if local(child.tag) == "lod" and child.text:
            return str(child.text).strip()
    return _FLAT


def _once(here: list[LodFaces]) -> list[Face]:
    """The faces of one level of detail, each once and with its kind."""
    own = [one for one in here if not one.face.is_linked]
    keys = {id_of(one.face.element) for one in own}
    told = {id_of(one.face.element): one.face.kind for one in here if one.face.kind != NO_KIND}
    faces = [_told(one.face, told) for one in _without_repeats(own)]
    for one in here:
        key = id_of(one.face.element)
        if one.face.is_linked and (key not in keys or one.face.placement is not None):
            keys.add(key)
            faces.append(_told(one.face, told))
    return faces


def _told(face: Face, told: Mapping[str | None, int]) -> Face:
    key = id_of(face.element)
    if face.kind != NO_KIND or key is None or key not in told:
        return face
    return replace(face, kind=told[key])


def _without_repeats(own: list[LodFaces]) -> list[LodFaces]:
    """Faces without those of solids that boundary surfaces hold once more, corner by corner."""
    bounding = [one for one in own if one.face.kind != NO_KIND]
    if not bounding or len(bounding) == len(own):
        return own
    corners = {_corners(one.face.element) for one in bounding}
    return [
        one for one in own if one.face.kind != NO_KIND or _corners(one.face.element) not in corners
    ]


def _corners(face: Element) -> frozenset[tuple[float, ...]]:
    """Corners of the outer ring, in no order."""
    values = numbers_of(rings_of(face)[0])
    return frozenset(zip(values[::3], values[1::3], values[2::3], strict=True))
