"""GeoParquet: columns for analysis, with boxes by which readers skip what they need not read.

Source: GeoParquet 1.1.0, file metadata, column metadata and bounding box columns.
"""

import io
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from api.ogc.formats import _columns, _shapes
from api.ogc.formats.base import Export, Format
from cim.arrays import Float64, Objects

VERSION = "1.1.0"
SIDES = ("xmin", "ymin", "xmax", "ymax")
BOX = pa.struct([pa.field(side, pa.float64(), nullable=False) for side in SIDES])
TYPE_NAMES = (
    "Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString",
    "MultiPolygon", "GeometryCollection",
)  # fmt: skip
"""GeoParquet's name of each shapely type id."""


@dataclass(frozen=True, slots=True)
class GeoParquet:
    """See `Format`."""

    media_type: str = "application/vnd.apache.parquet"
    suffix: str = ".parquet"
    is_paged: bool = False
    is_text: bool = False

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "GeoParquet", "en": "GeoParquet"}

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`. Each batch is a row group that leaves when it is made."""
        names = tuple(field.name for field in export.fields)
        geometry, box = _columns.free_name("geometry", names), _columns.free_name("bbox", names)
        has_geometry = export.representation.geometry
        schema = _columns.schema(export)
        if has_geometry:
            schema = schema.append(pa.field(geometry, pa.binary())).append(pa.field(box, BOX))
        sink, seen = _Sink(), _Seen()
        with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
            for batch in export.read():
                columns = _columns.columns(batch, export)
                if has_geometry:
                    shapes = _shapes.moved(batch, export.representation)
                    seen = seen.with_these(shapes)
                    columns += [pa.array(_shapes.wkb(shapes), pa.binary()), _boxes(shapes)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                yield sink.take()
            if has_geometry:
                about = _about(export, geometry, box, seen)
                writer.add_key_value_metadata({"geo": orjson.dumps(about).decode()})
        yield sink.take()


class _Sink(io.RawIOBase):
    """Where the Parquet writer writes; what it wrote can be taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, piece: Any) -> int:  # noqa: ANN401 - any buffer
        data = bytes(piece)
        self._pieces.append(data)
        self._size += len(data)
        return len(data)

    def take(self) -> bytes:
        """All that was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the features written so far have in common."""

    kinds: frozenset[str] = frozenset()
    bounds: tuple[float, ...] = field(default=())

    def with_these(self, shapes: Objects) -> "_Seen":
        """That, and what some more have."""
        there = shapes[~shapely.is_missing(shapes)]
        ids, z = shapely.get_type_id(there), shapely.has_z(there)
        pairs = set(zip(ids.tolist(), z.tolist(), strict=True))
        kinds = self.kinds | {TYPE_NAMES[kind] + (" Z" if has_z else "") for kind, has_z in pairs}
        boxes = shapely.bounds(there)
        boxes = boxes[~np.isnan(boxes[:, 0])]
        if not len(boxes):
            return _Seen(kinds, self.bounds)
        return _Seen(kinds, _around(boxes, self.bounds))


def _around(boxes: Float64, bounds: tuple[float, ...]) -> tuple[float, ...]:
    """One box around all of them."""
    all_boxes = np.vstack([boxes, [bounds]]) if bounds else boxes
    low, high = all_boxes[:, :2].min(axis=0), all_boxes[:, 2:].max(axis=0)
    return (*low.tolist(), *high.tolist())


def _boxes(shapes: Objects) -> pa.Array:
    """Box of each geometry, null where there is none."""
    boxes = shapely.bounds(shapes)
    nowhere = np.isnan(boxes[:, 0])
    sides = [pa.array(boxes[:, n]) for n in range(len(SIDES))]
    return pa.StructArray.from_arrays(sides, fields=list(BOX), mask=pa.array(nowhere))


def _about(export: Export, geometry: str, box: str, seen: _Seen) -> dict[str, Any]:
    """The `geo` metadata."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(seen.kinds),
        "crs": _shapes.system_of(export.crs).to_json_dict(),
        "covering": {"bbox": {side: [box, side] for side in SIDES}},
    }
    if seen.bounds:
        column["bbox"] = list(seen.bounds)
    return {"version": VERSION, "primary_column": geometry, "columns": {geometry: column}}


PLUGIN: Format = GeoParquet()
