"""Points on disk between the steps of a build, one after the other in a flat file."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np

from tiles.points.lattice import POINT, Points


class PointFile:
    """A file of points that can be written and read at any place; deleted when it is left."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w+b")
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def __len__(self) -> int:
        """Points up to the last one written."""
        return self._count

    def append(self, points: Points) -> None:
        """Write points behind the last ones."""
        self.write(self._count, points)

    def write(self, start: int, points: Points) -> None:
        """Write points at a place."""
        data = memoryview(np.ascontiguousarray(points)).cast("B")
        place = start * POINT.itemsize
        while data:
            written = os.pwrite(self._file.fileno(), data, place)
            data, place = data[written:], place + written
        self._count = max(self._count, start + len(points))

    def read(self, span: range) -> Points:
        """The points at these places."""
        size = len(span) * POINT.itemsize
        data = os.pread(self._file.fileno(), size, span.start * POINT.itemsize)
        while len(data) < size:
            more = os.pread(
                self._file.fileno(), size - len(data), span.start * POINT.itemsize + len(data)
            )
            data += more
        return np.frombuffer(data, POINT)

    def chunks(self, span: range, size: int) -> Iterator[Points]:
        """The points at these places, some at a time."""
        for start in range(span.start, span.stop, size):
            yield self.read(range(start, min(start + size, span.stop)))
