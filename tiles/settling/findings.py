"""What the report tells about some features of a batch, and what their source says of them."""

from dataclasses import dataclass

import numpy as np
import shapely

from cim.arrays import Bool, Int64, Objects

HIGHEST_POINT_M = 20_000.0
"""A vertex above this, or as deep below, is not on a city's ground."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the report tells about some features of a batch."""

    reason: str
    rows: Int64
    """Rows of the batch."""

    skipped: bool
    """They are left out; otherwise they are taken in another way than stated."""


def note(reason: str, rows: Int64, among: Int64) -> tuple[Finding, ...]:
    """A note about the rows that are among others, if there are any."""
    affected = np.intersect1d(rows, among)
    return (Finding(reason, affected, skipped=False),) if len(affected) else ()


def on_earth(geometry: Objects, *, heights: bool) -> Bool:
    """(n,) every coordinate is finite, a longitude and a latitude, and no height is absurd.

    Args:
        geometry: (n,) shapely geometries.
        heights: Every coordinate has to have a height.
    """
    west, south, east, north = shapely.bounds(geometry).T
    flat = (west >= -360) & (east <= 360) & (south >= -90) & (north <= 90)  # noqa: PLR2004 - degrees
    positions, owner = shapely.get_coordinates(geometry, include_z=True, return_index=True)
    usable = np.isfinite(positions[:, :2]).all(axis=1)
    high = np.abs(positions[:, 2])
    usable &= (high <= HIGHEST_POINT_M) | (np.isnan(high) & (not heights))
    flat[owner[~usable]] = False
    return np.asarray(flat)
