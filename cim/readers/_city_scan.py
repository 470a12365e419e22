"""The pass over a city model that comes before its features, checked against the options."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from cim.errors import InputError
from cim.readers._city_batch import TableShape
from cim.readers.base import ReadOptions

type Stamp = tuple[int, int]
"""When a file was changed, in nanoseconds, and its bytes: another stamp, another file."""


class Scan(Protocol):
    """What every scan of a city model tells."""

    @property
    def types(self) -> tuple[str, ...]:
        """Types of the city objects."""
        ...

    @property
    def table(self) -> TableShape:
        """Columns of the chosen objects."""
        ...


def checked_scan[S: Scan](
    scan: Callable[[Path, str | None, Stamp], S], path: Path, options: ReadOptions
) -> S:
    """The scan of a file as it is now, for the layer the options choose.

    Raises:
        InputError: The options name a type or attribute that does not exist.
    """
    stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
    found = scan(path, options.layer, stamp)
    if options.layer is not None and options.layer not in found.types:
        known = ", ".join(found.types)
        raise InputError(f"{path}: no city objects of type {options.layer!r}; known: {known}")
    names = found.table.columns.names
    if options.id_field is not None and options.id_field not in names:
        known = ", ".join(names)
        raise InputError(f"{path}: no attribute {options.id_field!r}; known: {known}")
    return found


def repeated_note(ids: Sequence[str]) -> Iterator[str]:
    """What becomes of ids of more than one object."""
    if ids:
        what = f"{len(ids)} ids are of more than one object, the first {ids[0]!r}"
        yield f"{what}; they are numbered in file order (-2, -3 …)"
