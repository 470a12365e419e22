"""Features to extrude: polygons with a height."""

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects
from cim.features import FeatureBatch
from tiles import heights
from tiles.meshing import footprint, shapes
from tiles.meshing.shapes import Shapes
from tiles.options import BuildOptions
from tiles.settling import table
from tiles.settling.findings import Finding, note, on_earth
from tiles.settling.parts import Part, bounds_and_sizes
from tiles.settling.polygons import columns_of


def settle(
    batch: FeatureBatch, taken: Int64, told: heights.Heights, options: BuildOptions
) -> tuple[Part, tuple[Finding, ...]]:
    """Features that are shown by nothing else, and have a polygon and a height.

    Args:
        batch: Longitude/latitude degrees in EPSG:4490.
        taken: Rows of the batch that are shown by something else.
        told: Heights of the batch.
        options: Heights of the ground, and whether bottoms are closed.
    """
    rest = np.ones(len(batch), bool)
    rest[taken] = False
    reasons = {**_geometry_faults(batch.geometry), "no usable height": np.isnan(told.height_m)}
    findings = []
    for reason, faulty in reasons.items():
        findings.append(Finding(reason, np.flatnonzero(rest & faulty), skipped=True))
        rest &= ~faulty
    rows = np.flatnonzero(rest)
    geometry = batch.geometry[rows]
    shape = footprint.settle(geometry) if len(rows) else shapes.empty(2)
    settled = rows[shape.rows]
    bases, baseless = heights.read_bases(batch.attributes, options)
    part = _part(shape, settled, bases[settled], told.height_m[settled], floors=options.floors)
    findings += [
        Finding("polygon without area", np.setdiff1d(rows, settled), skipped=True),
        Finding("polygon crossed itself, mended", settled[shape.changed], skipped=False),
        Finding("corner heights not used", rows[shapely.has_z(geometry)], skipped=False),
        *_height_notes(told, settled, options),
        *note("no usable ground height, the default used", np.flatnonzero(baseless), settled),
    ]
    return part, tuple(findings)


def _part(shape: Shapes, rows: Int64, base_m: Float64, height_m: Float64, *, floors: bool) -> Part:
    """The settled footprints as rows of the table."""
    points = shape.polygons.feature_points
    bounds, sizes = bounds_and_sizes(shape.polygons.positions, points, height_m)
    caps = np.diff(shape.triangle_offsets) * (1 + floors)
    made = table.table_of(table.FOOTPRINT, base_m, height_m, columns_of(shape))
    return Part(rows, made, height_m, bounds, sizes, caps + 2 * np.diff(points))


def _geometry_faults(geometry: Objects) -> dict[str, Bool]:
    """Why a geometry cannot be a footprint, and which ones."""
    kinds = shapely.get_type_id(geometry)
    areal = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    return {
        "no geometry": (kinds < 0) | shapely.is_empty(geometry),
        "not a polygon": ~areal,
        "coordinates are off the globe": ~on_earth(geometry, heights=False),
    }


def _height_notes(
    told: heights.Heights, extruded: Int64, options: BuildOptions
) -> tuple[Finding, ...]:
    """What was wrong with the heights of extruded features, and which took the default."""
    notes = [note(reason, np.flatnonzero(rows), extruded) for reason, rows in told.faults.items()]
    default = np.flatnonzero(told.origin == told.origins.index("default"))
    notes.append(note(f"no height stated, {options.default_height_m} m used", default, extruded))
    return tuple(finding for group in notes for finding in group)
