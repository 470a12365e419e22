"""Feature batches from the shapes of an IFC model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely

from cim.appearance import PLAIN, Material
from cim.arrays import Float64
from cim.bim._wire import WireMesh
from cim.bim.georeference import Frame
from cim.bim.model import IfcModel, IfcObject
from cim.bim.outlines import footprints, gathered
from cim.bim.session import Lost, Shapes
from cim.bodies import NO_BODIES, Bodies, Mesh
from cim.features import FeatureBatch, Reject
from cim.readers._ifc_layers import Layer, table_of

_OPAQUE: Final = 0.999


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with its mesh, its place and its outline."""

    row: int
    """Row of the object in its layer."""

    mesh: Mesh
    matrix: Float64
    footprint: shapely.Geometry


@dataclass(slots=True)
class Meshes:
    """Meshes by digest, with their materials numbered over the whole file."""

    palette: list[Material] = field(default_factory=list)
    _rows: dict[tuple[str, float, float, float, float], int] = field(default_factory=dict)
    _by_digest: dict[str, Mesh] = field(default_factory=dict)

    def add(self, wires: Iterable[WireMesh]) -> None:
        """Keep meshes that came; one that came before stays."""
        for wire in wires:
            if wire.digest not in self._by_digest:
                self._by_digest[wire.digest] = self._mesh(wire)

    def of(self, digest: str) -> Mesh:
        """A mesh that came."""
        return self._by_digest[digest]

    def _mesh(self, wire: WireMesh) -> Mesh:
        rows = np.array([*map(self._row, wire.looks), PLAIN], np.int32)
        known = np.where(wire.materials < len(wire.looks), wire.materials, -1)
        return Mesh(wire.positions, wire.triangles.astype(np.int64), rows[known])

    def _row(self, look: tuple[str, float, float, float, float]) -> int:
        if look not in self._rows:
            self._rows[look] = len(self.palette)
            name, red, green, blue, opacity = look
            self.palette.append(
                Material(name, (red, green, blue, opacity), double_sided=opacity < _OPAQUE)
            )
        return self._rows[look]


def shapes_of(event: Shapes, meshes: Meshes, rows: Mapping[int, int], layer: Layer) -> list[Shape]:
    """The shapes of an event, with footprints in the model's frame.

    Args:
        event: What the child process sent.
        meshes: Takes the new meshes.
        rows: Row by step id of the objects whose shapes count.
        layer: Names the classes of the rows.
    """
    meshes.add(event.meshes)
    wanted = [(rows[s.step_id], s) for s in event.shapes if s.step_id in rows]
    found = []
    for row, shape in wanted:
        mesh = meshes.of(shape.digest)
        matrix = np.array(shape.matrix).reshape(4, 4).T
        found.append((row, mesh, matrix, mesh.positions @ matrix[:3, :3].T + matrix[:3, 3]))
    outlines = footprints(
        [layer.objects[row].ifc_class for row, *_ in found],
        [positions for *_, positions in found],
        [mesh.triangles for _, mesh, *_ in found],
    )
    return [
        Shape(row, mesh, matrix, footprint)
        for (row, mesh, matrix, _), footprint in zip(found, outlines, strict=True)
    ]


def batch_of(
    model: IfcModel, layer: Layer, shapes: list[Shape], meshes: Meshes, frame: Frame
) -> FeatureBatch:
    """Features with shapes of their own."""
    several = [layer.objects[shape.row] for shape in shapes]
    footprints = np.array([shape.footprint for shape in shapes], object)
    matrices = np.array([frame.matrix @ shape.matrix for shape in shapes]).reshape(-1, 4, 4)
    return FeatureBatch(
        crs=frame.crs,
        geometry=frame.moved(footprints),
        attributes=table_of(model, several, footprints),
        source_ids=tuple(one.key for one in several),
        records=np.array([shape.row + 1 for shape in shapes], np.int64),
        bodies=Bodies(
            feature=np.arange(len(shapes)),
            lod=("",) * len(shapes),
            mesh=tuple(shape.mesh for shape in shapes),
            matrix=matrices,
        )
        if shapes
        else NO_BODIES,
        palette=tuple(meshes.palette),
    )


def spatial_batch(
    model: IfcModel,
    numbered: Sequence[tuple[int, IfcObject]],
    footprints: Mapping[str, shapely.Geometry],
    frame: Frame,
) -> FeatureBatch:
    """Storeys or buildings with the outline of what stands in them; None for empty ones."""
    several = [one for _, one in numbered]
    geometry = np.array([footprints.get(one.key) for one in several], object)
    return FeatureBatch(
        crs=frame.crs,
        geometry=frame.moved(geometry),
        attributes=table_of(model, several, geometry),
        source_ids=tuple(one.key for one in several),
        records=np.array([row + 1 for row, _ in numbered], np.int64),
    )


def spatial_footprints(
    layer: Layer, elements: Iterable[tuple[IfcObject, shapely.Geometry]]
) -> dict[str, shapely.Geometry]:
    """Outline of storeys or buildings by key: what bears and encloses, else all they hold."""
    owned = (
        (element.storey if layer.name == "storeys" else element.building, element, footprint)
        for element, footprint in elements
        if element.kind == "element"
    )
    return gathered((owner, one.ifc_class, shape) for owner, one, shape in owned if owner)


def rejects_of(lost: Iterable[Lost], layer: Layer, rows: Mapping[int, int]) -> Iterator[Reject]:
    """Objects whose shape cannot be made."""
    for one in lost:
        if one.step_id in rows:
            row = rows[one.step_id]
            element = layer.objects[row]
            value = f"{element.ifc_class} {element.key}"
            yield Reject(row + 1, "geometry", value, f"no shape: {one.reason}")
