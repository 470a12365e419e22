"""Bringing features to the ground: by a constant, or by a terrain under each footprint."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import shapely

from cim._positions import batch_positions, put_back
from cim.arrays import Float64
from cim.bodies import Bodies
from cim.errors import InputError
from cim.features import FeatureBatch
from cim.frames import ecef_from_geodetic, geodetic_from_ecef
from cim.terrain import Terrain, sample

ORIGINAL_HEIGHT: Final = "original_height_m"
"""Column: lowest ellipsoidal height of a feature as the source states it, null where it states
none."""

HEIGHT_OFFSET: Final = "height_offset_m"
"""Column: metres added to all heights of a feature."""

type Method = Literal["none", "offset", "terrain"]
METHODS: Final[tuple[Method, ...]] = ("none", "offset", "terrain")


@dataclass(frozen=True, slots=True)
class Clamping:
    """How features come to the ground."""

    method: Method = "none"
    offset_m: float = 0.0
    """For `offset`: metres added to every height."""

    terrain: Terrain | None = None
    """For `terrain`: the ground that each feature's lowest point is brought to."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"clamping {self.method!r}; legal: {', '.join(METHODS)}")
        if not np.isfinite(self.offset_m):
            raise InputError(f"height offset {self.offset_m}; legal: a finite number of metres")
        if self.method == "offset" and self.offset_m == 0:
            raise InputError("clamping by offset needs --height-offset-m, not 0")
        if self.method != "offset" and self.offset_m != 0:
            raise InputError("--height-offset-m is for --clamp offset")
        if (self.method == "terrain") != (self.terrain is not None):
            raise InputError("--clamp terrain and --terrain FILE.tif go together")


def clamp(batch: FeatureBatch, base_m: Float64, base_field: str, how: Clamping) -> FeatureBatch:
    """The features moved up or down as a whole, with what they stood at and the metres added.

    With a terrain the lowest point of a feature comes to the lowest ground under the corners of
    its footprint, so that none hangs in the air; a footprint whose base nobody states stands on
    the terrain. Features outside the terrain keep their height and are counted in `tallies`.

    Args:
        batch: In EPSG:4490.
        base_m: (n,) height of footprints without surfaces or bodies; NaN where none is stated.
        base_field: Column that the new bases are written to.
        how: The method; with `none` the batch stays as it is.
    """
    if how.method == "none":
        return batch
    lowest = lowest_heights(batch, base_m)
    ground, tallies = np.full(len(batch), np.nan), dict[str, int]()
    if how.terrain is None:
        offset = np.full(len(batch), how.offset_m)
    else:
        ground = ground_under(batch, how.terrain)
        outside = np.isnan(ground)
        offset = np.where(outside, 0.0, ground - lowest)
        if outside.any():
            tallies["outside the terrain or its data, height kept"] = int(outside.sum())
    placed = np.where(np.isnan(base_m), ground, base_m + np.nan_to_num(offset))
    columns = {ORIGINAL_HEIGHT: lowest, HEIGHT_OFFSET: offset, base_field: placed}
    moved = _raised(batch, np.nan_to_num(offset))
    return replace(
        moved,
        attributes=with_columns(batch.attributes, columns),
        tallies=_added(batch.tallies, tallies),
    )


def lowest_heights(batch: FeatureBatch, base_m: Float64) -> Float64:
    """(n,) lowest height of each feature's surfaces and bodies, else its base."""
    low = np.full(len(batch), np.inf)
    surfaces = batch.surfaces
    if len(surfaces.feature):
        xyz, owner = shapely.get_coordinates(surfaces.geometry, include_z=True, return_index=True)
        np.minimum.at(low, surfaces.feature[owner], xyz[:, 2])
    bodies = batch.bodies
    for row, mesh, matrix in zip(bodies.feature, bodies.mesh, bodies.matrix, strict=True):
        heights = geodetic_from_ecef(mesh.positions @ matrix[:3, :3].T + matrix[:3, 3])[:, 2]
        low[row] = min(low[row], heights.min(initial=np.inf))
    return np.where(np.isinf(low), base_m, low)


def ground_under(batch: FeatureBatch, terrain: Terrain) -> Float64:
    """(n,) lowest ground under the corners of each footprint; NaN where none has any."""
    lon_lat, owner = shapely.get_coordinates(batch.geometry, return_index=True)
    heights = sample(terrain, lon_lat)
    ground = np.full(len(batch), np.inf)
    known = np.isfinite(heights)
    np.minimum.at(ground, owner[known], heights[known])
    return np.where(np.isinf(ground), np.nan, ground)


def with_columns(table: pa.Table, columns: Mapping[str, Float64]) -> pa.Table:
    """A table with columns of numbers, in place of those of the same names; NaN becomes null."""
    for name, values in columns.items():
        column = pa.array(values, pa.float64(), from_pandas=True)
        place = table.column_names.index(name) if name in table.column_names else None
        if place is None:
            table = table.append_column(name, column)
        else:
            table = table.set_column(place, name, column)
    return table


def _raised(batch: FeatureBatch, offset: Float64) -> FeatureBatch:
    """The batch with all heights of each feature raised."""
    positions = batch_positions(batch, swap_axes=False)
    owners = positions.coordinate_rows()[positions.is_tall]
    higher = replace(positions, heights=positions.heights + offset[owners])
    bodies = _raised_bodies(batch, offset)
    return replace(put_back(higher, batch, batch.crs), bodies=bodies)


def _raised_bodies(batch: FeatureBatch, offset: Float64) -> Bodies:
    """Bodies moved along the ellipsoid's normal at their footprints."""
    bodies = batch.bodies
    if not bodies.mesh:
        return bodies
    west, south, east, north = shapely.bounds(batch.geometry[bodies.feature]).T
    metres = offset[bodies.feature]
    here = np.column_stack(((west + east) / 2, (south + north) / 2, np.zeros(len(metres))))
    above = here + np.array([0.0, 0.0, 1.0]) * metres[:, None]
    matrix = bodies.matrix.copy()
    matrix[:, :3, 3] += ecef_from_geodetic(above) - ecef_from_geodetic(here)
    return replace(bodies, matrix=matrix)


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in (*one, *other)}
