"""Sub-districts and communities: they tile the district along the middle lines of main roads."""

from typing import Final

import numpy as np
import shapely
from shapely import Polygon

from assets.samples.frame import grid_point
from assets.samples.model import Division
from assets.samples.names import COMMUNITIES, DISTRICT_CODE, SUBDISTRICTS
from assets.samples.waters import river_axis_v

_SMALLEST_M2: Final = 140_000.0
_WEST_U, _EAST_U = -625.0, 880.0


def _quarter(block: Polygon) -> int:
    """Index of the sub-district: three on each side of the river, from west to east."""
    u, v = grid_point(block)
    south = v < float(river_axis_v(np.array([u]))[0])
    return 3 * int(south) + int(u > _WEST_U) + int(u > _EAST_U)


def _shared_border(one: Polygon, other: Polygon) -> float:
    return float(one.intersection(other).length)


def merge_small(blocks: list[Polygon]) -> list[Polygon]:
    """Blocks, each too small one joined to the neighbour with the longest common border."""
    blocks = sorted(blocks, key=lambda block: block.area)
    while len(blocks) > 1 and blocks[0].area < _SMALLEST_M2:
        small, rest = blocks[0], blocks[1:]
        best = max(range(len(rest)), key=lambda i: _shared_border(small, rest[i]))
        rest[best] = shapely.union(rest[best], small)
        blocks = sorted(rest, key=lambda block: block.area)
    return blocks


def _communities(quarter: int, blocks: list[Polygon]) -> list[Division]:
    parent = f"{DISTRICT_CODE}{quarter + 1:03d}"
    names = COMMUNITIES[SUBDISTRICTS[quarter]]
    placed = sorted(merge_small(blocks), key=lambda b: (-round(b.centroid.y, -2), b.centroid.x))
    return [
        Division(f"{parent}{i + 1:03d}", f"{names[i]}社区", parent, block)
        for i, block in enumerate(placed)
    ]


def build_divisions(
    blocks: tuple[Polygon, ...],
) -> tuple[tuple[Division, ...], tuple[Division, ...]]:
    """Sub-districts and their communities."""
    quarters: list[list[Polygon]] = [[] for _ in SUBDISTRICTS]
    for block in blocks:
        quarters[_quarter(block)].append(block)
    communities: list[Division] = []
    for quarter, own in enumerate(quarters):
        communities += _communities(quarter, own)
    subdistricts = tuple(
        Division(
            f"{DISTRICT_CODE}{i + 1:03d}", name, DISTRICT_CODE, shapely.union_all(quarters[i])
        )
        for i, name in enumerate(SUBDISTRICTS)
    )
    return subdistricts, tuple(communities)
