"""Nodes of mesh files with what they show: meshes, box, footprint, id."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Float64
from cim.bodies import Mesh
from cim.readers._mesh_scene import Node

_MANY, _DIRECTIONS = 10_000, 32
"""Of more points than these, those inside the hull of the extremes in so many directions are left
out before the hull is made: it stays the same."""

_THINNEST_M: Final = 0.005
"""Half the least width of a footprint: a wall seen from above has none of its own."""


@dataclass(frozen=True, slots=True)
class Item:
    """A node with meshes fit to be drawn, or why it has none."""

    record: int
    id: str
    node: Node
    bodies: tuple[tuple[Mesh, Float64], ...]
    box: Float64
    """(2, 3) lowest and highest corner."""

    footprint: shapely.Geometry | None
    fault: str


def item_of(
    record: int, key: str, node: Node, meshes: list[Mesh | None], to_frame: Float64
) -> Item:
    """A node with the meshes of its parts."""
    found = [(meshes[row], to_frame @ matrix) for row, matrix in node.parts]
    bodies = tuple(
        (mesh, matrix) for mesh, matrix in found if mesh is not None and _is_sound(matrix)
    )
    if not bodies:
        flat = any(mesh is not None for mesh, _ in found)
        fault = "its transform flattens it" if flat else "no triangle that can be drawn"
        return Item(record, key, node, (), np.zeros((2, 3)), None, fault)
    points = np.concatenate(
        [mesh.positions @ matrix[:3, :3].T + matrix[:3, 3] for mesh, matrix in bodies]
    )
    box = np.stack((points.min(axis=0), points.max(axis=0)))
    return Item(record, key, node, bodies, box, _footprint(points), "")


def _is_sound(matrix: Float64) -> bool:
    """Whether a transform is finite and keeps volumes."""
    scale = np.linalg.norm(matrix[:3, :3], axis=0).prod()
    return bool(
        np.isfinite(matrix).all() and scale > 0
        and abs(np.linalg.det(matrix[:3, :3])) > np.finfo(float).eps * scale
    )  # fmt: skip


def _footprint(points: Float64) -> shapely.Geometry:
    """The convex hull seen from above; of an upright plane a strip of a centimetre."""
    hull = shapely.convex_hull(shapely.multipoints(_outermost(points[:, :2])))
    if hull.geom_type == "Polygon" and hull.area > 0:
        return hull
    return shapely.buffer(hull, _THINNEST_M, cap_style="square")


def _outermost(xy: Float64) -> Float64:
    """Points among which all corners of the convex hull are; most others are left out."""
    if len(xy) < _MANY:
        return xy
    angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    ways = np.column_stack((np.cos(angles), np.sin(angles)))
    corners = xy[[int((xy @ way).argmax()) for way in ways]]
    inner = shapely.convex_hull(shapely.multipoints(corners))
    shapely.prepare(inner)
    outer = ~shapely.contains_xy(inner, xy[:, 0], xy[:, 1])
    return np.concatenate((xy[outer], corners))


def ids_of(nodes: tuple[Node, ...]) -> list[str]:
    """A path for each node, repeated ones numbered."""
    times: Counter[str] = Counter()
    taken = {node.path for node in nodes}
    ids = []
    for node in nodes:
        times[node.path] += 1
        key = node.path
        while times[node.path] > 1 and key in taken:
            key = f"{node.path}-{times[node.path]}"
            times[node.path] += key in taken
        taken.add(key)
        ids.append(key)
    return ids
