"""Content of one tile: settled features in, glb out. A pure function of the tile's rows."""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from cim import frames
from cim.arrays import Float64, Int64, Uint64
from tiles import instancing, painting
from tiles.gltf.parts import Piece
from tiles.gltf.primitives import Style
from tiles.gltf.quantize import COARSE, FINE
from tiles.gltf.writer import Table, write_glb
from tiles.meshing import bodies, footprint, mesh, surfaces
from tiles.meshing.mesh import TriangleMesh
from tiles.options import ContentSpec
from tiles.properties import as_columns
from tiles.settling import sharing, table
from tiles.settling.polygons import shapes_of

_CELLS = 65_535


@dataclass(frozen=True, slots=True)
class Content:
    """A tile's content."""

    data: bytes
    bounds: Float64
    """(2, 3) lowest and highest corner in the tile's frame, metres."""

    triangles: int
    notes: dict[str, int] = field(default_factory=dict)
    """What could not be drawn as the source has it, and how often."""


def frame_of(lon_deg: float, lat_deg: float) -> Float64:
    """(4, 4) from a tile's east, north, up to Earth-centred coordinates."""
    return frames.enu_to_ecef_matrix(lon_deg, lat_deg, 0.0)


def make_content(
    rows: pa.Table,
    frame: Float64,
    spec: ContentSpec,
    *,
    geometric_error_m: float,
    within: Float64 | None = None,
) -> Content:
    """The glb of a tile: a pure function of its arguments.

    Args:
        rows: Settled features, chunks combined; their order decides nothing but feature ids.
        frame: Of `frame_of`, for this tile.
        spec: What all contents of the tileset share.
        geometric_error_m: Of the tile: what is smaller may be left out, such as texels.
        within: (4, 4) from the tile's frame to that of the nearest `transform` in the tileset,
            where that is not the tile's own; None when it is.

    Raises:
        ConfigError: The content is to be compressed, and the library for that is missing.
    """
    near = rows.take(pa.array(_neighbourly(rows))).combine_chunks()
    apart = instancing.split(near, frame, spec.instancing)
    meshes = [_some(near, apart.merged, frame, spec)] if len(apart.merged) else []
    parts = _parts(meshes, apart.groups)
    whole = mesh.join((*meshes, *(group.mesh for group in apart.groups)))
    solid = bool((near["kind"].to_numpy() != table.FOOTPRINT).any())
    painted, notes = painting.paint(
        whole, spec, error_m=geometric_error_m, double_sided=spec.look.double_sided or solid
    )
    properties = Table(spec.properties, as_columns(near, spec.properties), spec.schema_uri)
    grid = FINE if solid else COARSE
    style = Style(spec.compression == "meshopt", spec.outlines, grid)
    glb = write_glb(painted, parts, properties, style, within=within)
    drawn = sum(part.triangles * part.count for part in parts)
    return Content(glb.data, glb.bounds, drawn, notes)


def _parts(merged: list[TriangleMesh], groups: tuple[instancing.Group, ...]) -> tuple[Piece, ...]:
    """The stretches that a content's mesh is joined from."""
    return (
        *(Piece(len(each.points), len(each.triangles)) for each in merged),
        *(Piece(len(g.mesh.points), len(g.mesh.triangles), g.instances) for g in groups),
    )


def _some(rows: pa.Table, numbers: Int64, frame: Float64, spec: ContentSpec) -> TriangleMesh:
    """The mesh of some rows; its features are numbered as all rows are."""
    some = sharing.taken(rows, numbers)
    part = mesh_of(some, frame, floors=spec.floors)
    return replace(part, vertex_features=numbers[part.vertex_features])


def _neighbourly(rows: pa.Table) -> Int64:
    """(n,) rows so that neighbours on the ground are neighbours in the file."""
    places = []
    for values in _firsts(rows):
        low, high = values.min(), values.max()
        places.append(((values - low) / ((high - low) or 1.0) * _CELLS).astype(np.uint64))
    return np.argsort(_interleaved(places[0]) | (_interleaved(places[1]) << 1), kind="stable")


def _firsts(rows: pa.Table) -> Float64:
    """(2, n) a place of each row: its first position; of bodies where their frame stands."""
    positions, matrices = table.lists_of(rows, "positions"), table.lists_of(rows, "matrix")
    bodies = np.diff(matrices.offsets) > 0
    found = np.zeros((2, rows.num_rows))
    for axis in range(2):
        found[axis, ~bodies] = positions.values[positions.offsets[:-1][~bodies] + axis]
        found[axis, bodies] = matrices.values[3 + 4 * axis :: 12]
    return found


def _interleaved(number: Uint64) -> Uint64:
    """16 bits with a zero before each (a Morton code's half)."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        number = (number | (number << np.uint64(shift))) & np.uint64(mask)
    return number


def mesh_of(rows: pa.Table, frame: Float64, *, floors: bool) -> TriangleMesh:
    """Triangles of settled features in a tile's frame; row i is feature i.

    Args:
        rows: Each with a shape in the same table, see `tiles.settling.sharing`.
        frame: (4, 4) from the tile's frame to EPSG:4978.
        floors: Close extruded footprints at the bottom.
    """
    kinds = rows["kind"].to_numpy()
    makers = {table.FOOTPRINT: _raised, table.SURFACES: _surfaces, table.BODY: _bodies}
    parts = []
    for kind in np.unique(kinds).tolist():
        numbers = np.flatnonzero(kinds == kind)
        part = makers[kind](sharing.taken(rows, numbers), frame, floors=floors)
        parts.append(replace(part, vertex_features=numbers[part.vertex_features]))
    return mesh.join(tuple(parts))


def _raised(rows: pa.Table, frame: Float64, *, floors: bool) -> TriangleMesh:
    """Extruded footprints."""
    shape = shapes_of(rows, table.FOOTPRINT)
    counts = np.diff(shape.polygons.feature_points)
    base = rows["base_m"].to_numpy().repeat(counts)
    height = rows["height_m"].to_numpy().repeat(counts)
    lon_lat = shape.polygons.positions
    bottoms = _to_frame(np.column_stack((lon_lat, base)), frame)
    tops = _to_frame(np.column_stack((lon_lat, base + height)), frame)
    return footprint.raise_footprints(shape, bottoms, tops, floors=floors)


def _surfaces(rows: pa.Table, frame: Float64, *, floors: bool) -> TriangleMesh:  # noqa: ARG001 - one signature for all kinds
    """Boundary surfaces."""
    shape = shapes_of(rows, table.SURFACES)
    return surfaces.mesh(shape, _to_frame(shape.polygons.positions[:, :3], frame))


def _bodies(rows: pa.Table, frame: Float64, *, floors: bool) -> TriangleMesh:  # noqa: ARG001 - one signature for all kinds
    """Triangle meshes of features."""
    return bodies.mesh(sharing.body_set(rows, np.linalg.inv(frame) @ sharing.matrices_of(rows)))


def _to_frame(lon_lat_height: Float64, frame: Float64) -> Float64:
    """(p, 3) geodetic positions as east, north, up in the tile's frame."""
    away = frames.ecef_from_geodetic(lon_lat_height) - frame[:3, 3]
    return np.asarray(away @ frame[:3, :3])
