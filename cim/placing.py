"""Where models without a CRS stand: an anchor on the Earth, a heading, and the ground.

The local frame of a model has x to the right, y ahead and z up, in metres. Looked at from above,
with north at the top of the page:

        heading 0                 heading 90
            y                     anchor ----- y
            |                        |
            |                        |
         anchor ----- x              x

The anchor is the place of the local origin; the heading is the compass direction of y, counted
clockwise from north. The plane of x and y touches the Earth at the anchor: it is exact there and
rises above the curved ground with the square of the distance, 8 cm at 1 km (EPSG Guidance Note
7-2, section 4.1.2: topocentric conversion).
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim._positions import batch_positions, put_back
from cim.arrays import Bool, Float64
from cim.crs import CITY_CRS, LOCAL, Settled
from cim.errors import InputError
from cim.features import FeatureBatch, Reject, select
from cim.frames import SEMI_MAJOR_AXIS_M, enu_to_ecef_matrix, geodetic_from_ecef

ELEVATION_FIELD = "ground_elevation_m"
"""Column of a feature's lowest height, made by the readers of models."""

FAR_M = 3_000.0
"""Beyond this distance from the anchor the flat frame is worth a note."""

FALSE_ORIGIN_M = 20_000.0
"""Coordinates farther than this from their origin are map coordinates of a CRS nobody named."""

_HIGHEST_M = 20_000.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the local frame of a model stands."""

    anchor: tuple[float, float, float]
    """Longitude, latitude (degrees, EPSG:4490) and ellipsoidal height in metres."""

    heading_deg: float = 0.0
    """Direction of the model's y axis, clockwise from north."""

    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The point of the model's coordinates that stands at the anchor."""

    def __post_init__(self) -> None:
        lon, lat, height = self.anchor
        legal = abs(lon) <= 180 and abs(lat) <= 90 and abs(height) <= _HIGHEST_M  # noqa: PLR2004 - degrees
        if not legal:
            raise InputError(
                f"anchor {lon:.10g},{lat:.10g},{height:.10g}; legal: longitude within 180 "
                f"degrees of 0, latitude within 90, height within {_HIGHEST_M:g} m"
            )
        if not np.isfinite([self.heading_deg, *self.origin]).all():
            raise InputError(
                f"heading {self.heading_deg}, origin {self.origin}; legal: finite numbers"
            )

    @property
    def raised_m(self) -> float:
        """What heights of the local frame lack at the anchor."""
        return self.anchor[2] - self.origin[2]

    @property
    def matrix(self) -> Float64:
        """(4, 4) from the local frame to Earth-centred x, y, z."""
        heading = np.radians(self.heading_deg)
        turn = np.eye(4)
        turn[:2, :2] = [
            [np.cos(heading), np.sin(heading)],
            [-np.sin(heading), np.cos(heading)],
        ]
        turn[:3, 3] = -turn[:3, :3] @ np.array(self.origin)
        return np.asarray(enu_to_ecef_matrix(*self.anchor) @ turn)


type Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file itself puts its local frame."""

    placement: Placement
    basis: str
    """What of the file it rests on, such as `IfcMapConversion`."""

    crs: str | None
    """CRS it was led through, None where the file gives longitude and latitude."""

    height_reference: str
    """What its heights count from and what became of them, in words."""

    residual_m: float
    """The farthest that the rigid frame puts a part from where the CRS puts it."""

    site_distance_m: float | None
    """Distance to another statement of place in the same file, None without one."""

    confidence: Confidence
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Georeference:
    """How a source came to its place and its heights; recorded with what is made of it."""

    source: str
    """File name, or `layer:NAME`."""

    method: Literal["crs", "anchor", "layer", "file"]
    """By the CRS of the coordinates, by an anchor, by the store that holds the layer, or by what
    the file says of its local frame."""

    crs: str
    """CRS of the source's coordinates, `local` for a frame of its own."""

    height_reference: str
    """What the source's heights count from and what became of them, in words."""

    anchor: tuple[float, float, float] | None = None
    """Longitude, latitude, ellipsoidal height."""

    heading_deg: float | None = None
    origin: tuple[float, float, float] | None = None
    """The point of the source's coordinates that stands at the anchor."""

    basis: str | None = None
    """What of the file its place rests on, such as `IfcMapConversion`."""

    residual_m: float | None = None
    confidence: Confidence | None = None
    clamping: Literal["none", "offset", "terrain"] = "none"
    height_offset_m: float | None = None
    terrain: str | None = None
    """Name of the terrain file and what its heights count from."""

    notes: tuple[str, ...] = ()


def place(batch: FeatureBatch, placement: Placement) -> Settled:
    """The features of a local frame on the Earth.

    Footprints and surfaces become longitude, latitude and, where they have z, ellipsoidal height;
    the matrices of bodies lead to the Earth's frame; `ELEVATION_FIELD` becomes ellipsoidal.
    Features with a coordinate that is not a finite number are left out.

    Args:
        batch: In `cim.crs.LOCAL`.
        placement: Where its frame stands.

    Raises:
        InputError: The batch has another CRS.
    """
    if batch.crs != LOCAL:
        raise InputError(f"batch in {batch.crs[:80]}; an anchor places what is {LOCAL!r}")
    batch, rejects = _finite(batch)
    positions = batch_positions(batch, swap_axes=False)
    local = np.column_stack((positions.xy, np.zeros(len(positions.xy))))
    local[positions.is_tall, 2] = positions.heights
    matrix = placement.matrix
    geodetic = geodetic_from_ecef(local @ matrix[:3, :3].T + matrix[:3, 3])
    geodetic[:, 0] = _beside(geodetic[:, 0], placement.anchor[0])
    moved = replace(positions, xy=geodetic[:, :2], heights=geodetic[positions.is_tall, 2])
    bodies = replace(batch.bodies, matrix=matrix @ batch.bodies.matrix)
    raised = _raised_column(batch.attributes, placement.raised_m)
    placed = replace(put_back(moved, batch, CITY_CRS), bodies=bodies, attributes=raised)
    return Settled(placed, rejects, _far_note(local[:, :2] - np.array(placement.origin[:2])))


def false_origin(batch: FeatureBatch) -> tuple[float, float, float] | None:
    """The middle of a batch whose coordinates lie far from their origin; None for a near one.

    Height is left alone: it is the middle of the map that nobody can anchor otherwise.
    """
    west, south, east, north = shapely.total_bounds(
        np.concatenate((batch.geometry, batch.surfaces.geometry))
    ).tolist()
    middle = ((west + east) / 2, (south + north) / 2, 0.0)
    return middle if np.hypot(*middle[:2]) > FALSE_ORIGIN_M else None


def _raised_column(attributes: pa.Table, metres: float) -> pa.Table:
    """The table with heights of the ground raised."""
    if ELEVATION_FIELD not in attributes.column_names:
        return attributes
    place, column = attributes.column_names.index(ELEVATION_FIELD), attributes[ELEVATION_FIELD]
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return attributes
    return attributes.set_column(
        place, ELEVATION_FIELD, pc.add(pc.cast(column, pa.float64()), metres)
    )


def _beside(lon: Float64, anchor_lon: float) -> Float64:
    """The same longitudes within 180 degrees of the anchor's, so that no shape is torn at 180."""
    return np.asarray(anchor_lon + (lon - anchor_lon + 180.0) % 360.0 - 180.0)


def _far_note(away: Float64) -> tuple[str, ...]:
    """What to tell when features stand far from the anchor."""
    distance = float(np.hypot(*away.T).max(initial=0.0))
    if distance <= FAR_M:
        return ()
    high = distance**2 / (2 * SEMI_MAJOR_AXIS_M)
    note = (
        f"reaches {distance / 1000:.1f} km from the anchor, where the flat frame lies "
        f"{high:.2f} m above the curved ground; a CRS (--crs) follows the ground"
    )
    return (note,)


def _finite(batch: FeatureBatch) -> tuple[FeatureBatch, tuple[Reject, ...]]:
    """The features whose coordinates are all finite, and the others."""
    positions = batch_positions(batch, swap_axes=False)
    bad = ~np.isfinite(positions.xy).all(axis=1)
    bad[positions.is_tall] |= ~np.isfinite(positions.heights)
    rows = np.unique(positions.coordinate_rows()[bad])
    keep: Bool = np.ones(len(batch), np.bool_)
    keep[rows] = False
    reason = "a coordinate is not a finite number"
    rejects = tuple(
        Reject(int(batch.records[row]), "geometry", str(batch.source_ids[row] or ""), reason)
        for row in rows.tolist()
    )
    return select(batch, keep), rejects
