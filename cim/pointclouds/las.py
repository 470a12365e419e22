"""LAS 1.0-1.4 and LAZ, COPC too, through laspy.

Source: ASPRS LAS 1.4 R15, section 2.5 (point data records).
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Bool, Uint8, Uint16
from cim.crs import named_crs
from cim.errors import ConfigError, SourceDataError
from cim.extras import require
from cim.pointclouds._las_head import Box, LasHead, head_of
from cim.pointclouds.base import (
    CLASSIFICATION,
    COLOUR,
    INTENSITY,
    POSITION,
    PointBatch,
    PointOptions,
    PointReader,
    PointSource,
    scaled_colours,
)

EXTRA = "points"
MAGIC = b"LASF"
_NO_COLOUR, _EIGHT_BIT, _SIXTEEN_BIT = "none", "8-bit", "16-bit"
_FULL_BYTE = 255
_SAMPLES, _SAMPLE_POINTS = 8, 4_096
"""Stretches of a file in which colours are looked for before all of it is searched."""

type Records = NDArray[np.void]
"""(n,) point records, fields as laspy names them."""


@dataclass(frozen=True, slots=True)
class _LasFile:
    """An opened file."""

    path: Path
    head: LasHead
    has_colour: bool
    """Point records have fields for it."""

    take: Callable[[int], Records]
    """The next so many point records, fewer at the end."""

    seek: Callable[[int], None]
    """Goes to a point."""


@dataclass(frozen=True, slots=True)
class LasReader:
    """LAS and LAZ files."""

    suffixes: tuple[str, ...] = (".las", ".laz")

    def claims(self, path: Path) -> bool:
        """Nothing else has these endings."""
        return path.suffix.lower() in self.suffixes

    def describe(self, path: Path, options: PointOptions) -> PointSource:
        """What the head says; points are looked at to tell how colours are stored."""
        with _opened(path) as file:
            head, colours = file.head, _colours(file)
            stated = head.crs(path.name) if options.crs is None else named_crs(options.crs)
            coloured = () if colours == _NO_COLOUR else (COLOUR,)
            return PointSource(
                count=head.count,
                crs=stated,
                bounds=_metric(head),
                dimensions=(POSITION, *coloured, CLASSIFICATION, INTENSITY),
                notes=_notes(head, colours),
            )

    def read(self, path: Path, options: PointOptions) -> Iterator[PointBatch]:
        """The points in the order of the file, without those marked as withheld."""
        with _opened(path) as file:
            colours = _colours(file)
            file.seek(0)
            for records in _stretches(file, options.batch_size):
                yield _batch(records, file.head, colours)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_LasFile]:
    """The file, its head read; the library's complaints become one line."""
    laspy = require("laspy", EXTRA)
    complaints = (laspy.errors.LaspyException, ValueError, RuntimeError, EOFError, KeyError)
    with contextlib.ExitStack() as stack:
        try:
            _check_start(path)
            file = stack.enter_context(laspy.open(path))
            head = head_of(file.header)
            _check_length(head, path)
        except (SourceDataError, ConfigError):
            raise
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            raise SourceDataError(reason, where=path.name) from error
        except complaints as error:
            raise SourceDataError(_one_line(error), where=path.name) from error
        yield _LasFile(
            path,
            head,
            has_colour="red" in file.header.point_format.dimension_names,
            take=_guarded(lambda count: file.read_points(count).array, head, path),
            seek=_guarded(file.seek, head, path),
        )


def _guarded[T](work: Callable[[int], T], head: LasHead, path: Path) -> Callable[[int], T]:
    """The same work; what the library says of damaged points becomes one line."""

    def guarded(number: int) -> T:
        try:
            return work(number)
        except (RuntimeError, ValueError, OSError) as error:
            raise SourceDataError(
                f"is cut short or damaged: its head states {head.count} points, but "
                f"{_one_line(error)}",
                where=path.name,
            ) from error

    return guarded


def _check_start(path: Path) -> None:
    """Raises SourceDataError for what does not begin as LAS does."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if not start:
        raise SourceDataError("is empty", where=path.name)
    if start != MAGIC:
        raise SourceDataError(f"begins with {start!r}; a LAS file with {MAGIC!r}", where=path.name)


def _check_length(head: LasHead, path: Path) -> None:
    """Compare what the head promises with the size of the file.

    Raises:
        SourceDataError: It promises more than the file holds.
        ConfigError: Compressed points cannot be read by this installation.
    """
    if head.compressed:
        require("lazrs", EXTRA)
        return
    held = max(0, path.stat().st_size - head.first_byte) // head.point_size
    if held < head.count:
        raise SourceDataError(
            f"is cut short: its head states {head.count} points, the file holds {held}",
            where=path.name,
        )


def _stretches(file: _LasFile, size: int) -> Iterator[Records]:
    """Point records of at most `size` points.

    Raises:
        SourceDataError: Fewer come than the head states.
    """
    found = 0
    while found < file.head.count:
        try:
            records = file.take(size)
        except SourceDataError as error:
            raise SourceDataError(
                f"{error.reason}; reading stopped after {found}", where=file.path.name
            ) from error
        if not len(records):
            raise SourceDataError(
                f"is cut short: its head states {file.head.count} points, {found} came",
                where=file.path.name,
            )
        found += len(records)
        yield records


def _batch(records: Records, head: LasHead, colours: str) -> PointBatch:
    """Arrays of a stretch of point records."""
    classification, withheld = _classes(records)
    kept = ~withheld if withheld.any() else slice(None)
    chosen = records[kept]
    xyz = np.stack([chosen[axis] for axis in "XYZ"], axis=1) * head.scale + head.offset
    xyz[:, 2] *= head.height_factor
    return PointBatch(
        xyz=xyz,
        colour=None if colours == _NO_COLOUR else _rgb(chosen, colours),
        classification=classification[kept],
        intensity=np.ascontiguousarray(chosen["intensity"]),
        withheld=int(np.count_nonzero(withheld)),
    )


def _classes(records: Records) -> tuple[Uint8, Bool]:
    """Class of each point, and whether the file withholds it.

    Formats 0-5 keep both in one byte (tables 8 and 9), formats 6-10 in two (tables 16 and 17).
    """
    if "raw_classification" in (records.dtype.names or ()):
        byte = records["raw_classification"]
        return byte & np.uint8(31), (byte & np.uint8(128)) != 0
    return records["classification"], (records["classification_flags"] & np.uint8(4)) != 0


def _rgb(records: Records, colours: str) -> Uint8:
    """(n, 3) colours."""
    return scaled_colours(_stored_colours(records), eight_bit=colours == _EIGHT_BIT)


def _stored_colours(records: Records) -> Uint16:
    """(n, 3) colour fields."""
    return np.stack([records[name] for name in ("red", "green", "blue")], axis=1)


def _colours(file: _LasFile) -> str:
    """How the file's colours are stored; a file whose colours are all 0 has none.

    The specification asks for 16 bits, yet many files fill the lower 8 only. One value above 255
    settles it, so some stretches are looked at first, and all points only if need be.
    """
    if not file.has_colour:
        return _NO_COLOUR
    highest = 0
    for records in _looked_at(file):
        highest = max(highest, int(_stored_colours(records).max(initial=0)))
        if highest > _FULL_BYTE:
            return _SIXTEEN_BIT
    return _EIGHT_BIT if highest else _NO_COLOUR


def _looked_at(file: _LasFile) -> Iterator[Records]:
    """Some stretches of a file, then all of it."""
    last = max(0, file.head.count - _SAMPLE_POINTS)
    with contextlib.suppress(SourceDataError):  # told when all of it is read
        for start in np.linspace(0, last, _SAMPLES).astype(int).tolist():
            file.seek(start)
            yield file.take(_SAMPLE_POINTS)
    file.seek(0)
    yield from _stretches(file, 1 << 17)


def _notes(head: LasHead, colours: str) -> tuple[str, ...]:
    """What was understood without being stated."""
    notes = []
    if colours == _EIGHT_BIT:
        notes.append("colours are 8-bit values in 16-bit fields")
    if head.height_factor != 1.0:
        notes.append(f"heights are turned into metres: 1 unit is {head.height_factor:.10g} m")
    return tuple(notes)


def _metric(head: LasHead) -> Box:
    """Bounds with heights in metres."""
    west, south, low, east, north, high = head.bounds
    return west, south, low * head.height_factor, east, north, high * head.height_factor


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


PLUGIN: PointReader = LasReader()
