"""A tileset from features: settle, share out to tiles, write contents, publish.

Two passes keep memory flat: the first settles batches and spills them to disk, keeping only a
box, a size and a weight of each feature; the second writes tile after tile.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from cim.appearance import Material
from cim.arrays import Float64, Int64
from cim.catalog import Bounds
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch, Reject
from tiles import content, properties, spill
from tiles.gltf.metadata import Property, schema
from tiles.meshing.shapes import METRES_PER_DEGREE
from tiles.options import BuildOptions, BuildReport, ContentSpec, Progress
from tiles.prepare import BODIES_ORIGIN, Finding, Prepared, prepare
from tiles.publish import publish, staging
from tiles.tiles3d.tileset import Tile, documents
from tiles.tiling import quadtree
from tiles.tiling.quadtree import Quadtree

MOST_REJECTS = 1_000
"""Rejects kept one by one in the report; all are counted."""

CRS = "EPSG:4490"


@dataclass(frozen=True, slots=True)
class _Settled:
    """What the first pass leaves: rows on disk, measures in memory."""

    rows: spill.Spill
    properties: tuple[Property, ...]
    bounds: Float64
    size_m: Float64
    triangles: Int64
    skipped: Counter[str]
    notes: Counter[str]
    origins: Counter[str]
    rejects: tuple[Reject, ...]
    materials: dict[int, Material]


@dataclass(frozen=True, slots=True)
class _Written:
    """What the second pass leaves."""

    tiles: list[Tile]
    triangles: int
    bytes: int
    version: str


def build(
    batches: Iterator[FeatureBatch],
    options: BuildOptions,
    progress: Callable[[Progress], None] | None = None,
) -> BuildReport:
    """Write a tileset.

    Args:
        batches: Longitude/latitude degrees in EPSG:4490, heights in metres.
        options: Where to and how.
        progress: Called after each batch and each partition.

    Raises:
        InputError: A named column does not exist, a batch has another CRS, or `options.output`
            holds something else.
        SourceDataError: No feature is usable; nothing is written.
        BackendError: The folder cannot be written, or another build is writing to it.
    """
    tell = progress or _tell_nobody
    with staging(options.output) as folder:
        settled = _settle(batches, options, folder, tell)
        _require_features(settled)
        contents = folder / "contents"
        contents.mkdir()
        written = _write(settled, options, contents, tell)
        reference = _height_reference(settled, options)
        extras = _extras(settled, written, options, reference)
        made = documents(
            written.tiles,
            extras,
            name_format=f"{written.version}-{{}}.json",
            tiles_per_document=options.tiles_per_document,
        )
        publish(options.output, contents, written.version, made)
    return BuildReport(
        features=len(settled.size_m),
        skipped=dict(settled.skipped),
        notes=dict(settled.notes),
        rejects=settled.rejects,
        height_sources=dict(settled.origins),
        tiles=sum(tile.uri is not None for tile in written.tiles),
        triangles=written.triangles,
        bytes=written.bytes + sum(len(orjson.dumps(each)) for each in made.values()),
        bounds=_bounds(settled.bounds),
        height_reference=reference,
        georeference=options.georeference,
        version=written.version,
    )


def _settle(
    batches: Iterator[FeatureBatch],
    options: BuildOptions,
    folder: Path,
    tell: Callable[[Progress], None],
) -> _Settled:
    """The first pass."""
    rows = spill.Spill(folder / "rows.arrow")
    chosen: tuple[Property, ...] = ()
    measures: list[tuple[Float64, Float64, Int64]] = []
    skipped, notes, origins = Counter[str](), Counter[str](), Counter[str]()
    rejects: list[Reject] = []
    materials: dict[int, Material] = {}
    for batch in batches:
        _require_crs(batch)
        chosen = chosen or properties.choose(batch.attributes.column_names, options)
        settled = prepare(batch, chosen, options)
        rows.add(settled.table)
        materials |= settled.materials
        measures.append((settled.bounds, settled.size_m, settled.triangles))
        skipped.update(_counts(settled, skipped=True))
        skipped.update(reject.reason for reject in batch.rejects)
        notes.update(_counts(settled, skipped=False))
        notes.update(batch.tallies)
        notes.update(batch.notes)
        origins.update(settled.origins)
        found = [*batch.rejects, *_rejects(batch, settled.findings)]
        rejects += found[: MOST_REJECTS - len(rejects)]
        tell(Progress("read", sum(len(size) for _, size, _ in measures), None))
    rows.close()
    empty = (np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))
    bounds, sizes, triangles = zip(*(measures or [empty]), strict=True)
    return _Settled(
        rows, chosen, np.concatenate(bounds), np.concatenate(sizes), np.concatenate(triangles),
        skipped, notes, origins, tuple(rejects), materials,
    )  # fmt: skip


def _write(
    settled: _Settled, options: BuildOptions, folder: Path, tell: Callable[[Progress], None]
) -> _Written:
    """The second pass."""
    tree = _tree(settled, options)
    centres = _tile_centres(tree, settled.bounds)
    sizes = np.bincount(tree.tile_of, minlength=len(tree.parent))
    tiles = [_tile(tree, number, centres[number]) for number in range(len(tree.parent))]
    document = orjson.dumps(schema(settled.properties))
    spec = ContentSpec(settled.properties, options.look, options.floors, settled.materials)
    (folder / spec.schema_uri).write_bytes(document)
    digest = hashlib.blake2b(document, digest_size=8)
    total, triangles, done = len(document), 0, 0
    bounds: dict[int, Float64] = {}
    cuts = spill.partition_bounds(sizes, options.partition_features)
    for rows in spill.deal(settled.rows, tree.tile_of, cuts, folder.parent):
        for number, part in _by_tile(rows):
            tile = tiles[number]
            glb = content.make_content(
                part, tile.frame, spec, geometric_error_m=tile.geometric_error_m
            )
            (folder / f"{tiles[number].name}.glb").write_bytes(glb.data)
            digest.update(glb.data)
            bounds[number] = glb.bounds
            total, triangles = total + len(glb.data), triangles + glb.triangles
        done += rows.num_rows
        tell(Progress("write", done, len(settled.size_m)))
    version = digest.hexdigest()
    filled = [_filled(tile, bounds.get(number), version) for number, tile in enumerate(tiles)]
    return _Written(filled, triangles, total, version)


def _tree(settled: _Settled, options: BuildOptions) -> Quadtree:
    """Tiles of all features."""
    centres = (settled.bounds[:, :2] + settled.bounds[:, 2:]) / 2
    middle = (centres[:, 1].min() + centres[:, 1].max()) / 2
    squash = np.array([np.cos(np.radians(middle)), 1.0])
    metres = centres * METRES_PER_DEGREE * squash
    return quadtree.build(metres, settled.size_m, settled.triangles, options.limits)


def _tile_centres(tree: Quadtree, bounds: Float64) -> Float64:
    """(t, 2) longitude and latitude in the middle of the features of each tile and all below."""
    low, high = np.full((len(tree.parent), 2), np.inf), np.full((len(tree.parent), 2), -np.inf)
    np.minimum.at(low, tree.tile_of, bounds[:, :2])
    np.maximum.at(high, tree.tile_of, bounds[:, 2:])
    for number in range(len(tree.parent) - 1, 0, -1):
        above = tree.parent[number]
        low[above] = np.minimum(low[above], low[number])
        high[above] = np.maximum(high[above], high[number])
    return np.asarray((low + high) / 2)


def _tile(tree: Quadtree, number: int, centre: Float64) -> Tile:
    """A tile before its content is written."""
    name = f"{tree.level[number]}-{tree.column[number]}-{tree.row[number]}"
    frame = content.frame_of(float(centre[0]), float(centre[1]))
    error = float(tree.geometric_error_m[number])
    return Tile(int(tree.parent[number]), name, frame, None, None, error)


def _filled(tile: Tile, bounds: Float64 | None, version: str) -> Tile:
    """The tile with its content, if it has any."""
    if bounds is None:
        return tile
    uri = f"{version}/{tile.name}.glb"
    return Tile(tile.parent, tile.name, tile.frame, bounds, uri, tile.geometric_error_m)


def _by_tile(rows: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """Tile number and rows of each tile; `rows` is sorted by tile."""
    numbers = rows["tile"].to_numpy()
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    ends = np.append(starts[1:], len(numbers))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield int(numbers[start]), rows.slice(start, end - start)


def _counts(settled: Prepared, *, skipped: bool) -> dict[str, int]:
    """Features by finding."""
    return {
        finding.reason: len(finding.rows)
        for finding in settled.findings
        if finding.skipped == skipped and len(finding.rows)
    }


def _rejects(batch: FeatureBatch, findings: tuple[Finding, ...]) -> list[Reject]:
    """Features left out, one by one."""
    return [
        Reject(int(batch.records[row]), "geometry", str(batch.source_ids[row] or ""), found.reason)
        for found in findings
        if found.skipped
        for row in found.rows[:MOST_REJECTS].tolist()
    ]


def _height_reference(settled: _Settled, options: BuildOptions) -> str:
    """What heights count from, in words."""
    if options.height_reference is not None:
        return options.height_reference
    solid = any(_is_modelled(name) for name in settled.origins)
    extruded = any(not _is_modelled(name) for name in settled.origins)
    ground = f"ground at {options.base_height_m:g} m on the ellipsoid where no column tells it"
    return "; ".join(
        [*(["surfaces as in the source"] if solid else []), *([ground] if extruded else [])]
    )


def _is_modelled(origin: str) -> bool:
    """Whether features of this origin of heights bring surfaces or bodies of their own."""
    return origin == BODIES_ORIGIN or origin.startswith("lod ")


def _extras(
    settled: _Settled, written: _Written, options: BuildOptions, reference: str
) -> dict[str, Any]:
    """What the root document says about the tileset as a whole."""
    return {
        "title": {"zh": options.title_zh, "en": options.title_en},
        "layer": options.layer,
        "bounds": _bounds(settled.bounds),
        "feature_count": len(settled.size_m),
        "triangle_count": written.triangles,
        "lods": sorted({n.removeprefix("lod ") for n in settled.origins if n.startswith("lod ")}),
        "height_sources": dict(sorted(settled.origins.items())),
        "height_reference": reference,
        "georeference": [asdict(each) for each in options.georeference],
        "version": written.version,
    }


def _bounds(bounds: Float64) -> Bounds | None:
    """West, south, east, north of all features."""
    if not len(bounds):
        return None
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _require_crs(batch: FeatureBatch) -> None:
    """Check that a batch is in the CRS that tiles are made from."""
    if batch.crs != CRS:
        raise InputError(f"batch in {batch.crs[:80]}; tiles are built from {CRS}")


def _require_features(settled: _Settled) -> None:
    """Check that there is something to show."""
    if not len(settled.size_m):
        reasons = "; ".join(f"{count} {reason}" for reason, count in settled.skipped.items())
        raise SourceDataError(
            f"no feature to show: {reasons or 'the source is empty'}", where="tiles"
        )


def _tell_nobody(_: Progress) -> None:
    """The progress callback of a caller who wants none."""
