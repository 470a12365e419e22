"""Content of one tile: settled features in, glb out. A pure function of the tile's rows."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim import frames
from cim.arrays import Float64, Int64
from tiles.gltf.writer import Look, write_glb
from tiles.meshing import footprint, mesh, ragged, surfaces
from tiles.meshing.mesh import TriangleMesh
from tiles.meshing.polygons import Polygons
from tiles.meshing.shapes import Shapes
from tiles.options import ContentSpec
from tiles.properties import as_columns


@dataclass(frozen=True, slots=True)
class Content:
    """A tile's content."""

    data: bytes
    bounds: Float64
    """(2, 3) lowest and highest corner in the tile's frame, metres."""

    triangles: int


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
        rows: Settled features, chunks combined; row i becomes feature id i.
        frame: Of `frame_of`, for this tile.
        spec: What all contents of the tileset share.
        geometric_error_m: Of the tile: what is smaller may be left out, such as texels.
        within: (4, 4) from the tile's frame to that of the nearest `transform` in the tileset,
            where that is not the tile's own; None when it is.
    """
    solid = np.asarray(rows["solid"].to_numpy())
    parts = []
    if not solid.all():
        parts.append(_raised(rows, np.flatnonzero(~solid), frame, floors=spec.floors))
    if solid.any():
        parts.append(_surfaces(rows, np.flatnonzero(solid), frame))
    whole = mesh.join(tuple(parts))
    sides = Look(spec.look.colours, double_sided=spec.look.double_sided or bool(solid.any()))
    columns = as_columns(rows, spec.properties)
    glb = write_glb(whole, spec.properties, columns, look=sides, schema_uri=spec.schema_uri)
    return Content(glb.data, glb.bounds, len(whole.triangles))


def _raised(rows: pa.Table, numbers: Int64, frame: Float64, *, floors: bool) -> TriangleMesh:
    """Extruded footprints of the rows with these numbers."""
    shape = _shapes(rows, numbers, dimension=2)
    counts = np.diff(shape.polygons.feature_points)
    base = rows["base_m"].to_numpy()[numbers].repeat(counts)
    height = rows["height_m"].to_numpy()[numbers].repeat(counts)
    lon_lat = shape.polygons.positions
    bottoms = _to_frame(np.column_stack((lon_lat, base)), frame)
    tops = _to_frame(np.column_stack((lon_lat, base + height)), frame)
    return _with_features(footprint.raise_footprints(shape, bottoms, tops, floors=floors), numbers)


def _surfaces(rows: pa.Table, numbers: Int64, frame: Float64) -> TriangleMesh:
    """Boundary surfaces of the rows with these numbers."""
    shape = _shapes(rows, numbers, dimension=3)
    points = _to_frame(shape.polygons.positions, frame)
    return _with_features(surfaces.mesh(shape, points), numbers)


def _to_frame(lon_lat_height: Float64, frame: Float64) -> Float64:
    """(p, 3) geodetic positions as east, north, up in the tile's frame."""
    away = frames.ecef_from_geodetic(lon_lat_height) - frame[:3, 3]
    return np.asarray(away @ frame[:3, :3])


def _with_features(part: TriangleMesh, numbers: Int64) -> TriangleMesh:
    """The same with feature ids that are rows of the tile."""
    return TriangleMesh(
        part.points, part.normals, part.vertex_points, part.vertex_normals,
        numbers[part.vertex_features], part.triangles, part.classes,
    )  # fmt: skip


def _shapes(rows: pa.Table, numbers: Int64, *, dimension: int) -> Shapes:
    """Settled shapes of the rows with these numbers."""
    chosen = rows if len(numbers) == rows.num_rows else rows.take(pa.array(numbers))
    positions, feature_values = _lists(chosen["positions"])
    rings, _ = _lists(chosen["rings"])
    polygons, feature_polygons = _lists(chosen["polygons"])
    classes, _ = _lists(chosen["classes"])
    triangles, feature_indices = _lists(chosen["triangles"])
    offsets = feature_indices // 3
    starts = (feature_values[:-1] // dimension).repeat(np.diff(offsets))
    return Shapes(
        numbers,
        Polygons(
            positions.reshape(-1, dimension),
            ragged.offsets_of(rings),
            ragged.offsets_of(polygons),
            feature_polygons,
        ),
        classes,
        triangles.reshape(-1, 3).astype(np.int64) + starts[:, None],
        offsets,
        np.zeros(len(numbers), bool),
    )


def _lists(column: pa.ChunkedArray) -> tuple[np.ndarray, Int64]:
    """Values and offsets of a list column."""
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    offsets = array.offsets.to_numpy().astype(np.int64)
    return pc.list_flatten(array).to_numpy(), offsets - offsets[0]
