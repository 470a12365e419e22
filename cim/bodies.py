"""Triangle meshes of features: what mesh files and BIM bring, beside polygons."""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Float32, Float64, Int32, Int64, Uint8, require_shape


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles in a frame of their own, in metres, z up. Features may share one mesh."""

    positions: Float64
    """(v, 3)."""

    triangles: Int64
    """(t, 3) rows of `positions`, counter-clockwise seen from outside."""

    materials: Int32
    """(t,) rows of the batch's palette, or `cim.appearance.PLAIN`."""

    normals: Float32 | None = None
    """(v, 3) unit vectors; None: each triangle is flat."""

    uv: Float32 | None = None
    """(v, 2) texture coordinates, u right and v up; None without texture."""

    colours: Uint8 | None = None
    """(v, 4) red, green, blue, opacity, sRGB encoded; they multiply the material's colour."""

    def __post_init__(self) -> None:
        require_shape("positions", self.positions, None, 3)
        require_shape("triangles", self.triangles, None, 3)
        require_shape("materials", self.materials, len(self.triangles))
        for name, width in (("normals", 3), ("uv", 2), ("colours", 4)):
            values = getattr(self, name)
            if values is not None:
                require_shape(name, values, len(self.positions), width)


@dataclass(frozen=True, slots=True)
class Bodies:
    """Meshes of the features of a batch, one row for each feature, level of detail and mesh."""

    feature: Int64
    """(m,) row in the batch that owns the mesh."""

    lod: tuple[str, ...]
    """(m,) level of detail as the source states it, empty where it states none."""

    mesh: tuple[Mesh, ...]
    """(m,)."""

    matrix: Float64
    """(m, 4, 4) from the mesh's frame to the Earth's (EPSG:4978, metres); in a batch whose CRS
    is `cim.crs.LOCAL`, to the local frame of the source, in one whose CRS is projected, to its
    easting, northing and height."""

    def __post_init__(self) -> None:
        require_shape("feature", self.feature, None)
        require_shape("matrix", self.matrix, len(self.feature), 4, 4)


NO_BODIES = Bodies(feature=np.zeros(0, np.int64), lod=(), mesh=(), matrix=np.zeros((0, 4, 4)))
