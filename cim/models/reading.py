"""One pass over an IFC file: its model, and what its shapes look like from afar."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from cim.arrays import Float64
from cim.bim.limits import Limits
from cim.bim.model import IfcModel, Kind
from cim.bim.outlines import footprints
from cim.bim.session import Lost, Shapes, read_all
from cim.bim.solids import MeshFacts, facts_of
from cim.bim.source import opened_told
from cim.errors import SourceDataError
from cim.models.shapes import Form, form_of, joined_forms
from cim.progress import Progress

KINDS: Final[tuple[Kind, ...]] = ("site", "building", "part", "space", "element")
"""Whose shapes are read."""

NOT_FINITE: Final = "a coordinate of its shape is not a finite number"


@dataclass(frozen=True, slots=True)
class Body:
    """A shape in the model's frame, metres."""

    footprint: shapely.Geometry
    form: Form
    meshes: tuple[MeshFacts, ...] = ()
    """What its meshes are like, for the model check."""


@dataclass(frozen=True, slots=True)
class ModelReading:
    """An IFC file that was read."""

    path: Path
    model: IfcModel
    bodies: dict[str, Body]
    """By key of the object."""

    lost: tuple[Lost, ...]
    """Objects whose shape cannot be made."""


def read_model(
    path: Path, limits: Limits, check: Callable[[IfcModel], None], progress: Progress
) -> ModelReading:
    """The model of a file and its bodies, by one child process.

    Args:
        path: The file.
        limits: What it may cost.
        check: Raises if the model is of no use; called before any shape is made.
        progress: Called with the objects that have their shape.

    Raises:
        SourceDataError: The file is missing, empty, cut off, or cannot be opened.
        UnsupportedError: Its schema is not read.
        ConfigError: ifcopenshell is not installed.
    """
    with (
        opened_told(path, limits) as (plain, notes),
        closing(read_all(plain, str(path), KINDS, limits)) as events,
    ):
        model = next(events)
        if not isinstance(model, IfcModel):
            raise SourceDataError("no model came", where=str(path))
        model = replace(model, notes=(*notes, *model.notes))
        check(model)
        gathered = _Gathered(model)
        for event in events:
            if isinstance(event, Lost):
                gathered.lost.append(event)
            elif isinstance(event, Shapes):
                gathered.take(event)
            progress(len(gathered.bodies) + len(gathered.lost), gathered.total)
    return ModelReading(path, model, gathered.bodies, tuple(gathered.lost))


@dataclass(slots=True)
class _Gathered:
    """What came so far."""

    model: IfcModel
    bodies: dict[str, Body] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    total: int = 0
    _meshes: dict[str, tuple[Float64, np.ndarray, MeshFacts]] = field(default_factory=dict)
    _keys: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._keys = {one.step_id: one.key for one in self.model.objects.values()}
        several = self.model.objects.values()
        self.total = sum(1 for one in several if one.has_body and one.kind in KINDS)

    def take(self, event: Shapes) -> None:
        """Add shapes; an object that comes in several pieces is one body."""
        for mesh in event.meshes:
            facts = facts_of(mesh.positions, mesh.triangles)
            self._meshes.setdefault(mesh.digest, (mesh.positions, mesh.triangles, facts))
        found: list[tuple[str, tuple[Float64, np.ndarray, MeshFacts]]] = []
        for shape in event.shapes:
            key = self._keys.get(shape.step_id)
            if key is not None:
                positions, triangles, facts = self._meshes[shape.digest]
                matrix = np.array(shape.matrix).reshape(4, 4).T
                if not facts.is_finite or not np.isfinite(matrix).all():
                    self.lost.append(Lost(shape.step_id, NOT_FINITE))
                    continue
                placed = positions @ matrix[:3, :3].T + matrix[:3, 3]
                found.append((key, (placed, triangles, facts)))
        self._add(found)

    def _add(self, found: Sequence[tuple[str, tuple[Float64, np.ndarray, MeshFacts]]]) -> None:
        classes = [self.model.objects[key].ifc_class for key, _ in found]
        outlines = footprints(
            classes, [mesh[0] for _, mesh in found], [mesh[1] for _, mesh in found]
        )
        for (key, mesh), footprint in zip(found, outlines, strict=True):
            positions, triangles, facts = mesh
            body = Body(footprint, form_of(positions, triangles), (facts,))
            before = self.bodies.get(key)
            self.bodies[key] = body if before is None else _joined(before, body)


def _joined(one: Body, other: Body) -> Body:
    footprint = shapely.union(one.footprint, other.footprint)
    return Body(footprint, joined_forms(one.form, other.form), one.meshes + other.meshes)
