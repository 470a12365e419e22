"""An IFC file read in a child process, which may crash, hang or swell without harm.

The child goes through the file in one pass. When it dies or comes to a stand, what is still
missing is read one element at a time, each announced before it is begun, so that the one at fault
is known; a new child goes on after it. An element is given up only when it fails as the first work
of a fresh child.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cim.bim._child import Child, Event, Events, Lost, Shapes, Spent
from cim.bim.limits import Limits
from cim.bim.model import IfcModel, Kind
from cim.errors import SourceDataError
from cim.extras import check

__all__ = ["Event", "Events", "Lost", "Shapes", "Sitting", "read_all", "read_shapes", "sit"]


def read_all(plain: Path, where: str, kinds: Sequence[Kind], limits: Limits) -> Events:
    """The model of a file, then the shapes of its objects of some kinds, in one pass.

    Close it when it is not read to its end: that ends the child.

    Args:
        plain: A whole, plain .ifc file.
        where: What errors name.
        kinds: Whose shapes are wanted; none: the model alone.
        limits: What the file may cost.

    Raises:
        SourceDataError: The file cannot be opened.
        ConfigError: ifcopenshell is not installed.
    """
    check("ifcopenshell", "bim")
    spent = Spent(limits.file_s)
    child = Child(plain, {"model": True, "kinds": list(kinds), "singly": False}, limits, spent)
    with closing(child.events(where)) as events:
        model = _first(child, events, where)
        yield model
        yield from _to_the_end(child, events, model, kinds)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A model that was read, and the child that holds it open; to be closed."""

    model: IfcModel
    _child: Child
    _events: Events

    def shapes(self, kinds: Sequence[Kind]) -> Events:
        """The shapes of objects of some kinds; to be asked for once, and to be closed as well."""
        child = self._child
        if child.ask(kinds):
            with closing(self._events) as events:
                yield from _to_the_end(child, events, self.model, kinds)
            return
        self.close()
        yield from read_shapes(child.plain, str(child.plain), self.model, kinds, child.limits)

    def close(self) -> None:
        """End the child."""
        self._events.close()


def sit(
    plain: Path, where: str, limits: Limits, properties: Sequence[str] | None = None
) -> Sitting:
    """The model of a file, whose shapes can be had without opening it again.

    The child waits for a minute; who asks later waits for a new one to open the file.

    Args:
        plain: A whole, plain .ifc file, which has to stay until the shapes are there.
        where: What errors name.
        limits: What the file may cost.
        properties: Names of the properties that are wanted of elements and types, without their
            quantities; None: all.

    Raises:
        SourceDataError: The file cannot be opened.
        ConfigError: ifcopenshell is not installed.
    """
    check("ifcopenshell", "bim")
    task = {"model": True, "kinds": None, "singly": False, "properties": properties}
    child = Child(plain, task, limits, Spent(limits.file_s))
    events = child.events(where)
    try:
        return Sitting(_first(child, events, where), child, events)
    except BaseException:
        events.close()
        raise


def _first(child: Child, events: Events, where: str) -> IfcModel:
    """The model, which comes before all else.

    Raises:
        SourceDataError: It does not come.
    """
    model = next(events, None)
    if not isinstance(model, IfcModel):
        reason = f"ifcopenshell fails on the file as a whole: {child.end or 'no model came'}"
        raise SourceDataError(reason, where=where)
    return model


def read_shapes(
    plain: Path, where: str, model: IfcModel, kinds: Sequence[Kind], limits: Limits
) -> Events:
    """The shapes of objects of some kinds of a model that is known; to be closed as well.

    Raises:
        SourceDataError: The file cannot be opened.
        ConfigError: ifcopenshell is not installed.
    """
    check("ifcopenshell", "bim")
    task = {"model": False, "ids": _wanted(model, kinds), "singly": False}
    child = Child(plain, task, limits, Spent(limits.file_s))
    with closing(child.events(where)) as events:
        yield from _to_the_end(child, events, model, kinds)


def _to_the_end(child: Child, events: Events, model: IfcModel, kinds: Sequence[Kind]) -> Events:
    """The events of a child, and of others where it dies."""
    settled: set[int] = set()
    for event in events:
        settled |= _ids(event)
        yield event
    if child.end:
        left = [number for number in _wanted(model, kinds) if number not in settled]
        yield from _singly(child, left)


def _wanted(model: IfcModel, kinds: Sequence[Kind]) -> list[int]:
    """Step ids of the objects whose shapes are wanted."""
    several = model.objects.values()
    return [one.step_id for one in several if one.has_body and one.kind in kinds]


def _singly(dead: Child, ids: Sequence[int]) -> Events:
    """Shapes one by one, with a new child after each that dies."""
    plain, limits, spent = dead.plain, dead.limits, dead.spent
    left = deque(ids)
    while left and not spent.is_over:
        task = {"model": False, "ids": list(left), "singly": True}
        child = Child(plain, task, limits, spent)
        before = len(left)
        with closing(child.events(str(plain))) as events:
            for event in events:
                for number in _ids(event):
                    left.remove(number)
                yield event
        if child.end and left and (len(left) == before or child.task is None):
            yield Lost(left.popleft(), child.end)
    for number in left:
        yield Lost(number, f"the file took more than {limits.file_s:g} CPU seconds")


def _ids(event: Event) -> set[int]:
    """Objects that an event settles."""
    if isinstance(event, Shapes):
        return {shape.step_id for shape in event.shapes}
    return {event.step_id} if isinstance(event, Lost) else set()
