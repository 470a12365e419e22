"""The second pass: the contents of a partition's tiles. A pure function of its rows."""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from cim.arrays import Float64
from tiles import content
from tiles.gltf.metadata import Property, schema
from tiles.options import ContentSpec
from tiles.publish import content_name, put
from tiles.running import rows
from tiles.tiles3d.tileset import Tile


@dataclass(frozen=True, slots=True)
class Written:
    """A content on disk."""

    key: str
    """Name of its tile."""

    input: bytes
    """Digest of everything that the content is made from."""

    name: str
    """Path in the folder of the tileset."""

    bounds: Float64
    """(2, 3) in the tile's frame."""

    triangles: int
    bytes: int
    features: int
    notes: Mapping[str, int]
    """What could not be drawn as the source has it, and how often."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What the jobs of one build share."""

    output: Path
    work: Path
    """Folder for files while they are written."""

    spec: ContentSpec
    settings: bytes
    """Stands for options and code: with the rows of a tile it decides what its content is."""


@dataclass(frozen=True, slots=True)
class Job:
    """The tiles of a partition."""

    shop: Shop
    paths: tuple[Path, ...]
    """Files of `rows.sort_file`."""

    partition: int
    tiles: Mapping[int, tuple[Tile, Float64 | None]]
    """By number: the tile, and the matrix from its frame to that of the nearest transform above,
    None where that is the tile's own."""

    known: Mapping[str, Written]
    """What earlier builds wrote, by the name of the tile."""


def write_partition(job: Job) -> list[Written]:
    """Write the contents of a partition, those that stand already left out."""
    whole = rows.read_partition(job.paths, job.partition)
    return [
        write_tile(job.shop, part, *job.tiles[number], job.known)
        for number, part in rows.by_tile(whole)
    ]


def write_tile(
    shop: Shop,
    part: pa.Table,
    tile: Tile,
    within: Float64 | None,
    known: Mapping[str, Written],
) -> Written:
    """Write a tile's content, unless an earlier build made it from the same input."""
    digest = _digest(shop, part, tile, within)
    before = known.get(tile.name)
    if before is not None and before.input == digest and (shop.output / before.name).exists():
        return before
    made = content.make_content(
        part,
        tile.frame,
        shop.spec,
        geometric_error_m=tile.geometric_error_m,
        within=within,
    )
    name = content_name(tile.name, made.data)
    put(shop.output, name, made.data, shop.work)
    return Written(
        tile.name, digest, name, made.bounds, made.triangles, len(made.data), part.num_rows,
        made.notes,
    )  # fmt: skip


def schema_document(properties: tuple[Property, ...]) -> bytes:
    """The schema of the properties, as it is written."""
    return orjson.dumps(schema(properties))


def settings_digest(spec: ContentSpec, code: str, *more: object) -> bytes:
    """Stands for all that contents depend on beside their rows and tile."""
    plain = replace(spec, materials={})  # rows name their materials by digests
    return hashlib.blake2b(repr((plain, code, more)).encode(), digest_size=16).digest()


@functools.cache
def code_version() -> str:
    """Digest of the program text that contents are made by: new code makes new contents."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(content.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(shop: Shop, part: pa.Table, tile: Tile, within: Float64 | None) -> bytes:
    """Stands for all that a content is made from."""
    digest = hashlib.blake2b(shop.settings, digest_size=16)
    for array in (tile.frame, np.array([tile.geometric_error_m]), within):
        digest.update(b"" if array is None else array.tobytes())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, part.schema) as writer:
        writer.write_table(part)
    digest.update(sink.getvalue())
    return digest.digest()
