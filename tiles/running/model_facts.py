"""What the root document says of building models: buildings with footprints, storeys, parts."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from cim import frames
from cim.bim.outlines import outline
from tiles import content
from tiles.bim.elements import to_degrees
from tiles.bim.parts import OUTLINE
from tiles.bim.properties import NO_NUMBER
from tiles.properties import PREFIX
from tiles.property_types import NO_TEXT
from tiles.running.first_pass import FirstPass
from tiles.settling import sharing, table

_TOLD = ("entity_id", "global_id", "name")


def model_facts(settled: FirstPass) -> dict[str, Any]:
    """Buildings, storeys from the lowest, and how many elements belong to each part."""
    buildings: list[dict[str, Any]] = []
    storeys: set[tuple[str, int, str, float]] = set()
    parts: Counter[str] = Counter()
    for rows in table.files_of(settled.paths):
        part = rows[f"{PREFIX}part"].to_pylist()
        parts.update(part)
        storeys |= {*_storeys(rows)}
        places = np.flatnonzero(np.array(part) == OUTLINE)
        buildings += _buildings(sharing.taken(rows, places)) if len(places) else []
    return {
        "buildings": buildings,
        "storeys": [
            {"building": building, "number": number, "name": name, "elevation_m": elevation}
            for building, number, name, elevation in sorted(storeys)
        ],
        "parts": dict(sorted(parts.items())),
    }


def _storeys(rows: pa.Table) -> Iterator[tuple[str, int, str, float]]:
    """Building, number, name and elevation of the storeys that elements stand in."""
    names = ("building", "storey_number", "storey", "storey_elevation_m")
    columns = (rows[PREFIX + name].to_pylist() for name in names)
    for building, number, storey, elevation in zip(*columns, strict=True):
        if number != NO_NUMBER and storey != NO_TEXT:
            yield building, number, storey, round(elevation, 4)


def _buildings(rows: pa.Table) -> list[dict[str, Any]]:
    """Identity, footprint (GeoJSON) and heights of outlines."""
    columns = {name: rows[PREFIX + name].to_pylist() for name in _named(rows)}
    bases, heights = (rows[name].to_pylist() for name in ("base_m", "height_m"))
    footprints = footprints_of(rows)
    return [
        {
            **{name: values[number] for name, values in columns.items()},
            "base_m": round(bases[number], 3),
            "height_m": round(heights[number], 3),
            "footprint": orjson.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-8))),
        }
        for number, shape in enumerate(footprints)
    ]


def _named(rows: pa.Table) -> list[str]:
    return [name for name in _TOLD if PREFIX + name in rows.column_names]


def footprints_of(rows: pa.Table) -> list[shapely.Geometry]:
    """Outlines seen from above of settled rows, in degrees; each row has its shape."""
    found = []
    for number in range(rows.num_rows):
        row = sharing.taken(rows, np.array([number]))
        whole = content.mesh_of(row, np.eye(4), floors=True)
        lon, lat, _ = frames.geodetic_from_ecef(whole.points[:1])[0].tolist()
        frame = content.frame_of(lon, lat)
        local = (whole.points - frame[:3, 3]) @ frame[:3, :3]
        shape = outline(local, whole.vertex_points[whole.triangles])
        found.append(to_degrees(np.array([shape], object), frame)[0])
    return found
