"""City objects of CityJSON: which stand by themselves, and what belongs to them.

Source: CityJSON 2.0.1, section 2 (city objects of the first and the second level).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from cim.features import Reject
from cim.readers._city_rings import BrokenGeometryError
from cim.readers._cityjson_geometry import Space

_GROUP: Final = "CityObjectGroup"

type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CityObject:
    """A first-level city object with all that belongs to it."""

    record: int
    id: str
    body: Json
    parts: Json
    """Its descendants by id."""

    missing_parts: tuple[str, ...]
    """Ids of descendants that the file does not hold."""

    space: Callable[[], Space]
    """What its geometry refers to; raises BrokenGeometryError when that is broken."""

    @property
    def type(self) -> str:
        """Its type, such as `Building`."""
        return str(self.body.get("type", ""))

    @property
    def attributes(self) -> dict[str, Any]:
        """Its own attributes."""
        attributes = self.body.get("attributes")
        return attributes if isinstance(attributes, dict) else {}

    def geometries(self) -> Iterator[list[Json]]:
        """Geometry objects of its own and of each part.

        Raises:
            BrokenGeometryError: Those of one are not a list.
        """
        for body in (self.body, *self.parts.values()):
            geometries = body.get("geometry")
            if geometries is not None and not isinstance(geometries, list):
                raise BrokenGeometryError("geometry: not a list")
            yield geometries or []


@dataclass(frozen=True, slots=True)
class Group:
    """City objects that share their vertices, or why there are none."""

    objects: Json
    space: Callable[[], Space]
    fault: str = "no first-level city object"
    """Why there are none."""


def numbered(groups: Iterator[Group]) -> Iterator[CityObject | Reject]:
    """First-level objects with their record numbers; a group without any counts as a record."""
    record = 0
    for group in groups:
        tops = [key for key in group.objects if _is_first_level(key, group.objects)]
        shared = replace(group, space=cache(group.space)) if len(tops) > 1 else group
        for key in tops:
            record += 1
            yield _city_object(record, key, shared)
        if not tops:
            record += 1
            yield Reject(record, "CityObjects", "", group.fault)


def _is_first_level(key: str, objects: Json) -> bool:
    """Whether an object belongs to no other; membership of a group does not count."""
    body = objects[key]
    parents = body.get("parents") if isinstance(body, dict) else None
    found = [objects.get(parent) for parent in parents or () if isinstance(parent, str)]
    return not any(isinstance(one, dict) and one.get("type") != _GROUP for one in found)


def _city_object(record: int, key: str, group: Group) -> CityObject | Reject:
    body = group.objects[key]
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        return Reject(record, "type", key, "a city object without a type")
    parts, missing = _parts(key, body, group.objects)
    return CityObject(record, key, body, parts, missing, group.space)


def _parts(key: str, body: Json, objects: Json) -> tuple[Json, tuple[str, ...]]:
    """Descendants of an object in order of depth, and those named that do not exist."""
    parts: dict[str, Any] = {}
    missing: list[str] = []
    waiting = [] if body.get("type") == _GROUP else list(body.get("children") or ())
    while waiting:
        child = str(waiting.pop(0))
        found = objects.get(child)
        if not isinstance(found, dict):
            missing.append(child)
        elif child not in parts and child != key:
            parts[child] = found
            waiting += found.get("children") or ()
    return parts, tuple(missing)
