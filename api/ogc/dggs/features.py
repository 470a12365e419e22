"""Zones and zone data as GeoJSON (RFC 7946), and zone data as DGGS-JSON.

Source: OGC 21-038r1, /req/zone-geojson/content, /req/data-geojson/content,
/req/data-json/content.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from api.ogc.dggs.data import Depth, Member
from api.ogc.dggs.documents import Document, Links, Origin, ZonePage, uri
from api.ogc.dggs.systems import Dggrs
from api.ogc.schemas import DIALECT, property_schema
from cim.arrays import Objects, Uint64

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z
COUNT_TITLES = {"zh": "要素数", "en": "Number of features"}


def zone_feature(document: Document) -> Document:
    """A zone as a feature: what the document says, besides geometry and links, as properties."""
    outside = {"geometry", "links", "bbox", "id"}
    return {
        "type": "Feature",
        "id": document["id"],
        "geometry": document["geometry"],
        "properties": {name: part for name, part in document.items() if name not in outside},
        "links": document["links"],
    }


def zone_collection(system: Dggrs, page: ZonePage, geometry: str) -> bytes:
    """A page of zones as features."""
    levels = system.grid.level_of(page.codes)
    properties = (
        {"zoneID": text, "level": level, "areaMetersSquare": area}
        for text, level, area in zip(
            page.texts, levels.tolist(), page.areas_m2.tolist(), strict=True
        )
    )
    head = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(page.texts),
        "returnedAreaMetersSquare": float(page.areas_m2.sum()),
        "links": page.links,
    }
    return collection(head, zone_texts(system, page.codes, properties, geometry))


def collection(head: Mapping[str, Any], features: Iterator[bytes]) -> bytes:
    """A feature collection of ready texts."""
    opening = orjson.dumps(head, option=OPTIONS)[:-1]
    return b'%b,"features":[%b]}' % (opening, b",".join(features))


def zone_texts(
    system: Dggrs, codes: Uint64, properties: Iterator[dict[str, Any]], geometry: str
) -> Iterator[bytes]:
    """Zones as feature texts; the id of each is its text."""
    shapes = _shapes(system, codes, geometry)
    for shape, named in zip(shapes, properties, strict=True):
        yield b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}' % (
            orjson.dumps(named["zoneID"]),
            shape,
            orjson.dumps(named, default=str, option=OPTIONS),
        )


def _shapes(system: Dggrs, codes: Uint64, geometry: str) -> list[bytes]:
    if geometry == "none":
        return [b"null"] * len(codes)
    shapes: Objects = (
        shapely.points(system.grid.centers(codes))
        if geometry == "zone-centroid"
        else shapely.orient_polygons(system.grid.polygons(codes))
    )
    return [text.encode() for text in shapely.to_geojson(shapes)]


def data_features(
    system: Dggrs, depths: list[Depth], members: tuple[Member, ...], geometry: str
) -> Iterator[bytes]:
    """The sub-zones that hold features, of all depths, as feature texts."""
    for depth in depths:
        rows = np.flatnonzero(depth.held)
        codes = depth.codes[rows]
        columns = [
            depth.values[member.name].take(pa.array(rows)).to_pylist() for member in members
        ]
        names = [member.name for member in members]
        properties = (
            {"zoneID": text, "depth": depth.depth, **dict(zip(names, row, strict=True))}
            for text, *row in zip(system.text(codes), *columns, strict=True)
        )
        yield from zone_texts(system, codes, properties, geometry)


def dggs_json(
    origin: Origin,
    system: Dggrs,
    zone: str,
    depths: list[Depth],
    members: tuple[Member, ...],
    links: Links,
) -> Document:
    """Zone data as DGGS-JSON."""
    language = origin.context.language
    return {
        "$schema": SCHEMA,
        "dggrs": uri(system, origin.context),
        "zoneId": zone,
        "depths": [depth.depth for depth in depths],
        "schema": {
            "$schema": DIALECT,
            "type": "object",
            "properties": {
                member.name: {**member_schema(member, language), "x-ogc-property-seq": number}
                for number, member in enumerate(members, start=1)
            },
        },
        "values": {
            member.name: [_values(depth, depth.values[member.name]) for depth in depths]
            for member in members
        },
        "links": links,
    }


SCHEMA = "https://schemas.opengis.net/ogcapi/dggs/1.0/core/schemas/dggs-json/dggs-json.json"


def member_schema(member: Member, language: str) -> Document:
    """Schema of one property."""
    if member.field is None:
        return {"type": "integer", "title": COUNT_TITLES[language]}
    plain = property_schema(member.field, language)
    return {**plain, "type": "number"} if member.is_numeric else plain


def _values(depth: Depth, values: pa.Array) -> Document:
    number = len(values)
    return {
        "depth": depth.depth,
        "shape": {"count": number, "subZones": number},
        "data": values.to_pylist(),
    }
