"""The elements of a building model as arrays in one local frame, whatever files they came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely

from cim import frames
from cim.arrays import Bool, Float64, Int64, Objects
from cim.features import FeatureBatch

BUILDING_KEY: Final = "building_id"
STOREY_KEY: Final = "storey_id"
_VARIANTS: Final = ("StandardCase", "ElementedCase")


@dataclass(frozen=True, slots=True)
class Elements:
    """n elements; what a file does not tell is None."""

    ifc_class: tuple[str, ...]
    """Without the endings for special cases: `IfcWallStandardCase` is an `IfcWall`."""

    building: tuple[str | None, ...]
    """Keys."""

    storey: tuple[str | None, ...]
    """Keys."""

    external: tuple[bool | None, ...]
    """Whether it is part of the outside, as the file states it."""

    is_space: Bool
    """(n,)."""

    footprints: Objects
    """(n,) seen from above, metres in the frame."""

    low_m: Float64
    """(n,) lowest point in the frame, NaN without a body."""

    high_m: Float64
    """(n,)."""

    frame: Float64
    """(4, 4) from the frame to EPSG:4978."""

    def __len__(self) -> int:
        """Number of elements."""
        return len(self.ifc_class)


def is_model(batch: FeatureBatch) -> bool:
    """Whether features are elements of a building model."""
    return {"global_id", "ifc_class", BUILDING_KEY, STOREY_KEY} <= {*batch.attributes.column_names}


def gather(batches: Sequence[FeatureBatch]) -> Elements:
    """The elements of batches in EPSG:4490 whose bodies lead to EPSG:4978, one after the other."""
    geometry = np.concatenate([batch.geometry for batch in batches])
    frame = _frame(geometry)
    heights = [_heights(batch, frame) for batch in batches]
    tables = [batch.attributes for batch in batches]
    buildings = _column(tables, BUILDING_KEY)
    only = {each for each in buildings if each is not None}
    (alone,) = only if len(only) == 1 else (None,)
    return Elements(
        tuple(_plain(name) for name in _column(tables, "ifc_class")),
        tuple(alone if each is None else each for each in buildings),
        tuple(_column(tables, STOREY_KEY)),
        tuple(_column(tables, "is_external")),
        np.array([bool(value) for value in _column(tables, "is_space")], bool),
        to_metres(geometry, frame),
        np.concatenate([low for low, _ in heights]),
        np.concatenate([high for _, high in heights]),
        frame,
    )


def to_metres(geometry: Objects, frame: Float64) -> Objects:
    """Geometries in longitude and latitude as east and north in a frame."""

    def moved(lon_lat: Float64) -> Float64:
        flat = np.column_stack((lon_lat, np.zeros(len(lon_lat))))
        local = (frames.ecef_from_geodetic(flat) - frame[:3, 3]) @ frame[:3, :3]
        return np.asarray(local[:, :2])

    return np.asarray(shapely.transform(geometry, moved), object)


def to_degrees(geometry: Objects, frame: Float64) -> Objects:
    """Geometries in metres of a frame in longitude and latitude."""

    def moved(metres: Float64) -> Float64:
        local = np.column_stack((metres, np.zeros(len(metres))))
        ecef = local @ frame[:3, :3].T + frame[:3, 3]
        return np.asarray(frames.geodetic_from_ecef(ecef)[:, :2])

    return np.asarray(shapely.transform(geometry, moved), object)


def _frame(geometry: Objects) -> Float64:
    """The frame in the middle of footprints."""
    west, south, east, north = shapely.total_bounds(geometry).tolist()
    return frames.enu_to_ecef_matrix((west + east) / 2, (south + north) / 2, 0.0)


def _heights(batch: FeatureBatch, frame: Float64) -> tuple[Float64, Float64]:
    """(n,) lowest and highest point of the bodies of each feature."""
    low, high = np.full(len(batch), np.inf), np.full(len(batch), -np.inf)
    up, base = frame[:3, 2], frame[:3, 2] @ frame[:3, 3]
    owners: Int64 = batch.bodies.feature
    for row, owner in enumerate(owners.tolist()):
        positions = batch.bodies.mesh[row].positions
        if len(positions):
            matrix = batch.bodies.matrix[row]
            along = positions @ (up @ matrix[:3, :3]) + (up @ matrix[:3, 3] - base)
            low[owner], high[owner] = min(low[owner], along.min()), max(high[owner], along.max())
    bare = low > high
    return np.where(bare, np.nan, low), np.where(bare, np.nan, high)


def _column(tables: Sequence[pa.Table], name: str) -> list[Any]:
    """Values of a column of all tables, None where a table lacks it."""
    parts = (
        table[name].to_pylist() if name in table.column_names else [None] * table.num_rows
        for table in tables
    )
    return [value for part in parts for value in part]


def _plain(ifc_class: str | None) -> str:
    name = ifc_class or ""
    for variant in _VARIANTS:
        name = name.removesuffix(variant)
    return name
