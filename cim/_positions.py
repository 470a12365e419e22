"""All coordinates of a batch in one array, so that a transformation is one call."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import shapely

from cim.arrays import Bool, Float64, Int64, Objects
from cim.features import FeatureBatch

_MIXERS: Final = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], np.uint64
)
"""Odd numbers that spread bits: the golden ratio, and multipliers of known integer hashes."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Coordinates of geometries, in order; x is east or longitude."""

    geometries: Objects
    """(g,) shapely geometries the coordinates come from; None has none."""

    rows: Int64
    """(g,) row in the batch that owns each geometry."""

    xy: Float64
    """(n, 2) coordinates."""

    heights: Float64
    """(k,) third coordinates of those geometries that have one, in the order of `xy`."""

    is_tall: Bool
    """(n,) whether a coordinate has a height."""

    @property
    def has_heights(self) -> bool:
        """Whether any coordinate has a height."""
        return len(self.heights) > 0

    def coordinate_rows(self) -> Int64:
        """(n,) row in the batch that owns each coordinate."""
        counts = shapely.get_num_coordinates(self.geometries)
        return np.repeat(self.rows, counts)

    def built(self) -> Objects:
        """(g,) the geometries with these coordinates."""
        result = self.geometries.copy()
        tall = shapely.has_z(self.geometries)
        solid = np.column_stack((self.xy[self.is_tall], self.heights))
        result[~tall] = _with_coordinates(self.geometries[~tall], self.xy[~self.is_tall])
        result[tall] = _with_coordinates(self.geometries[tall], solid)
        return result


def positions_of(geometry: Objects, rows: Int64, *, swap_axes: bool) -> Positions:
    """Coordinates of geometries, x and y exchanged when `swap_axes`."""
    tall = np.asarray(shapely.has_z(geometry), np.bool_)
    if tall.any():
        xyz = shapely.get_coordinates(geometry, include_z=True)
        is_tall = np.repeat(tall, shapely.get_num_coordinates(geometry))
        xy, heights = xyz[:, :2], xyz[is_tall, 2]
    else:
        xy, heights = shapely.get_coordinates(geometry), np.zeros(0)
        is_tall = np.zeros(len(xy), np.bool_)
    return Positions(geometry, rows, xy[:, ::-1] if swap_axes else xy, heights, is_tall)


def batch_positions(batch: FeatureBatch, *, swap_axes: bool) -> Positions:
    """Coordinates of a batch: those of its features, then those of its surfaces."""
    rows = np.concatenate((np.arange(len(batch)), batch.surfaces.feature))
    geometry = np.concatenate((batch.geometry, batch.surfaces.geometry))
    return positions_of(geometry, rows, swap_axes=swap_axes)


def put_back(positions: Positions, batch: FeatureBatch, crs: str) -> FeatureBatch:
    """The batch whose coordinates are `positions`, made by `batch_positions`, in `crs`."""
    geometry = positions.built()
    surfaces = replace(batch.surfaces, geometry=geometry[len(batch) :])
    return replace(batch, crs=crs, geometry=geometry[: len(batch)], surfaces=surfaces)


def _with_coordinates(geometry: Objects, coordinates: Float64) -> Objects:
    if len(geometry) == len(coordinates) and (shapely.get_type_id(geometry) == 0).all():
        return np.asarray(shapely.points(coordinates), object)
    return np.asarray(shapely.set_coordinates(geometry.copy(), coordinates), object)


def distinct(coordinates: Float64) -> tuple[Int64, Int64]:
    """Rows of the coordinates that differ, and for each row the number of the one like it.

    City models repeat each corner in every surface that meets there, and walls the place of a
    corner above. Found by a hash; when two share one by chance, all rows count as different.

    Args:
        coordinates: (n, k) numbers.

    Returns:
        (d,) rows, each the first of its like, and (n,) positions in these.
    """
    bits = np.ascontiguousarray(coordinates).view(np.uint64)
    mixed = (bits ^ (bits >> np.uint64(32))) * _MIXERS[0]
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIXERS[1 : 1 + bits.shape[1]]
    codes = pa.array(mixed.sum(axis=1)).dictionary_encode().indices.to_numpy()
    rows = np.arange(len(codes))
    firsts = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    firsts[codes[::-1]] = rows[::-1]
    if (bits != bits[firsts][codes]).any():
        return rows, rows
    return firsts, codes.astype(np.int64)
