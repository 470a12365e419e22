"""JSON-FG: GeoJSON with the feature type, validity in time and geometry in any CRS.

Source: OGC 21-045r1 (JSON-FG 1.0). Its text was not at hand here: members and class URIs are as
its published schemas' users write them, and GDAL reads what this writes. Solids (class
polyhedra) are not written; features are what GeoJSON has of them.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from api.ogc.crs import CRS84, crs_of
from api.ogc.encoding import geometry_texts, property_texts
from api.ogc.formats._json import collection
from api.ogc.formats.base import Export, Format
from cim.features import FeatureBatch

CLASSES = tuple(
    f"http://www.opengis.net/spec/json-fg-1/1.0/conf/{name}" for name in ("core", "types-schemas")
)
UNBOUNDED = ".."
DIMENSIONS = {"POINT": 0, "LINESTRING": 1, "POLYGON": 2}
"""`geometryDimension` by type, of multi types too."""


@dataclass(frozen=True, slots=True)
class JsonFg:
    """See `Format`."""

    media_type: str = "application/vnd.ogc.fg+json"
    suffix: str = ".fg.json"
    is_paged: bool = True
    is_text: bool = True

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "JSON-FG", "en": "JSON-FG"}

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`."""
        texts = (features(batch, export) for batch in export.read())
        if not export.is_single:
            return collection(export, _members(export), texts)
        return _single(export, texts)


def _single(export: Export, texts: Iterator[list[bytes]]) -> Generator[bytes]:
    """The one feature, with the members that a collection has for all of its."""
    links = {"links": export.frame.links} if export.frame is not None else {}
    members = orjson.dumps({**_members(export), **links})
    for some in texts:
        for text in some:
            yield b"%b,%b" % (text[:-1], members[1:])


def _members(export: Export) -> dict[str, Any]:
    """Members that hold for all features."""
    kind = export.layer.geometry_type.removeprefix("MULTI")
    members: dict[str, Any] = {
        "conformsTo": list(CLASSES),
        "featureType": export.layer.name,
        "coordRefSys": export.crs.uri,
    }
    if kind in DIMENSIONS:
        members["geometryDimension"] = DIMENSIONS[kind]
    if export.frame is not None and export.frame.schema:
        members["featureSchema"] = export.frame.schema
    return members


def features(batch: FeatureBatch, export: Export) -> list[bytes]:
    """The text of each feature.

    `geometry` is in CRS84, which every reader of GeoJSON understands; `place` is in the CRS that
    was asked for, where that is another.
    """
    shape = export.representation
    is_plain = export.crs == crs_of(CRS84)
    plain = shape if is_plain else replace(shape, crs=crs_of(CRS84), decimals=None)
    places = [b"null"] * len(batch) if is_plain else geometry_texts(batch, shape)
    parts = zip(
        batch.records.tolist(),
        _times(batch),
        places,
        geometry_texts(batch, plain),
        property_texts(batch, plain),
        strict=True,
    )
    return [
        b'{"type":"Feature","id":%d,"time":%b,"place":%b,"geometry":%b,"properties":%b}' % part
        for part in parts
    ]


def _times(batch: FeatureBatch) -> list[bytes]:
    """When each feature is valid, null where its layer does not say."""
    have = set(batch.attributes.column_names)
    if not {"valid_from", "valid_to"} <= have:
        return [b"null"] * len(batch)
    columns = (batch.attributes.column(name).to_pylist() for name in ("valid_from", "valid_to"))
    return [_time(start, end) for start, end in zip(*columns, strict=True)]


def _time(start: str | None, end: str | None) -> bytes:
    if start is None and end is None:
        return b"null"
    return orjson.dumps({"interval": [start or UNBOUNDED, end or UNBOUNDED]})


PLUGIN: Format = JsonFg()
