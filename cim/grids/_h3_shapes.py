"""Shapes of H3 cells in longitude and latitude, whole across the antimeridian and the poles.

An edge of a cell is an arc of a great circle on the sphere. The bounds here hold the arcs; the
polygons join the vertices by straight lines of longitude and latitude.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from h3ronpy import cells_resolution
from h3ronpy.vector import cells_to_coordinates, cells_to_wkb_polygons, coordinates_to_cells

from cim.arrays import Bool, Float64, Int64, Objects, Uint64

_HALF_TURN = 180.0


@dataclass(frozen=True, slots=True)
class Rings:
    """Closed vertex rings of cells, without a jump at the antimeridian."""

    lon_lat: Float64
    """(m, 2) degrees; longitudes may pass 180 to stay beside the centre of their cell."""

    cell: Int64
    """(m,) which cell a vertex belongs to; first and last vertex of a ring are the same."""

    pole: Float64
    """(n,) 90 or -90 for the cell that holds that pole, else 0."""


def centers(codes: Uint64) -> Float64:
    """(n, 2) centres of cells."""
    table = cells_to_coordinates(codes)
    return np.column_stack([np.asarray(table["lng"]), np.asarray(table["lat"])])


def rings(codes: Uint64) -> Rings:
    """Vertex rings of cells."""
    lon_lat, cell = _vertices(cells_to_wkb_polygons(codes).to_pylist())
    middle = centers(codes)[cell, 0]
    lon_lat[:, 0] = middle + _signed(lon_lat[:, 0] - middle)
    return Rings(lon_lat, cell, _poles(codes))


def _vertices(blobs: list[bytes]) -> tuple[Float64, Int64]:
    """(m, 2) vertices of polygons of one ring in little-endian WKB, and (m,) their polygon."""
    sizes = np.fromiter(map(len, blobs), dtype=np.int64, count=len(blobs))
    octets = np.frombuffer(b"".join(blobs), dtype=np.uint8)
    starts = np.cumsum(sizes) - sizes
    body = np.ones(len(octets), dtype=np.bool_)
    body[(starts[:, None] + np.arange(_WKB_HEADER)).ravel()] = False
    lon_lat = octets[body].view("<f8").reshape(-1, 2).astype(np.float64)
    return lon_lat, np.repeat(np.arange(len(blobs)), (sizes - _WKB_HEADER) // 16)


_WKB_HEADER = 13
"""Bytes before the first vertex: byte order, type, number of rings, number of vertices."""


def _signed(degrees: Float64) -> Float64:
    """Angles brought to -180 to 180."""
    turned: Float64 = (degrees + _HALF_TURN) % 360 - _HALF_TURN
    return turned


def _poles(codes: Uint64) -> Float64:
    """(n,) 90 or -90 for each cell that holds that pole, else 0."""
    levels = np.asarray(cells_resolution(codes))
    zeros = np.zeros(len(codes))
    found = zeros
    for latitude in (90.0, -90.0):
        holder = np.asarray(coordinates_to_cells(zeros + latitude, zeros, levels))
        found = np.where(holder == codes, latitude, found)
    return found


def bounds(codes: Uint64) -> Float64:
    """(n, 4) west, south, east, north of cells; west > east across the antimeridian."""
    shape = rings(codes)
    lon, lat = shape.lon_lat.T
    apex = _apexes(shape)
    starts = np.flatnonzero(np.diff(shape.cell, prepend=-1))
    if not len(starts):
        return np.zeros((0, 4))
    west, east = np.minimum.reduceat(lon, starts), np.maximum.reduceat(lon, starts)
    south = np.minimum.reduceat(np.minimum(lat, apex), starts)
    north = np.maximum.reduceat(np.maximum(lat, apex), starts)
    around = shape.pole != 0
    west = np.where(around, -_HALF_TURN, _signed(west))
    east = np.where(around, _HALF_TURN, _signed(east))
    south = np.where(shape.pole < 0, shape.pole, south)
    north = np.where(shape.pole > 0, shape.pole, north)
    return np.column_stack([west, south, east, north])


def _apexes(shape: Rings) -> Float64:
    """(m,) latitude farthest from the equator on the arc from each vertex to the next.

    It is the vertex's own latitude where the great circle's apex is not on the arc, and at the
    last vertex of a ring.
    """
    lon, lat = np.radians(shape.lon_lat.T)
    here = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = np.roll(here, -1, axis=1) - here
    sag = np.square(chord).sum(axis=0) / 2
    rise = chord[2] + here[2] * sag
    run_out = chord[2] - (here[2] + chord[2]) * sag
    turning = np.flatnonzero((rise * run_out < 0) & (shape.cell == np.roll(shape.cell, -1)))
    normal = np.cross(here[:, turning], chord[:, turning], axis=0)
    highest = np.degrees(np.arctan2(np.hypot(normal[0], normal[1]), np.abs(normal[2])))
    found = shape.lon_lat[:, 1].copy()
    found[turning] = np.copysign(highest, found[turning])
    return found


def polygons(codes: Uint64) -> Objects:
    """(n,) polygons of cells, cut at the antimeridian, led round a pole along the edge."""
    shape = rings(codes)
    if not len(codes):
        return np.zeros(0, dtype=object)
    cells: Objects = shapely.polygons(shapely.linearrings(shape.lon_lat, indices=shape.cell))
    for row in np.flatnonzero(shape.pole):
        cells[row] = _round_pole(shape.lon_lat[shape.cell == row], float(shape.pole[row]))
    west, _, east, _ = shapely.bounds(cells).T
    crossing = (west < -_HALF_TURN) | (east > _HALF_TURN)
    if crossing.any():
        cells[crossing] = _cut(cells[crossing])
    return cells


def _round_pole(ring: Float64, pole: float) -> shapely.Polygon:
    """The cap on the pole side of a ring: its vertices by longitude, then along the pole."""
    lon, lat = _signed(ring[:-1, 0]), ring[:-1, 1]
    order = np.argsort(lon)
    lon, lat = lon[order], lat[order]
    seam = np.interp(_HALF_TURN, [lon[-1], lon[0] + 360], [lat[-1], lat[0]])
    path = [(-_HALF_TURN, seam), *zip(lon, lat, strict=True), (_HALF_TURN, seam)]
    return shapely.Polygon([*path, (_HALF_TURN, pole), (-_HALF_TURN, pole)])


def _cut(cells: Objects) -> Objects:
    """Multipolygons of the parts on either side of the antimeridian."""
    parts = []
    for turn in (-360, 0, 360):
        moved = shapely.transform(cells, lambda xy, by=turn: xy + np.array([by, 0]))
        parts.append(shapely.intersection(moved, shapely.box(-180, -90, 180, 90)))
    pieces = np.column_stack(parts)
    kept = [[piece for piece in row if shapely.area(piece) > 0] for row in pieces]
    return np.array([shapely.MultiPolygon(row) for row in kept], dtype=object)


_FAR = 0.2
"""Cosine of the angle from the centre of a cell beyond which nothing overlaps it."""

_SLIVER = 1e-6
"""Share of a cell's area that the rounding of its vertices may make up."""


def overlap(coarse: Uint64, fine: Uint64) -> Bool:
    """(n,) whether cells share area, seen from the centre of the coarse one.

    The gnomonic projection makes the great-circle edges straight.
    """
    eye = _unit_vectors(centers(coarse))
    pole = np.where(np.abs(eye[:, 2:]) < 0.9, [[0.0, 0, 1]], [[1.0, 0, 0]])  # noqa: PLR2004 - far from it
    right = np.cross(pole, eye)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    frame = np.stack([right, np.cross(eye, right), eye], axis=1)
    shape = rings(fine)
    depth = (_unit_vectors(shape.lon_lat) * eye[shape.cell]).sum(axis=1)
    close = np.ones(len(fine), dtype=np.bool_)
    close[shape.cell[depth < _FAR]] = False
    if not close.any():
        return close
    near, far = (_projected(codes[close], frame[close]) for codes in (coarse, fine))
    share = shapely.area(shapely.intersection(near, far)) / shapely.area(far)
    close[close] = share > _SLIVER
    return close


def _projected(codes: Uint64, frame: Float64) -> Objects:
    """(n,) outlines of cells on the plane that touches the sphere at each frame's third axis."""
    shape = rings(codes)
    seen = np.einsum("mij,mj->mi", frame[shape.cell], _unit_vectors(shape.lon_lat))
    flat: Objects = shapely.polygons(
        shapely.linearrings(seen[:, :2] / seen[:, 2:], indices=shape.cell)
    )
    return flat


def _unit_vectors(lon_lat: Float64) -> Float64:
    """(n, 3) places on the sphere of radius 1."""
    lon, lat = np.radians(lon_lat.T)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
