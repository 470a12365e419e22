"""Feature batches: what a reader gives and everything after it takes."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from cim.appearance import Look, Material
from cim.arrays import Bool, Int64, Objects, Uint8, require_shape
from cim.bodies import NO_BODIES, Bodies

SURFACE_KINDS = (
    "unknown", "ground", "wall", "roof", "opening", "closure", "water", "traffic", "plant", "land",
)  # fmt: skip
"""Names of the numbers in `Surfaces.kinds`, after CityGML's boundary surfaces and, for what is
not a construction, its thematic modules. Stores keep the numbers: new names go to the end."""


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Boundary surfaces (3D polygons), one row for each feature and level of detail."""

    feature: Int64
    """(m,) row in the batch that owns the surfaces."""

    lod: tuple[str, ...]
    """(m,) level of detail as the source states it: `1`, `2`, `2.2`."""

    geometry: Objects
    """(m,) shapely MultiPolygon Z: a container of rings, outward orientation, not valid in 2D."""

    kinds: tuple[Uint8, ...]
    """(m,) arrays, one number of `SURFACE_KINDS` for each polygon of the geometry."""

    looks: tuple[Look | None, ...] = ()
    """(m,) materials and texture coordinates, None where the source tells none; or empty."""

    def __post_init__(self) -> None:
        require_shape("feature", self.feature, None)
        require_shape("geometry", self.geometry, len(self.feature))
        if self.looks and len(self.looks) != len(self.feature):
            raise ValueError(f"looks: {len(self.looks)}, wanted {len(self.feature)} or none")


NO_SURFACES = Surfaces(
    feature=np.zeros(0, np.int64), lod=(), geometry=np.zeros(0, object), kinds=()
)


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be used."""

    record: int
    """1-based number of the record in its source layer; 0 when the fault has no record."""

    field: str
    """Field or part at fault, such as `geometry`."""

    value: str
    """The value at fault, shortened."""

    reason: str
    """What is wrong and what is legal."""


@dataclass(frozen=True, slots=True)
class FeatureBatch:
    """Some features of one layer: columns plus geometry, in one CRS.

    In geometry x is always east or longitude, y north or latitude, whatever order the CRS states.
    """

    crs: str
    """Authority code (`EPSG:4490`) or WKT of `geometry` and `surfaces`."""

    geometry: Objects
    """(n,) shapely geometries, in 2D the footprint or position; None where there is none."""

    attributes: pa.Table
    """n rows; the source's own columns, geometry not among them."""

    source_ids: tuple[str | None, ...]
    """(n,) the source's permanent id of each feature; None where it has none."""

    records: Int64
    """(n,) 1-based record numbers in the source layer."""

    surfaces: Surfaces = NO_SURFACES
    bodies: Bodies = NO_BODIES
    palette: tuple[Material, ...] = ()
    """Materials that `surfaces.looks` and the meshes of `bodies` name by row."""

    rejects: tuple[Reject, ...] = ()
    """Records of this stretch of the source that the reader could not use."""

    notes: tuple[str, ...] = ()
    """What the user should know of how these records were read."""

    tallies: Mapping[str, int] = field(default_factory=dict)
    """What was done to features on the way here, and to how many: counts add up over batches."""

    def __post_init__(self) -> None:
        require_shape("geometry", self.geometry, self.attributes.num_rows)
        require_shape("records", self.records, self.attributes.num_rows)
        if len(self.source_ids) != self.attributes.num_rows:
            raise ValueError(f"source_ids: {len(self.source_ids)}, wanted {len(self.geometry)}")

    def __len__(self) -> int:
        """Number of features."""
        return len(self.geometry)


def select(batch: FeatureBatch, keep: Bool) -> FeatureBatch:
    """The features of a batch where `keep`, (n,), is true, in the same order.

    Surfaces and bodies follow their features; the rest stays as it is.
    """
    require_shape("keep", keep, len(batch))
    if keep.all():
        return batch
    return replace(
        batch,
        geometry=batch.geometry[keep],
        attributes=batch.attributes.filter(pa.array(keep)),
        source_ids=tuple(itertools.compress(batch.source_ids, keep)),
        records=batch.records[keep],
        surfaces=_select_surfaces(batch.surfaces, keep),
        bodies=_select_bodies(batch.bodies, keep),
    )


def _select_surfaces(surfaces: Surfaces, keep: Bool) -> Surfaces:
    kept = keep[surfaces.feature]
    new_rows = np.cumsum(keep) - 1
    return Surfaces(
        feature=new_rows[surfaces.feature[kept]],
        lod=tuple(itertools.compress(surfaces.lod, kept)),
        geometry=surfaces.geometry[kept],
        kinds=tuple(itertools.compress(surfaces.kinds, kept)),
        looks=tuple(itertools.compress(surfaces.looks, kept)),
    )


def _select_bodies(bodies: Bodies, keep: Bool) -> Bodies:
    kept = keep[bodies.feature]
    new_rows = np.cumsum(keep) - 1
    return Bodies(
        feature=new_rows[bodies.feature[kept]],
        lod=tuple(itertools.compress(bodies.lod, kept)),
        mesh=tuple(itertools.compress(bodies.mesh, kept)),
        matrix=bodies.matrix[kept],
    )
