"""Where each object of a model stands in its frame: by its shape, its parts, or what holds it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import shapely

from cim.bim.georeference import middle_of
from cim.bim.model import IfcModel, IfcObject, Point
from cim.bim.outlines import gathered, joined
from cim.models.reading import Body, ModelReading
from cim.models.shapes import Form

type Basis = Literal["shape", "parts", "contents", "placement", "parent"]
"""What the place of an object rests on: its own shape; the shapes of its parts; what stands in
it; the origin of its placement; the place of what holds it."""

_NEAR_M: Final = 100.0
"""A placement farther than this from what holds the object says nothing of where it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands, in the model's frame."""

    geometry: shapely.Geometry
    """Footprint, or a point where none is known."""

    basis: Basis
    low_m: float
    """Height of its lowest point, or of its floor."""

    height_m: float | None
    """How high it is; None where no shape tells."""

    form: Form | None
    """Of its own shape."""

    @property
    def centre(self) -> Point:
        """The middle of its box, or of its footprint and height."""
        if self.form is not None:
            return self.form.centre
        point = self.geometry.representative_point()
        return (float(point.x), float(point.y), self.low_m + (self.height_m or 0.0) / 2)


def places_of(reading: ModelReading) -> dict[str, Place]:
    """The place of every object of a model but its project, by key."""
    model, bodies = reading.model, reading.bodies
    shaped = {key: _shaped(body) for key, body in bodies.items()}
    parts = _by_parts(model, shaped)
    holding = _by_contents(model, shaped | parts)
    known = holding | parts | shaped
    places: dict[str, Place] = {}
    for one in model.objects.values():
        if one.kind != "project":
            place = known.get(one.key) or _bodyless(one, places.get(one.parent or ""), model)
            places[one.key] = place
    return places | _storeys(model, places)


def _shaped(body: Body) -> Place:
    form = body.form
    return Place(body.footprint, "shape", form.low[2], form.size[2], form)


def _by_parts(model: IfcModel, shaped: Mapping[str, Place]) -> dict[str, Place]:
    """Elements and spaces without a shape whose parts have one: stairs, curtain walls, roofs."""
    parts: dict[str, list[Place]] = defaultdict(list)
    found: dict[str, Place] = {}
    for one in reversed(list(model.objects.values())):
        place = shaped.get(one.key)
        if place is None and one.key in parts and one.kind in {"element", "space", "part"}:
            place = found[one.key] = _together(parts[one.key], "parts")
        if place is not None and one.parent and one.kind in {"element", "part"}:
            parts[one.parent].append(place)
    return found


def _by_contents(model: IfcModel, placed: Mapping[str, Place]) -> dict[str, Place]:
    """Storeys, buildings and sites without a shape, with the outline of what stands in them."""
    objects = model.objects
    owners: dict[str, list[IfcObject]] = defaultdict(list)
    for one in objects.values():
        for owner in {one.storey, one.building} - {None, one.key}:
            if one.key in placed and one.kind in {"element", "space"}:
                owners[owner or ""].append(one)
    outlines = gathered(
        (owner, one.ifc_class, placed[one.key].geometry)
        for owner, several in owners.items()
        for one in several
        if one.kind == "element"
    )
    found = {}
    for owner, several in owners.items():
        inside = [placed[one.key] for one in several]
        outline = outlines.get(owner) or joined(place.geometry for place in inside)
        found[owner] = _of_height(outline, inside, "contents")
    return found | _sites(model, found, placed)


def _sites(
    model: IfcModel, buildings: Mapping[str, Place], placed: Mapping[str, Place]
) -> dict[str, Place]:
    """Sites without a shape, with the outlines of their buildings and of what stands in them."""
    several: dict[str, list[Place]] = defaultdict(list)
    for one in model.objects.values():
        parent = model.objects.get(one.parent or "")
        place = buildings.get(one.key) or placed.get(one.key)
        if parent is not None and parent.kind == "site" and place is not None:
            several[parent.key].append(place)
    return {key: _together(inside, "contents") for key, inside in several.items()}


def _together(places: list[Place], basis: Basis) -> Place:
    return _of_height(joined(place.geometry for place in places), places, basis)


def _of_height(outline: shapely.Geometry, inside: list[Place], basis: Basis) -> Place:
    low = min(place.low_m for place in inside)
    high = max(place.low_m + (place.height_m or 0.0) for place in inside)
    return Place(outline, basis, low, high - low, None)


def _bodyless(one: IfcObject, parent: Place | None, model: IfcModel) -> Place:
    """The place of an object without any shape: a storey is what holds it, others are points."""
    x, y, z = one.position or (None, None, None)
    low = _floor(one, z, parent)
    if one.kind == "storey" and parent is not None:
        return Place(parent.geometry, "parent", low, None, None)
    if x is not None and y is not None and _is_near(x, y, parent):
        return Place(shapely.Point(x, y), "placement", low, None, None)
    if parent is not None:
        point = parent.geometry.representative_point()
        return Place(shapely.Point(point.x, point.y), "parent", low, None, None)
    middle = middle_of(model.geo)
    return Place(shapely.Point(middle[0], middle[1]), "placement", low, None, None)


def _floor(one: IfcObject, z: float | None, parent: Place | None) -> float:
    if z is not None:
        return z
    if one.elevation_m is not None:
        return one.elevation_m
    return 0.0 if parent is None else parent.low_m


def _is_near(x: float, y: float, parent: Place | None) -> bool:
    if parent is None:
        return True
    return bool(shapely.Point(x, y).distance(parent.geometry) <= _NEAR_M)


def _storeys(model: IfcModel, places: Mapping[str, Place]) -> dict[str, Place]:
    """Storeys from their floor to that of the next one, the topmost to the top of its contents."""
    floors: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for one in model.of_kind("storey"):
        z = None if one.position is None else one.position[2]
        floor = z if z is not None else one.elevation_m
        if floor is not None:
            floors[one.building or ""].append((floor, one.key))
    found = {}
    for several in floors.values():
        several.sort()
        bounds = np.array([floor for floor, _ in several])
        for at, (floor, key) in enumerate(several):
            above = bounds[bounds > floor + _LEAST_STOREY_M]
            place = places[key]
            top = place.low_m + (place.height_m or 0.0)
            high = float(above[0]) if len(above) else max(top, floor)
            height = high - floor if high > floor else None
            found[several[at][1]] = Place(place.geometry, place.basis, floor, height, None)
    return found


_LEAST_STOREY_M: Final = 0.05
"""Storeys of one building that lie closer together are at the same height."""
