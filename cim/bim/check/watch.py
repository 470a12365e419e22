"""Gathers what a check needs from the events of one reading, as they pass by."""

from collections import defaultdict

import numpy as np

from cim.arrays import Float64, Int32
from cim.bim._wire import WireMesh
from cim.bim.check.base import ShapeFacts, Subject
from cim.bim.georeference import georeference
from cim.bim.model import IfcModel, IfcObject
from cim.bim.outlines import footprints, joined
from cim.bim.session import Event, Lost, Shapes
from cim.bim.solids import MeshFacts, facts_of


class Watch:
    """Looks at events: `see` each, then ask for the `subject`."""

    def __init__(self) -> None:
        self._model: IfcModel | None = None
        self._by_step: dict[int, IfcObject] = {}
        self._facts: dict[str, MeshFacts] = {}
        self._meshes: dict[str, WireMesh] = {}
        self._shapes: dict[str, list[ShapeFacts]] = defaultdict(list)
        self._lost: dict[str, str] = {}
        self._not_finite: set[str] = set()

    def see(self, event: Event) -> None:
        """Take what one event tells; shapes of objects that the model does not have are left."""
        if isinstance(event, IfcModel):
            self._model = event
            self._number(event)
        elif isinstance(event, Lost):
            if event.step_id in self._by_step:
                self._lost[self._by_step[event.step_id].key] = event.reason
        else:
            self._take(event)

    def subject(self) -> Subject:
        """What was seen, as rules want it; the model stands where its file says."""
        if self._model is None:
            raise ValueError("no model among the events")
        children: dict[str, list[IfcObject]] = defaultdict(list)
        for one in self._model.objects.values():
            if one.parent is not None:
                children[one.parent].append(one)
        return Subject(
            model=self._model,
            shapes={key: _joined(several) for key, several in self._shapes.items()},
            lost=self._lost,
            place=georeference(self._model),
            not_finite=frozenset(self._not_finite),
            children={key: tuple(several) for key, several in children.items()},
        )

    def _number(self, model: IfcModel) -> None:
        self._by_step = {one.step_id: one for one in model.objects.values()}

    def _take(self, event: Shapes) -> None:
        for mesh in event.meshes:
            self._meshes[mesh.digest] = mesh
            self._facts[mesh.digest] = facts_of(mesh.positions, mesh.triangles)
        placed = []
        for shape in event.shapes:
            one = self._by_step.get(shape.step_id)
            if one is None:
                continue
            mesh, facts = self._meshes[shape.digest], self._facts[shape.digest]
            matrix = np.array(shape.matrix).reshape(4, 4).T
            if facts.is_finite and np.isfinite(matrix).all():
                positions = mesh.positions @ matrix[:3, :3].T + matrix[:3, 3]
                placed.append((one, facts, positions, mesh.triangles))
            else:
                self._not_finite.add(one.key)
        self._keep(placed)

    def _keep(self, placed: list[tuple[IfcObject, MeshFacts, Float64, Int32]]) -> None:
        outlines = footprints(
            [one.ifc_class for one, *_ in placed],
            [positions for _, _, positions, _ in placed],
            [triangles for *_, triangles in placed],
        )
        for (one, facts, positions, _), outline in zip(placed, outlines.tolist(), strict=True):
            box = (positions.min(axis=0), positions.max(axis=0))
            self._shapes[one.key].append(ShapeFacts(*box, (facts,), outline))


def _joined(several: list[ShapeFacts]) -> ShapeFacts:
    """The shapes of one object as one."""
    if len(several) == 1:
        return several[0]
    return ShapeFacts(
        np.array([one.low for one in several]).min(axis=0),
        np.array([one.high for one in several]).max(axis=0),
        tuple(mesh for one in several for mesh in one.meshes),
        joined(one.outline for one in several),
    )
