"""The second pass: the contents of a partition's tiles. A pure function of its rows."""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from cim.arrays import Float64
from tiles import content
from tiles.gltf.metadata import Property, schema
from tiles.meshing.distance import apart_m, soup_of
from tiles.options import ContentSpec
from tiles.publish import content_name, put
from tiles.running import rows
from tiles.settling import sharing
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

    error_m: float = 0.0
    """How far a coarse content is from the fine one of its tile, bounded from above."""


def coarse_key(key: str) -> str:
    """What stands for the coarse content of a tile."""
    return f"{key}-coarse"


def is_coarse(written: Written) -> bool:
    """Whether a content is the coarse one of its tile."""
    return written.key.endswith("-coarse")


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

    coarse_paths: tuple[Path, ...]
    """The same, with the coarse looks of features that have one."""

    partition: int
    tiles: Mapping[int, tuple[Tile, Float64 | None]]
    """By number: the tile, and the matrix from its frame to that of the nearest transform above,
    None where that is the tile's own."""

    known: Mapping[str, Written]
    """What earlier builds wrote, by the name of the tile."""


def write_partition(job: Job) -> list[Written]:
    """Write the contents of a partition, those that stand already left out."""
    whole = rows.read_partition(job.paths, job.partition)
    looks = rows.read_partition(job.coarse_paths, job.partition) if job.coarse_paths else whole[:0]
    coarse = dict(rows.by_tile(looks))
    written = []
    for number, part in rows.by_tile(whole):
        tile, within = job.tiles[number]
        written.append(_write(job, part, tile, within))
        if number in coarse:
            written.append(_write_coarse(job, part, coarse[number], tile))
    return written


def _write(job: Job, part: pa.Table, tile: Tile, within: Float64 | None) -> Written:
    """Write a tile's content, unless an earlier build made it from the same input.

    Nothing takes its place when a client comes near, so that it leaves nothing out.
    """
    part = part.drop_columns([rows.FEATURE])
    digest = _digest(job.shop, part, tile.frame, within)
    return _known(job, tile.name, digest) or _made(job.shop, part, tile.name, tile, digest, within)


def _write_coarse(job: Job, fine: pa.Table, coarse: pa.Table, tile: Tile) -> Written:
    """Write the coarse content of a tile: features without a coarse look keep their fine one."""
    fine = sharing.taken(fine, np.arange(fine.num_rows))
    differing = pc.is_in(fine[rows.FEATURE], coarse[rows.FEATURE].combine_chunks())
    whole = pa.concat_tables([fine.filter(pc.invert(differing)), coarse])
    whole = whole.sort_by(rows.FEATURE).drop_columns([rows.FEATURE]).combine_chunks()
    near = fine.filter(differing).drop_columns([rows.FEATURE]).combine_chunks()
    far = coarse.drop_columns([rows.FEATURE]).combine_chunks()
    key = coarse_key(tile.name)
    digest = _digest(job.shop, pa.concat_tables([whole, near]), tile.frame, None)
    known = _known(job, key, digest)
    if known is not None:
        return known
    looks = (soup_of(content.mesh_of(part, tile.frame, floors=False)) for part in (far, near))
    error_m = apart_m(*looks)
    made = _made(job.shop, whole, key, tile, digest, None, error_m)
    return replace(made, error_m=error_m)


def _known(job: Job, key: str, digest: bytes) -> Written | None:
    """What an earlier build made from the same input, if it stands."""
    before = job.known.get(key)
    if before is None or before.input != digest or not (job.shop.output / before.name).exists():
        return None
    return before


def _made(  # noqa: PLR0913, PLR0917 - what a content is made from
    shop: Shop, part: pa.Table, key: str, tile: Tile, digest: bytes, within: Float64 | None,
    error_m: float = 0.0,
) -> Written:  # fmt: skip
    """Make a content and write it."""
    made = content.make_content(
        part, tile.frame, shop.spec, geometric_error_m=error_m, within=within
    )
    name = content_name(key, made.data)
    put(shop.output, name, made.data, shop.work)
    return Written(
        key, digest, name, made.bounds, made.triangles, len(made.data), part.num_rows, made.notes
    )


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


def _digest(shop: Shop, part: pa.Table, frame: Float64, within: Float64 | None) -> bytes:
    """Stands for all that a content is made from."""
    digest = hashlib.blake2b(shop.settings, digest_size=16)
    for array in (frame, within):
        digest.update(b"" if array is None else array.tobytes())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, part.schema) as writer:
        writer.write_table(part.combine_chunks())
    digest.update(sink.getvalue())
    return digest.digest()
