"""From feature batches to settled features: one Arrow table a batch, ready to be spilled."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from cim.appearance import Material
from cim.arrays import Float64, Int64
from cim.features import FeatureBatch
from tiles import heights, properties
from tiles.gltf.metadata import Property
from tiles.options import BuildOptions
from tiles.settling import bodies, footprints, lods, surfaces, table
from tiles.settling.findings import Finding
from tiles.settling.materials import Numbering
from tiles.settling.parts import Part

__all__ = ["BODIES_ORIGIN", "CRS", "Finding", "Prepared", "prepare"]

CRS = "EPSG:4490"
BODIES_ORIGIN = "bodies"
"""Where the height of features comes from that bring bodies without a level of detail."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Settled features of one batch."""

    table: pa.Table
    """Columns of `tiles.settling.table` and the chosen properties."""

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


def prepare(batch: FeatureBatch, chosen: tuple[Property, ...], options: BuildOptions) -> Prepared:
    """Settle a batch: heights, footprints, surfaces or bodies, materials, properties.

    A feature is shown by its surfaces or bodies of the finest level of detail, or of that asked
    for; without any that are usable, by its extruded footprint.

    Args:
        batch: Longitude/latitude degrees in EPSG:4490, heights in metres; bodies with matrices
            to EPSG:4978.
        chosen: Properties of the tileset.
        options: Which level of detail, which columns.
    """
    told = heights.read_heights(batch.attributes, options)
    numbering = Numbering(batch.palette)
    shown = lods.choose(batch, options.lod, coarse=options.coarse)
    solids, solid_findings = surfaces.settle(batch, shown.surfaces, numbering)
    meshes, mesh_findings = bodies.settle(batch, shown.bodies, numbering)
    taken = np.concatenate((solids.rows, meshes.rows))
    flats, flat_findings = footprints.settle(batch, taken, told, options)
    parts = (flats, solids, meshes)
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    settled = _table(batch, chosen, parts, options).take(pa.array(order))
    hidden = Finding(
        "bodies beside surfaces of their level, left out", shown.hidden, skipped=False
    )
    return Prepared(
        settled,
        rows[order],
        np.concatenate([part.bounds for part in parts])[order],
        np.concatenate([part.size_m for part in parts])[order],
        np.concatenate([part.triangles for part in parts])[order],
        (*solid_findings, *mesh_findings, hidden, *flat_findings),
        _count_origins(told, flats.rows) | _count_lods(batch, shown, solids.rows, meshes.rows),
        numbering.used(table.lists_of(settled, "materials").values),
    )


def _table(
    batch: FeatureBatch, chosen: tuple[Property, ...], parts: tuple[Part, ...],
    options: BuildOptions,
) -> pa.Table:  # fmt: skip
    """One row for each settled feature, parts one after the other."""
    rows = np.concatenate([part.rows for part in parts])
    heights_m = np.full(len(batch), np.nan)
    for part in parts:
        heights_m[part.rows] = part.height_m
    named = pa.table(properties.columns_of(batch, chosen, heights_m, options))
    filled = [part.table for part in parts if len(part.rows)] or [parts[0].table]
    joined = pa.concat_tables(filled).combine_chunks()
    for name, column in zip(named.column_names, named.take(pa.array(rows)).columns, strict=True):
        joined = joined.append_column(name, column)
    return joined


def _count_origins(told: heights.Heights, extruded: Int64) -> dict[str, int]:
    """Extruded features by where their height comes from."""
    counts = np.bincount(told.origin[extruded], minlength=len(told.origins))
    return {name: int(count) for name, count in zip(told.origins, counts, strict=True) if count}


def _count_lods(
    batch: FeatureBatch, shown: lods.Chosen, solid: Int64, bodily: Int64
) -> dict[str, int]:
    """Features shown by surfaces or bodies, by their level of detail."""
    lod_of = {
        **{int(batch.bodies.feature[row]): batch.bodies.lod[row] for row in shown.bodies},
        **{int(batch.surfaces.feature[row]): batch.surfaces.lod[row] for row in shown.surfaces},
    }
    named = [lod_of[row] for row in (*solid.tolist(), *bodily.tolist())]
    names, counts = np.unique(np.array(named, str), return_counts=True)
    return {
        f"lod {name}" if name else BODIES_ORIGIN: int(count)
        for name, count in zip(names.tolist(), counts, strict=True)
    }
