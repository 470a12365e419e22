"""The second pass over all partitions: rows sorted by tile, then contents written."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cim.arrays import Float64, Int64
from tiles.options import Progress
from tiles.running import rows
from tiles.running.contents import Job, Shop, Written, coarse_key, is_coarse, write_partition
from tiles.running.first_pass import FirstPass, Tell
from tiles.running.pool import Pool
from tiles.running.settle import coarse_path
from tiles.running.state import State
from tiles.running.tree import Grown
from tiles.tiles3d.tileset import Tile

MANY_TRIANGLES = 500_000
"""From here on it pays to start worker processes."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be written."""

    settled: FirstPass
    grown: Grown
    tiles: Sequence[Tile]
    within: Sequence[Float64 | None]
    """For each tile, see `contents.Job`."""

    shop: Shop
    known: Mapping[str, Written]
    """What earlier builds wrote, by the names of tiles."""

    partition_features: int


@dataclass(frozen=True, slots=True)
class _Sorting:
    """A file to sort."""

    path: Path
    tile_of: Int64
    feature: Int64
    bounds: Int64


def write_contents(work: Work, state: State, tell: Tell, crew: Pool) -> dict[str, Written]:
    """Write the contents of all tiles; by the tiles' names."""
    sizes = np.bincount(work.grown.tile_of, minlength=len(work.tiles))
    bounds = rows.partition_bounds(sizes, work.partition_features)
    apart = int(work.settled.measures.triangles.sum()) >= MANY_TRIANGLES
    for _ in crew.map(_sort, _sortings(work, bounds), apart=apart):
        pass
    written: dict[str, Written] = {}
    done, total = 0, len(work.grown.tile_of)
    for some in crew.map(write_partition, _jobs(work, bounds), apart=apart):
        state.add(some)
        written |= {each.key: each for each in some}
        done += sum(each.features for each in some if not is_coarse(each))
        tell(Progress("write", done, total))
    return written


def _sortings(work: Work, bounds: Int64) -> Iterator[_Sorting]:
    """Each file with the tiles of its rows."""
    first, settled = 0, work.settled
    for path, count, coarse in zip(settled.paths, settled.counts, settled.coarse, strict=True):
        tile_of = work.grown.tile_of[first : first + count]
        yield _Sorting(path, tile_of, np.arange(count) + first, bounds)
        if len(coarse):
            yield _Sorting(coarse_path(path), tile_of[coarse], coarse + first, bounds)
        first += count


def _sort(job: _Sorting) -> None:
    """Sort one file."""
    rows.sort_file(job.path, job.tile_of, job.feature, job.bounds)


def _jobs(work: Work, bounds: Int64) -> Iterator[Job]:
    """A job for each partition."""
    cuts = bounds.tolist()
    settled = work.settled
    looks = tuple(
        coarse_path(path)
        for path, coarse in zip(settled.paths, settled.coarse, strict=True)
        if len(coarse)
    )
    for number, (first, end) in enumerate(itertools.pairwise(cuts)):
        tiles = {tile: (work.tiles[tile], work.within[tile]) for tile in range(first, end)}
        names = {key for tile, _ in tiles.values() for key in (tile.name, coarse_key(tile.name))}
        before = {name: work.known[name] for name in names & work.known.keys()}
        yield Job(work.shop, work.settled.paths, looks, number, tiles, before)
