"""From feature batches to settled features: one Arrow table for each batch, ready to be spilled.

A row holds its polygons as numbers of points and rings, so that any selection of rows can be put
together again as flat arrays without looking at single features.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely

from cim.appearance import Material
from cim.arrays import Bool, Float64, Int64, Objects
from cim.features import SURFACE_KINDS, FeatureBatch
from tiles import heights, properties
from tiles.gltf.metadata import Property
from tiles.meshing import footprint, ragged, shapes, surfaces
from tiles.meshing.mesh import GROUND, OPENING, ROOF, WALL
from tiles.meshing.polygons import Polygons
from tiles.meshing.shapes import Shapes
from tiles.options import BuildOptions

CRS = "EPSG:4490"
HIGHEST_POINT_M = 20_000.0
"""A vertex above this, or as deep below, is not on a city's ground."""

_CLASS_OF_KIND = {
    "ground": GROUND,
    "wall": WALL,
    "roof": ROOF,
    "opening": OPENING,
    "closure": WALL,
}
CLASS_OF_KIND = np.array(
    [_CLASS_OF_KIND.get(kind, surfaces.BY_SLOPE) for kind in SURFACE_KINDS], np.uint8
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the report tells about some features of a batch."""

    reason: str
    rows: Int64
    """Rows of the batch."""

    skipped: bool
    """They are left out; otherwise they are taken in another way than stated."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Settled features of one batch."""

    table: pa.Table
    rows: Int64
    """(n,) row of the batch that each row comes from, ascending."""

    bounds: Float64
    """(n, 4) west, south, east, north of each row; west is within -180 and 180."""

    size_m: Float64
    """(n,) diagonal of each row's box."""

    triangles: Int64
    """(n,) triangles of each row's mesh."""

    findings: tuple[Finding, ...]
    origins: dict[str, int]
    """Rows by where their height comes from."""

    materials: dict[int, Material] = field(default_factory=dict)
    """Materials of the rows by number. A number is a digest of its material, so that batches
    settled apart, in other processes too, agree."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a batch, all footprints or all surfaces, and how tall they stand."""

    shape: Shapes
    solid: bool
    base_m: Float64
    height_m: Float64


def prepare(batch: FeatureBatch, chosen: tuple[Property, ...], options: BuildOptions) -> Prepared:
    """Settle a batch: heights, footprints or surfaces, properties.

    Args:
        batch: Longitude/latitude degrees in EPSG:4490, heights in metres.
        chosen: Properties of the tileset.
        options: Which level of detail, which columns.
    """
    told = heights.read_heights(batch.attributes, options)
    bases, baseless = heights.read_bases(batch.attributes, options)
    solids, solid_findings, lods = _solids(batch, options)
    flats, flat_findings = _flats(batch, solids, told.height_m, bases)
    parts = tuple(part for part in (flats, solids) if len(part.shape.rows))
    rows = np.concatenate([part.shape.rows for part in parts] or [np.zeros(0, np.int64)])
    order = np.argsort(rows, kind="stable")
    table = _table(batch, chosen, parts, options).take(pa.array(order))
    extruded = flats.shape.rows
    findings = (
        *solid_findings,
        *flat_findings,
        *_height_notes(told, extruded, options),
        *_note("no usable ground height, the default used", np.flatnonzero(baseless), extruded),
    )
    bounds, sizes, triangles = _measures(parts, options)
    return Prepared(
        table, rows[order], bounds[order], sizes[order], triangles[order], findings,
        _count_origins(told, extruded) | lods,
    )  # fmt: skip


def _flats(
    batch: FeatureBatch, solids: _Part, height_m: Float64, bases: Float64
) -> tuple[_Part, tuple[Finding, ...]]:
    """Features to extrude: all that have no surfaces, a polygon and a height."""
    rest = np.ones(len(batch), bool)
    rest[solids.shape.rows] = False
    reasons = {**_geometry_faults(batch.geometry), "no usable height": np.isnan(height_m)}
    findings = []
    for reason, faulty in reasons.items():
        findings.append(Finding(reason, np.flatnonzero(rest & faulty), skipped=True))
        rest &= ~faulty
    rows = np.flatnonzero(rest)
    if not len(rows):
        return _nothing(solid=False), tuple(findings)
    geometry = batch.geometry[rows]
    local = footprint.settle(geometry)
    shape = _renumbered(local, rows)
    lost = np.setdiff1d(rows, shape.rows)
    findings += [
        Finding("polygon without area", lost, skipped=True),
        Finding("polygon crossed itself, mended", shape.rows[shape.changed], skipped=False),
        Finding("corner heights not used", rows[shapely.has_z(geometry)], skipped=False),
    ]
    return _Part(shape, False, bases[shape.rows], height_m[shape.rows]), tuple(findings)  # noqa: FBT003 - a field


def _solids(
    batch: FeatureBatch, options: BuildOptions
) -> tuple[_Part, tuple[Finding, ...], dict[str, int]]:
    """Features with boundary surfaces of the wanted level of detail, and how many of each."""
    chosen = _chosen_surfaces(batch, options.lod)
    faulty = ~_on_earth(batch.surfaces.geometry[chosen])
    owners = batch.surfaces.feature[chosen]
    findings = [Finding("surface coordinates are off the globe", owners[faulty], skipped=False)]
    chosen = chosen[~faulty]
    if not len(chosen):
        return _nothing(solid=True), tuple(findings), {}
    kinds = np.concatenate([batch.surfaces.kinds[row] for row in chosen.tolist()])
    local = surfaces.settle(batch.surfaces.geometry[chosen], CLASS_OF_KIND[kinds])
    used = chosen[local.rows]
    shape = _renumbered(local, batch.surfaces.feature[chosen])
    findings.append(
        Finding("surface crosses itself, drawn as it is", shape.rows[shape.changed], skipped=False)
    )
    low, high = ragged.row_bounds(shape.polygons.positions[:, 2], shape.polygons.feature_points)
    names, counts = np.unique([batch.surfaces.lod[row] for row in used], return_counts=True)
    lods = {f"lod {name}": int(count) for name, count in zip(names, counts, strict=True)}
    return _Part(shape, True, low, high - low), tuple(findings), lods  # noqa: FBT003 - a field


def _chosen_surfaces(batch: FeatureBatch, lod: str | None) -> Int64:
    """(m,) rows of the batch's surfaces to use, one for each feature that has any."""
    names = batch.surfaces.lod
    wanted = [row for row, name in enumerate(names) if lod is None or name == lod]
    best: dict[int, int] = {}
    for row in wanted:
        feature = int(batch.surfaces.feature[row])
        if feature not in best or _fineness(names[row]) > _fineness(names[best[feature]]):
            best[feature] = row
    return np.array(sorted(best.values()), np.int64)


def _fineness(lod: str) -> tuple[int, ...]:
    """Sort key of a level of detail: `2.2` is finer than `2`."""
    return tuple(int(part) if part.isdigit() else -1 for part in lod.split("."))


def _geometry_faults(geometry: Objects) -> dict[str, Bool]:
    """Why a geometry cannot be a footprint, and which ones."""
    kinds = shapely.get_type_id(geometry)
    areal = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    return {
        "no geometry": (kinds < 0) | shapely.is_empty(geometry),
        "not a polygon": ~areal,
        "coordinates are off the globe": ~_on_earth(geometry),
    }


def _on_earth(geometry: Objects) -> Bool:
    """(n,) every coordinate is finite, a longitude and a latitude, and no height is absurd."""
    west, south, east, north = shapely.bounds(geometry).T
    flat = (west >= -360) & (east <= 360) & (south >= -90) & (north <= 90)  # noqa: PLR2004 - degrees
    positions, owner = shapely.get_coordinates(geometry, include_z=True, return_index=True)
    bad = ~np.isfinite(positions[:, :2]).all(axis=1) | (np.abs(positions[:, 2]) > HIGHEST_POINT_M)
    flat[owner[bad]] = False
    return np.asarray(flat)


def _renumbered(local: Shapes, rows: Int64) -> Shapes:
    """The same with rows of the batch in place of rows of a selection."""
    return Shapes(
        rows[local.rows], local.polygons, local.classes, local.triangles,
        local.triangle_offsets, local.changed,
    )  # fmt: skip


def _nothing(*, solid: bool) -> _Part:
    """A part without features."""
    none, one = np.zeros(0, np.int64), np.zeros(1, np.int64)
    polygons = Polygons(np.zeros((0, 3 if solid else 2)), one, one, one)
    empty = Shapes(none, polygons, np.zeros(0, np.uint8), none.reshape(0, 3), one, none == 1)
    return _Part(empty, solid, np.zeros(0), np.zeros(0))


def _table(
    batch: FeatureBatch, chosen: tuple[Property, ...], parts: tuple[_Part, ...],
    options: BuildOptions,
) -> pa.Table:  # fmt: skip
    """One row for each settled feature, parts one after the other."""
    rows = np.concatenate([part.shape.rows for part in parts] or [np.zeros(0, np.int64)])
    heights_m = np.full(len(batch), np.nan)
    for part in parts:
        heights_m[part.shape.rows] = part.height_m
    named = pa.table(properties.columns_of(batch, chosen, heights_m, options))
    shaped = [_shape_table(part) for part in parts] or [_shape_table(_nothing(solid=False))]
    joined = pa.concat_tables(shaped).combine_chunks()
    for name, column in zip(named.column_names, named.take(pa.array(rows)).columns, strict=True):
        joined = joined.append_column(name, column)
    return joined


def _shape_table(part: _Part) -> pa.Table:
    """The settled features of a part as Arrow columns."""
    polygons = part.shape.polygons
    dimension = polygons.positions.shape[1]
    starts = polygons.feature_points
    owner = ragged.owners(part.shape.triangle_offsets)
    local = part.shape.triangles - starts[:-1][owner][:, None]
    rings = polygons.polygon_offsets[polygons.feature_offsets]
    return pa.table(
        {
            "solid": pa.array(np.full(len(part.shape.rows), part.solid)),
            "base_m": pa.array(part.base_m),
            "height_m": pa.array(part.height_m),
            "positions": _lists(polygons.positions.ravel(), dimension * starts),
            "rings": _lists(np.diff(polygons.ring_offsets).astype(np.uint32), rings),
            "polygons": _lists(
                np.diff(polygons.polygon_offsets).astype(np.uint32), polygons.feature_offsets
            ),
            "classes": _lists(part.shape.classes, polygons.feature_offsets),
            "triangles": _lists(local.astype(np.uint32).ravel(), 3 * part.shape.triangle_offsets),
        }
    )


def _lists(values: np.ndarray, offsets: Int64) -> pa.Array:
    """A list column."""
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values))


def _measures(parts: tuple[_Part, ...], options: BuildOptions) -> tuple[Float64, Float64, Int64]:
    """Bounds, diagonals and triangle counts of the features of all parts."""
    measured = [_measure(part, options) for part in parts]
    none = (np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))
    bounds, sizes, triangles = zip(*(measured or [none]), strict=True)
    return np.concatenate(bounds), np.concatenate(sizes), np.concatenate(triangles)


def _measure(part: _Part, options: BuildOptions) -> tuple[Float64, Float64, Int64]:
    """Bounds, diagonals and triangle counts of the features of one part."""
    polygons = part.shape.polygons
    low, high = ragged.row_bounds(polygons.positions[:, :2], polygons.feature_points)
    squash = np.cos(np.radians(low[:, 1]))
    east, north = ((high - low) * shapes.METRES_PER_DEGREE).T
    size = np.sqrt((east * squash) ** 2 + north**2 + part.height_m**2)
    cuts = np.diff(part.shape.triangle_offsets)
    walls = 2 * np.diff(polygons.feature_points)
    triangles = cuts if part.solid else cuts * (1 + options.floors) + walls
    turns = np.round((low[:, :1] + high[:, :1]) / 720) * 360
    bounds = np.concatenate((low, high), axis=1)
    return np.asarray(bounds - turns * np.array([1, 0, 1, 0])), size, triangles


def _height_notes(
    told: heights.Heights, extruded: Int64, options: BuildOptions
) -> tuple[Finding, ...]:
    """What was wrong with the heights of extruded features, and which took the default."""
    notes = [_note(reason, np.flatnonzero(rows), extruded) for reason, rows in told.faults.items()]
    default = np.flatnonzero(told.origin == told.origins.index("default"))
    notes.append(_note(f"no height stated, {options.default_height_m} m used", default, extruded))
    return tuple(note for group in notes for note in group)


def _note(reason: str, rows: Int64, among: Int64) -> tuple[Finding, ...]:
    """A note about the rows that are among others, if there are any."""
    affected = np.intersect1d(rows, among)
    return (Finding(reason, affected, skipped=False),) if len(affected) else ()


def _count_origins(told: heights.Heights, extruded: Int64) -> dict[str, int]:
    """Extruded features by where their height comes from."""
    counts = np.bincount(told.origin[extruded], minlength=len(told.origins))
    return {name: int(count) for name, count in zip(told.origins, counts, strict=True) if count}
