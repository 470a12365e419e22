"""The tiles of all partitions as one tree."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiles.points.lattice import Cube, Points
from tiles.points.octree import Share, ancestor, cell_error_m, share_out
from tiles.points.partitions import Partition

FULL = 1.2
"""A tile with more points than this times the limit is drawn in pieces."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One tile, finished."""

    depth: int
    """Levels below the root."""

    cube: Cube
    geometric_error_m: float
    points: Points | None
    """What it draws; None when the tiles above draw all that it would."""

    piece: int = 0
    """0 for the tile of a cube; its further pieces are leaves below it, numbered from 1."""

    def without_points(self) -> "Drawn":
        """The same, its points let go."""
        return replace(self, points=None)


def tile_name(drawn: Drawn, root: Cube) -> str:
    """Depth and place among the cubes of that depth; unique in the tileset."""
    bits = root.bits - drawn.depth
    places = [(low - start) >> bits for low, start in zip(drawn.cube.low, root.low, strict=True)]
    piece = [drawn.piece] if drawn.piece else []
    return "-".join(map(str, [drawn.depth, *places, *piece]))


def drawn_tiles(
    parts: Iterator[Partition], root: Cube, limit: int, told: Callable[[int], None]
) -> Iterator[Drawn]:
    """All tiles, in the order in which they are finished.

    Args:
        parts: In Morton order.
        root: The whole octree.
        limit: Points of a tile, about.
        told: Called with the number of points of each partition that is done.
    """
    growing: dict[tuple[int, Cube], list[Points]] = {}
    pieces: dict[Cube, int] = {}
    for part in parts:
        around = {(up, ancestor(part.cube, root, up)) for up in range(part.depth)}
        for place in sorted(growing.keys() - around, key=lambda place: -place[0]):
            yield from _inner(place, growing.pop(place), root, limit)
        for place in around:
            growing.setdefault(place, [])
        for share in _shares(part, root, limit, pieces.get(part.cube, 0)):
            if share.depth < part.depth:
                growing[share.depth, share.cube].append(share.points)
            else:
                yield from _drawn(share, root, limit, part, pieces)
        told(len(part.points))
    for place in sorted(growing, key=lambda place: -place[0]):
        yield from _inner(place, growing.pop(place), root, limit)


def parents_first(tiles: Sequence[Drawn], root: Cube) -> tuple[list[int], list[int]]:
    """Numbers of tiles with parents before children, and the place of each one's parent in it.

    Args:
        tiles: All of a tree, in any order.
        root: The whole octree; its parent is -1.
    """
    order = sorted(
        range(len(tiles)), key=lambda n: (tiles[n].depth, tiles[n].piece, tiles[n].cube.low)
    )
    places: dict[tuple[int, Cube], int] = {}
    parents = []
    for place, number in enumerate(order):
        tile = tiles[number]
        if tile.piece:
            parents.append(places[tile.depth, tile.cube])
            continue
        places[tile.depth, tile.cube] = place
        above = tile.depth - 1
        parents.append(-1 if above < 0 else places[above, ancestor(tile.cube, root, above)])
    return order, parents


def _shares(part: Partition, root: Cube, limit: int, begun: int) -> list[Share]:
    """The tiles of a partition; what comes later of a single lattice point is a leaf."""
    if part.crowded and begun:
        return [Share(part.depth, part.cube, part.points, leaf=True)]
    return share_out(part.points, part.cube, root, part.depth, limit)


def _inner(
    place: tuple[int, Cube], points: list[Points], root: Cube, limit: int
) -> Iterator[Drawn]:
    """A tile above partitions, and its pieces."""
    depth, cube = place
    together = np.concatenate(points) if points else None
    yield from _pieces(depth, cube, together, root, limit)


def _drawn(
    share: Share, root: Cube, limit: int, part: Partition, pieces: dict[Cube, int]
) -> Iterator[Drawn]:
    """A tile of a partition, and its pieces."""
    if part.crowded:
        begun = pieces.get(share.cube, 0)
        for tile in _pieces(share.depth, share.cube, share.points, root, limit, begun):
            pieces[share.cube] = tile.piece + 1
            yield tile
    elif share.leaf and len(share.points) <= FULL * limit:
        yield Drawn(share.depth, share.cube, 0.0, share.points)
    else:
        yield from _pieces(share.depth, share.cube, share.points, root, limit)


def _pieces(
    depth: int, cube: Cube, points: Points | None, root: Cube, limit: int, first: int | None = None
) -> Iterator[Drawn]:
    """A tile that others lie below, and leaves for what is too much for it.

    What the tile of a cube draws alone does not stand for the cube when it is only a piece: its
    error is then that of the tile above.
    """
    count = 0 if points is None else len(points)
    number = 1 if count <= FULL * limit else -(-count // limit)
    parts = [points] if points is None else np.array_split(points, number)
    whole = number == 1 and first is None
    error = cell_error_m(root, depth if whole else depth - 1)
    for piece, some in enumerate(parts, first or 0):
        drawn = None if some is None or not len(some) else some
        yield Drawn(depth, cube, 0.0 if piece else error, drawn, piece)
