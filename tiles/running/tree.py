"""From measures to tiles: which tile each feature belongs to, and where tiles stand."""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Float64, Int64
from tiles import content
from tiles.meshing.shapes import METRES_PER_DEGREE
from tiles.running.settle import Measures
from tiles.running.state import Nodes
from tiles.tiles3d.tileset import Tile
from tiles.tiling import quadtree
from tiles.tiling.quadtree import Limits


@dataclass(frozen=True, slots=True)
class Grown:
    """A tree over features."""

    nodes: Nodes
    tile_of: Int64
    """(n,) tile of each feature."""


def grow(measures: Measures, limits: Limits) -> Grown:
    """The tree of all features."""
    centres = measures.bounds[:, :2] + measures.bounds[:, 2:]
    centres *= METRES_PER_DEGREE / 2
    middle = (centres[:, 1].min() + centres[:, 1].max()) / 2 / METRES_PER_DEGREE
    centres[:, 0] *= np.cos(np.radians(middle))
    tree = quadtree.build(centres, measures.size_m, measures.triangles, limits)
    lon_lat = _middles(tree.parent, tree.tile_of, measures.bounds)
    nodes = Nodes(tree.parent, tree.level, tree.column, tree.row, tree.geometric_error_m, lon_lat)
    return Grown(nodes, tree.tile_of)


def tiles_of(nodes: Nodes) -> list[Tile]:
    """Tiles before their contents are written."""
    rows = zip(
        nodes.parent.tolist(),
        nodes.keys,
        nodes.lon_lat.tolist(),
        nodes.geometric_error_m.tolist(),
        strict=True,
    )
    return [
        Tile(parent, key, content.frame_of(lon, lat), None, None, error_m)
        for parent, key, (lon, lat), error_m in rows
    ]


def _middles(parent: Int64, tile_of: Int64, bounds: Float64) -> Float64:
    """(t, 2) longitude and latitude in the middle of the features of each tile and all below."""
    low, high = np.full((len(parent), 2), np.inf), np.full((len(parent), 2), -np.inf)
    np.minimum.at(low, tile_of, bounds[:, :2])
    np.maximum.at(high, tile_of, bounds[:, 2:])
    for number in range(len(parent) - 1, 0, -1):
        above = parent[number]
        low[above] = np.minimum(low[above], low[number])
        high[above] = np.maximum(high[above], high[number])
    return np.asarray((low + high) / 2)
