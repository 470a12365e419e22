"""The elements of one or two models in one frame."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cim.arrays import Float64
from cim.bim._wire import WireShape
from cim.bim.clash.base import ClashOptions, Element, Shell
from cim.bim.georeference import georeference
from cim.bim.limits import Limits
from cim.bim.model import GeoFacts, IfcModel, IfcObject
from cim.bim.session import Shapes, read_all
from cim.bim.source import opened
from cim.errors import InputError
from cim.placing import Placement


@dataclass(frozen=True, slots=True)
class Source:
    """A model with its shapes, in its own frame."""

    name: str
    model: IfcModel
    shells: dict[str, Shell]
    shapes: tuple[WireShape, ...]
    placement: Placement | None
    """Where its file puts it."""


@dataclass(frozen=True, slots=True)
class Together:
    """The frame of a test."""

    frame: str
    """`local` or `earth`: how a second model came to the first; empty for one model."""

    matrices: tuple[Float64, ...]
    """(4, 4) from each model's frame to that of the test, which is the first model's."""

    placement: Placement | None
    """Where that frame stands on the Earth."""


def read_source(path: Path, limits: Limits) -> Source:
    """A model with the shapes of its elements.

    Raises:
        SourceDataError: The file is missing, empty, cut off or no IFC.
        UnsupportedError: Its schema is not read.
        ConfigError: ifcopenshell is not installed.
    """
    model: IfcModel | None = None
    shells: dict[str, Shell] = {}
    shapes: list[WireShape] = []
    with (
        opened(path, limits) as plain,
        closing(read_all(plain, str(path), ("element",), limits)) as events,
    ):
        for event in events:
            if isinstance(event, IfcModel):
                model = event
            elif isinstance(event, Shapes):
                for mesh in event.meshes:
                    shells[mesh.digest] = Shell(mesh.digest, mesh.positions, mesh.triangles)
                shapes += event.shapes
    if model is None:
        raise ValueError("no model among the events")
    place = georeference(model).place
    return Source(path.name, model, shells, tuple(shapes), place.placement if place else None)


def together(sources: tuple[Source, ...], options: ClashOptions) -> Together:
    """The frame in which models are tested.

    Raises:
        InputError: Only one of two models has a place on the Earth, and frame is not `local`.
    """
    first, *others = sources
    if not others:
        return Together("", (np.eye(4),), first.placement)
    (second,) = others
    if options.frame == "local" or (options.frame == "auto" and _say_the_same(first, second)):
        return Together("local", (np.eye(4), np.eye(4)), first.placement)
    if first.placement is None or second.placement is None:
        missing = first.name if first.placement is None else second.name
        told = f"{missing} has no place on the Earth; frame local takes both models' coordinates"
        raise InputError(f"{told} as one")
    moved = np.linalg.inv(first.placement.matrix) @ second.placement.matrix
    return Together("earth", (np.eye(4), moved), first.placement)


def _say_the_same(first: Source, second: Source) -> bool:
    """Whether two files state one and the same place for their coordinates, or both none."""
    return _statement(first.model.geo) == _statement(second.model.geo)


def _statement(facts: GeoFacts) -> tuple[object, ...]:
    sites = tuple((s.latitude, s.longitude, s.elevation_m, s.origin) for s in facts.sites)
    return facts.conversion, facts.crs, facts.true_north, facts.world, sites


def elements_of(
    source: Source, side: int, matrix: Float64, *, takes: Callable[[IfcObject], bool]
) -> Iterator[Element]:
    """The elements of a model that have a finite shape.

    Args:
        source: The model.
        side: 0 or 1.
        matrix: (4, 4) to the frame of the test.
        takes: Says which objects are looked at.
    """
    by_step = {one.step_id: one for one in source.model.of_kind("element")}
    found: dict[int, list[tuple[Shell, Float64]]] = defaultdict(list)
    for shape in source.shapes:
        if shape.step_id in by_step:
            placed = matrix @ np.array(shape.matrix).reshape(4, 4).T
            found[shape.step_id].append((source.shells[shape.digest], placed))
    for step_id, shells in found.items():
        one = by_step[step_id]
        storey = source.model.objects.get(one.storey or "")
        corners = np.concatenate([s.positions @ m[:3, :3].T + m[:3, 3] for s, m in shells])
        if takes(one) and len(corners) and np.isfinite(corners).all():
            name = (storey.name or storey.key) if storey else ""
            box = (corners.min(axis=0), corners.max(axis=0))
            yield Element(side, one, name, tuple(shells), *box)
