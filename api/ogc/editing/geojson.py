"""GeoJSON in bodies: features taken apart, their geometries read all at once.

Source: RFC 7946, clauses 3-4 and 6; OGC 20-002r1 (Features Part 4), clause 11; OGC 18-058r1
(Part 2), clause 6.4 (Content-Crs).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import orjson
import shapely

from api.errors import ParameterError
from api.ogc import crs as systems
from api.ogc.crs import Crs
from api.ogc.encoding import PLAIN
from cim.arrays import Objects
from cim.catalog import Layer
from cim.editing.prepare import Draft, Operation
from cim.edits import SHOWN, Fault

KINDS: Final = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
    "GeometryCollection",
)  # fmt: skip
PLAIN_CRS_NAMES: Final = frozenset(
    {systems.CRS84_URI, "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84"}
)
MEMBERS: Final = ("type", "id", "geometry", "properties", "bbox", "links")
"""Of a feature as it is served: a patch may name no others, for they would be overlooked."""

JSON_FG: Final = ("place", "coordRefSys")
LON_MOST, LAT_MOST = 180.0, 90.0
_NOISE: Final = re.compile(r"^(\w+Exception: )?(Error parsing JSON: '?)?(\[[^]]*\] )?")


@dataclass(frozen=True, slots=True)
class Wish:
    """One feature in a body, as it was written."""

    operation: Operation
    fid: int | None
    document: Mapping[str, Any]
    expected: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """Drafts of wishes, and what was wrong."""

    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]


def content_crs(header: str | None, layer: Layer) -> Crs:
    """The CRS of the coordinates in a body: that of Content-Crs, CRS84 when absent.

    Raises:
        ParameterError: The layer is not offered in it.
    """
    if header is None:
        return PLAIN.crs
    uri = header.strip()
    if uri.startswith("<") and uri.endswith(">"):
        uri = uri[1:-1].strip()
    return systems.find(layer, "Content-Crs", uri)


def draft(wishes: Sequence[Wish], layer: Layer, source: Crs) -> Drafted:
    """Drafts with geometries in the layer's storage CRS.

    Args:
        wishes: Features as they were written.
        layer: Where they go.
        source: CRS of their coordinates, in its own axis order.
    """
    faults: list[Fault] = []
    drafts = []
    for index, wish in enumerate(wishes):
        faults += _document_faults(index, wish, source)
        drafts.append(_without_geometry(wish))
    given = [
        (index, wish.document["geometry"])
        for index, wish in enumerate(wishes)
        if isinstance(wish.document.get("geometry"), dict)
    ]
    shapes, bad = _read([geometry for _, geometry in given])
    bad |= _out_of_range(shapes, bad, source)
    moved, lost = _moved(shapes, bad, layer, source)
    bad |= lost
    for row, (index, geometry) in enumerate(given):
        if row in bad:
            shown = orjson.dumps(geometry).decode()[:SHOWN]
            faults.append(Fault(index, "geometry", bad[row], shown, fid=wishes[index].fid))
        else:
            drafts[index] = replace(drafts[index], geometry=moved[row])
    return Drafted(tuple(drafts), tuple(faults))


def check_crs_member(document: Mapping[str, Any], source: Crs) -> None:
    """Refuse the member `crs` of old GeoJSON unless it says what is meant anyway.

    Raises:
        ParameterError: It names another CRS, which would be overlooked.
    """
    member = document.get("crs")
    if member is None:
        return
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if name != source.uri and not (source is PLAIN.crs and name in PLAIN_CRS_NAMES):
        raise ParameterError(
            "crs", f"{str(name)[:SHOWN]!r} in the body is not read; use the header Content-Crs"
        )


def _without_geometry(wish: Wish) -> Draft:
    properties = wish.document.get("properties")
    return Draft(
        operation=wish.operation,
        fid=wish.fid,
        has_geometry="geometry" in wish.document or wish.operation == "replace",
        properties=properties if isinstance(properties, dict) else {},
        expected=wish.expected,
    )


def _document_faults(index: int, wish: Wish, source: Crs) -> Iterator[Fault]:
    """What is wrong with a feature as a document, its geometry and values not looked at."""
    if wish.operation == "retire":
        return
    for name, reason in (*_member_faults(wish), *_crs_faults(wish.document, source)):
        yield Fault(index, name, reason, str(wish.document.get(name))[:SHOWN], fid=wish.fid)


def _member_faults(wish: Wish) -> Iterator[tuple[str, str]]:
    """Members at fault, with the reason."""
    document, is_patch = wish.document, wish.operation == "update"
    if document.get("type", "Feature" if is_patch else None) != "Feature":
        yield "type", "is no Feature"
    for name in document if is_patch else ():
        if name not in MEMBERS:
            yield name, f"is no member of a feature; legal: {', '.join(MEMBERS)}"
    for name in ("properties", "geometry"):
        if not isinstance(document.get(name), dict | None):
            yield name, "is neither an object nor null"
    if wish.fid is not None and "id" in document and not _is_id(document["id"], wish.fid):
        yield "id", f"is not that of the address; legal: {wish.fid}"


def _crs_faults(document: Mapping[str, Any], source: Crs) -> Iterator[tuple[str, str]]:
    for name in JSON_FG:
        if document.get(name) is not None:
            yield name, "is not read here; legal: GeoJSON, with the header Content-Crs"
    try:
        check_crs_member(document, source)
    except ParameterError as error:
        yield "crs", str(error).removeprefix("crs: ")


def _is_id(given: object, fid: int) -> bool:
    return str(given) == str(fid) and not isinstance(given, bool)


def _read(geometries: Sequence[Mapping[str, Any]]) -> tuple[Objects, dict[int, str]]:
    """Shapes, None where the reason beside them says why not."""
    texts = [orjson.dumps(geometry) for geometry in geometries]
    shapes = np.asarray(
        shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore"), dtype=object
    ).reshape(-1)
    bad = {}
    for row, geometry in enumerate(geometries):
        kind = geometry.get("type")
        if kind not in KINDS:
            bad[row] = f"type {str(kind)[:SHOWN]!r} is not legal; legal: {', '.join(KINDS)}"
        elif shapes[row] is None:
            bad[row] = _why_unread(texts[row])
    return shapes, bad


def _why_unread(text: bytes) -> str:
    try:
        shapely.from_geojson(text)
    except shapely.errors.GEOSException as error:
        return f"cannot be read: {_NOISE.sub('', str(error).strip()).strip()}"
    return "cannot be read"


def _out_of_range(shapes: Objects, bad: Mapping[int, str], source: Crs) -> dict[int, str]:
    """Rows with a position that is no place, by the first of them."""
    rows = np.array([row for row in range(len(shapes)) if row not in bad], np.int64)
    if not len(rows):
        return {}
    positions, owners = shapely.get_coordinates(shapes[rows], include_z=True, return_index=True)
    has_z = shapely.has_z(shapes[rows])[owners]
    wrong = ~np.isfinite(positions[:, :2]).all(axis=1)
    mixed = has_z & ~np.isfinite(positions[:, 2])
    limits = (LAT_MOST, LON_MOST) if source.north_first else (LON_MOST, LAT_MOST)
    if source.decimals == systems.GEOGRAPHIC_DECIMALS:
        wrong |= (np.abs(positions[:, :2]) > limits).any(axis=1)
    found: dict[int, str] = {}
    for at in np.flatnonzero(wrong | mixed).tolist():
        first, second = positions[at, :2].tolist()
        names = "latitude, longitude" if source.north_first else "longitude, latitude"
        reason = (
            f"position {at - int(np.searchsorted(owners, owners[at]))} mixes two and three numbers"
            if mixed[at]
            else f"{first:g}, {second:g} is no {names}"
        )
        found.setdefault(int(rows[owners[at]]), reason)
    return found


def _moved(
    shapes: Objects, bad: Mapping[int, str], layer: Layer, source: Crs
) -> tuple[Objects, dict[int, str]]:
    """Shapes in the layer's storage CRS; rows that lie outside of it."""
    moved = shapes.copy()
    rows = np.array([row for row in range(len(shapes)) if row not in bad], np.int64)
    if not len(rows):
        return moved, {}
    moved[rows] = systems.from_client(shapes[rows], source, layer.crs)
    positions, owners = shapely.get_coordinates(moved[rows], return_index=True)
    inside = np.isfinite(positions)
    if source.decimals != systems.GEOGRAPHIC_DECIMALS:  # of the others the range says enough
        west, south, east, north = systems.area_in(source, layer.crs)
        inside &= (positions >= (west, south)) & (positions <= (east, north))
    lost = np.unique(owners[~inside.all(axis=1)])
    reason = f"lies outside of the area of {source.uri}; look at the order of its axes"
    return moved, {int(rows[row]): reason for row in lost}
