"""IFC files between a look at them and their reading: models that are known, a child that waits.

Opening a file and reading its tree costs as much as many a small model's shapes, and commands look
into a file before they read it. So the child that told the model of the last file looked into is
kept until its shapes are asked for, another file is looked into, or a minute is over.
"""

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cim.bim.limits import Limits
from cim.bim.model import IfcModel, Kind
from cim.bim.session import Events, Sitting, read_shapes, sit
from cim.bim.source import opened

type Check = Callable[[IfcModel], object]
"""Refuses a model that is of no use."""

PROPERTIES = ("IsExternal",)
"""Of elements and types that tables of layers tell of; the others are left in the file."""

type _Stamp = tuple[int, int]


@dataclass(slots=True)
class _Known:
    """The model of a file, once it was read."""

    model: IfcModel | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A child that waits, with what has to be undone after it: its end, its unpacked file."""

    sitting: Sitting
    undo: ExitStack


@dataclass(slots=True, weakref_slot=True)
class _Room:
    """Has place for a child that waits; it ends with the room."""

    waiting: list[_Waiting] = field(default_factory=list)

    def __post_init__(self) -> None:
        weakref.finalize(self, _empty, self.waiting)


def model_of(path: Path, limits: Limits, check: Check) -> IfcModel:
    """The model of a file, read where it is not known; then a child waits to make its shapes.

    Raises:
        SourceDataError: The file is missing, empty, cut off or no IFC.
        UnsupportedError: Its schema is not read.
        ConfigError: ifcopenshell is not installed.
    """
    stamp = _stamp(path)
    known = _known(path, stamp)
    if known.model is None:
        with ExitStack() as undo:
            plain = undo.enter_context(opened(path, limits))
            sitting = undo.enter_context(closing(sit(plain, str(path), limits, PROPERTIES)))
            known.model = sitting.model
            check(known.model)
            _room(path, stamp, limits).waiting.append(_Waiting(sitting, undo.pop_all()))
    check(known.model)
    return known.model


@contextmanager
def reading(
    path: Path, kinds: Sequence[Kind], limits: Limits, check: Check
) -> Iterator[tuple[IfcModel, Events]]:
    """The model of a file and the shapes of its objects of some kinds.

    Raises:
        SourceDataError: As in `model_of`.
        UnsupportedError: As in `model_of`.
        ConfigError: As in `model_of`.
    """
    model = model_of(path, limits, check)
    waiting = _room(path, _stamp(path), limits).waiting
    with ExitStack() as undo:
        if waiting:
            here = waiting.pop()
            undo.enter_context(here.undo)
            events = here.sitting.shapes(kinds)
        else:
            plain = undo.enter_context(opened(path, limits))
            events = read_shapes(plain, str(path), model, kinds, limits)
        yield model, undo.enter_context(closing(events))


def release() -> None:
    """End the child that waits, if there is one."""
    _room.cache_clear()


@lru_cache(maxsize=4)
def _known(_path: Path, _stamp: _Stamp) -> _Known:
    return _Known()


@lru_cache(maxsize=1)
def _room(_path: Path, _stamp: _Stamp, _limits: Limits) -> _Room:
    return _Room()


def _empty(waiting: list[_Waiting]) -> None:
    while waiting:
        waiting.pop().undo.close()


def _stamp(path: Path) -> _Stamp:
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
