"""From measures to tiles: which tile each feature belongs to, and where tiles stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cim.arrays import Float64, Int64
from cim.catalog import Bounds
from tiles import content
from tiles.meshing.shapes import METRES_PER_DEGREE
from tiles.options import MOST_EXPLICIT, BuildOptions
from tiles.running.settle import Measures
from tiles.running.state import Nodes
from tiles.tiles3d import boxes
from tiles.tiles3d.implicit_write import fits_globe
from tiles.tiles3d.tileset import Tile
from tiles.tiling import quadtree
from tiles.tiling.quadtree import Limits, Square


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane that the tree quarters: degrees, stretched to metres in the middle of the data."""

    lon_m: float
    """Metres of a degree of longitude."""

    square: Square
    """Of the root."""

    @property
    def region_deg(self) -> Bounds:
        """West, south, east, north of the root's square."""
        west, south = self.square.west_m, self.square.south_m
        east, north = west + self.square.width_m, south + self.square.width_m
        return (
            west / self.lon_m,
            south / METRES_PER_DEGREE,
            east / self.lon_m,
            north / METRES_PER_DEGREE,
        )


@dataclass(frozen=True, slots=True)
class Grown:
    """A tree over features."""

    nodes: Nodes
    tile_of: Int64
    """(n,) tile of each feature."""

    plane: Plane


def grow(measures: Measures, limits: Limits) -> Grown:
    """The tree of all features."""
    south, north = measures.bounds[:, 1].min(), measures.bounds[:, 3].max()
    lon_m = METRES_PER_DEGREE * float(np.cos(np.radians((south + north) / 2)))
    centres = centres_m(measures.bounds, lon_m)
    tree = quadtree.build(centres, measures.size_m, measures.triangles, limits)
    lon_lat = _middles(tree.parent, tree.tile_of, measures.bounds)
    nodes = Nodes(tree.parent, tree.level, tree.column, tree.row, tree.geometric_error_m, lon_lat)
    return Grown(nodes, tree.tile_of, Plane(lon_m, tree.square))


def centres_m(bounds: Float64, lon_m: float) -> Float64:
    """(n, 2) middles of bounds (n, 4) in the plane of the tree."""
    centres = bounds[:, :2] + bounds[:, 2:]
    centres *= np.array([lon_m, METRES_PER_DEGREE]) / 2
    return np.asarray(centres)


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


def is_implicit(nodes: Nodes, plane: Plane, options: BuildOptions) -> bool:
    """Whether a tree is tiled implicitly."""
    if options.lods == "all" or options.modelling is not None or options.models:
        return False
    if options.tiling != "auto":
        return options.tiling == "implicit"
    return len(nodes) > MOST_EXPLICIT and fits_globe(plane.region_deg)


def into_root(tiles: Sequence[Tile]) -> list[Float64]:
    """(4, 4) from the frame of each tile to that of the root."""
    return [boxes.relative(tiles[0].frame, tile.frame) for tile in tiles]


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
