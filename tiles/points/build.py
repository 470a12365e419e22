"""A tileset from point clouds: lattice, partitions, octree, contents, publish.

Memory stays flat: points wait on disk, at most one partition of them is held at a time, and of the
tiles above partitions only those that can still grow.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from cim.arrays import Float64
from cim.errors import InputError
from cim.point_siting import PointSite
from tiles.options import Progress
from tiles.points import classes
from tiles.points.content import PointSpec, make_content, schema
from tiles.points.intake import Intake, take_in
from tiles.points.lattice import Cube, cube_about
from tiles.points.octree import GRID_BITS
from tiles.points.options import PointBuildOptions, PointBuildReport
from tiles.points.partitions import partitions
from tiles.points.spill import PointFile
from tiles.points.tree import Drawn, drawn_tiles, parents_first, tile_name
from tiles.publish import (
    content_name,
    digest_of,
    document_name,
    publish,
    put,
    schema_name,
    staging,
)
from tiles.tiles3d.tileset import Tile, documents


@dataclass(frozen=True, slots=True)
class _Written:
    """What the second pass leaves."""

    tiles: list[Tile]
    largest: int
    """Points of the fullest tile."""

    bytes: int


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where contents go, and what they share."""

    output: Path
    work: Path
    """Folder for files while they are written."""

    spec: PointSpec


def build(
    sites: Sequence[PointSite],
    options: PointBuildOptions,
    progress: Callable[[Progress], None] | None = None,
) -> PointBuildReport:
    """Write a tileset of points.

    Args:
        sites: Point clouds, looked into; at least one.
        options: Where to and how.
        progress: Called after each batch and each partition, with points.

    Raises:
        InputError: There is no source, or `options.output` holds something else.
        SourceDataError: A source cannot be read, or no point is usable; nothing is written.
        BackendError: The folder cannot be written, or another build is writing to it.
    """
    if not sites:
        raise InputError("no point cloud to make a tileset of")
    tell = progress or _tell_nobody
    with staging(options.output) as folder, PointFile(folder / "points") as file:
        taken = take_in(sites, file, tell)
        spec, names, sizes = _schema(taken, options, folder)
        root = cube_about(taken.ends, least_bits=GRID_BITS)
        parts = partitions(file, root, options.partition_points, folder)
        drawn = drawn_tiles(parts, root, options.tile_points, _telling(tell, len(file)))
        written = _write(drawn, root, taken.frame, _Shelf(options.output, folder, spec))
        names = {*names, *(tile.uri for tile in written.tiles if tile.uri is not None)}
        version = digest_of("\n".join(sorted(names)).encode())
        report = _report(sites, taken, spec, written, version)
        made = documents(
            written.tiles,
            _extras(report, options),
            name_of=document_name,
            tiles_per_document=options.tiles_per_document,
        )
        publish(options.output, made, names, folder)
    return replace(report, bytes={**sizes, "content": written.bytes, "documents": _size(made)})


def _schema(
    taken: Intake, options: PointBuildOptions, folder: Path
) -> tuple[PointSpec, set[str], dict[str, int]]:
    """What all contents share, and names and sizes of the files that it needs.

    Dimensions that say nothing are left out.
    """
    classified = bool(taken.class_counts[1:].any())
    spec = PointSpec(
        coloured=taken.has_colour or classified,
        classified=classified,
        intensity=taken.has_intensity,
        schema_uri="",
        compression=options.compression,
    )
    if not spec.attributes:
        return spec, set(), {"schema": 0}
    document = orjson.dumps(schema(spec))
    name = schema_name(document)
    put(options.output, name, document, folder)
    return replace(spec, schema_uri=f"../{Path(name).name}"), {name}, {"schema": len(document)}


def _write(tiles: Iterator[Drawn], root: Cube, frame: Float64, shelf: _Shelf) -> _Written:
    """The contents of all tiles, in the order in which tiles are finished."""
    total = largest = 0
    found: list[tuple[Drawn, str | None, Float64 | None]] = []
    for drawn in tiles:
        uri, bounds = None, None
        if drawn.points is not None:
            content = make_content(drawn.points, drawn.cube, shelf.spec)
            uri, bounds = content_name(tile_name(drawn, root), content.data), content.bounds
            put(shelf.output, uri, content.data, shelf.work)
            total, largest = total + len(content.data), max(largest, len(drawn.points))
        found.append((drawn.without_points(), uri, bounds))
    return _Written(_tree(found, root, frame), largest, total)


def _tree(
    found: list[tuple[Drawn, str | None, Float64 | None]], root: Cube, frame: Float64
) -> list[Tile]:
    """Tiles with their contents, parents first; all have one frame."""
    order, parents = parents_first([drawn for drawn, _, _ in found], root)
    tiles, inner = [], set(parents)
    for place, (number, parent) in enumerate(zip(order, parents, strict=True)):
        drawn, uri, bounds = found[number]
        name, error_m = tile_name(drawn, root), drawn.geometric_error_m if place in inner else 0.0
        tiles.append(Tile(parent, name, frame, bounds, uri, error_m))
    return tiles


def _telling(tell: Callable[[Progress], None], total: int) -> Callable[[int], None]:
    """Adds up the points of finished partitions."""
    done = 0

    def count(points: int) -> None:
        nonlocal done
        done += points
        tell(Progress("write", done, total))

    return count


def _report(
    sites: Sequence[PointSite], taken: Intake, spec: PointSpec, written: _Written, version: str
) -> PointBuildReport:
    """What was done, but for the documents."""
    counts = taken.class_counts.tolist() if spec.classified else []
    sources = tuple(site.georeference for site in sites)
    return PointBuildReport(
        points_in=taken.points_in,
        points=int(taken.class_counts.sum()),
        dropped=taken.dropped,
        notes=tuple(f"{site.path.name}: {n}" for site in sites for n in site.source.notes),
        classes={classes.name(code)[1]: count for code, count in enumerate(counts) if count},
        colours="source" if taken.has_colour else "class" if spec.coloured else "none",
        tiles=sum(tile.uri is not None for tile in written.tiles),
        largest_tile=written.largest,
        bytes={},
        bounds=taken.bounds,
        height_reference="; ".join(dict.fromkeys(each.height_reference for each in sources)),
        georeference=sources,
        version=version,
    )


def _extras(report: PointBuildReport, options: PointBuildOptions) -> dict[str, Any]:
    """What the root document says about the tileset as a whole."""
    return {
        "title": {"zh": options.title_zh, "en": options.title_en},
        "layer": None,
        "bounds": report.bounds,
        "point_count": report.points,
        "dropped_points": report.dropped,
        "classes": report.classes,
        "colours": report.colours,
        "height_reference": report.height_reference,
        "georeference": [asdict(each) for each in report.georeference],
        "version": report.version,
    }


def _size(made: Mapping[str, bytes]) -> int:
    """Bytes of documents."""
    return sum(map(len, made.values()))


def _tell_nobody(_: Progress) -> None:
    """The progress callback of a caller who wants none."""
