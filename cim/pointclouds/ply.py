"""PLY files of points: those without faces, ASCII and binary of either byte order.

Source: G. Turk, The PLY Polygon File Format, 1994.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cim.crs import named_crs
from cim.errors import SourceDataError
from cim.pointclouds._columns import (
    Columns,
    Scales,
    batch_of,
    dimensions_of,
    known_columns,
    require_positions,
    scales_of,
    text_columns,
)
from cim.pointclouds.base import PointBatch, PointOptions, PointReader, PointSource

MAGIC = b"ply"
_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_LONGEST_LINE, _MOST_LINES = 1_024, 1_000


@dataclass(frozen=True, slots=True)
class _Element:
    """One kind of thing in the file."""

    name: str
    count: int
    properties: tuple[tuple[str, str], ...] = ()
    """Name and type, `list` for lists."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What the head says."""

    order: str
    """Byte order, empty for text."""

    elements: tuple[_Element, ...]
    start: int
    """Byte where the elements begin."""

    @property
    def vertices(self) -> _Element:
        """The element that holds the points, one without points if there is none."""
        return next((e for e in self.elements if e.name == "vertex"), _Element("vertex", 0))

    @property
    def has_faces(self) -> bool:
        """Whether the file is a mesh."""
        return any(e.name in ("face", "tristrips") and e.count for e in self.elements)


@dataclass(frozen=True, slots=True)
class PlyReader:
    """PLY files without faces."""

    suffixes: tuple[str, ...] = (".ply",)

    def claims(self, path: Path) -> bool:
        """Whether it is a PLY file with points and no faces; others are meshes."""
        try:
            with path.open("rb") as file:
                head = _head(file, path.name)
        except (OSError, SourceDataError):
            return False
        return head.vertices.count > 0 and not head.has_faces

    def describe(self, path: Path, options: PointOptions) -> PointSource:
        """What the head says; PLY states neither a CRS nor bounds."""
        with _opened(path) as (file, head):
            first = next(_stretches(file, head, options.batch_size, path))
        return PointSource(
            count=head.vertices.count,
            crs=None if options.crs is None else named_crs(options.crs),
            bounds=None,
            dimensions=dimensions_of(first),
            notes=scales_of(first).notes,
        )

    def read(self, path: Path, options: PointOptions) -> Iterator[PointBatch]:
        """The points in the order of the file."""
        scales: Scales | None = None
        with _opened(path) as (file, head):
            for columns in _stretches(file, head, options.batch_size, path):
                scales = scales or scales_of(columns)
                yield batch_of(columns, scales, path.name)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, _Head]]:
    """The file at its first point, and its head.

    Raises:
        SourceDataError: It has no points, or something that cannot be passed over lies before
            them.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceDataError(f"cannot be read: {error.strerror}", where=path.name) from error
    with file:
        head = _head(file, path.name)
        require_positions(known_columns([n for n, _ in head.vertices.properties]), path.name)
        if head.vertices.count == 0:
            raise SourceDataError("states no points", where=path.name)
        if head.elements[0].name != "vertex" or _has_lists(head.vertices):
            raise SourceDataError("vertices are not the first, plain element", where=path.name)
        file.seek(head.start)
        yield file, head


def _head(file: BinaryIO, where: str) -> _Head:
    """The head of a file.

    Raises:
        SourceDataError: It is none of a PLY file.
    """
    if file.readline(_LONGEST_LINE).strip() != MAGIC:
        raise SourceDataError(f"does not begin with {MAGIC!r}", where=where)
    order, elements = "", []
    for _ in range(_MOST_LINES):
        match file.readline(_LONGEST_LINE).decode("ascii", "replace").split():
            case ["format", kind, "1.0"] if kind in _ORDERS:
                order = _ORDERS[kind]
            case ["element", name, count] if count.isdecimal():
                elements.append(_Element(name, int(count)))
            case ["property", "list", *_, name] if elements:
                elements[-1] = _with(elements[-1], name, "list")
            case ["property", kind, name] if kind in _TYPES and elements:
                elements[-1] = _with(elements[-1], name, _TYPES[kind])
            case ["comment" | "obj_info", *_]:
                pass
            case ["end_header"]:
                return _Head(order, tuple(elements), file.tell())
            case words:
                line = " ".join(words) or "nothing"
                raise SourceDataError(f"head line not understood: {line[:60]!r}", where=where)
    raise SourceDataError(f"head longer than {_MOST_LINES} lines", where=where)


def _with(element: _Element, name: str, kind: str) -> _Element:
    return _Element(element.name, element.count, (*element.properties, (name, kind)))


def _has_lists(element: _Element) -> bool:
    return any(kind == "list" for _, kind in element.properties)


def _stretches(file: BinaryIO, head: _Head, size: int, path: Path) -> Iterator[Columns]:
    """Columns of at most `size` points.

    Raises:
        SourceDataError: The file holds fewer points than stated.
    """
    stated, found = head.vertices.count, 0
    parts = _binary(file, head, size) if head.order else _text(file, head, size, path)
    for columns in parts:
        found += len(columns["x"])
        yield columns
    if found < stated:
        raise SourceDataError(
            f"is cut short: its head states {stated} points, the file holds {found}",
            where=path.name,
        )


def _binary(file: BinaryIO, head: _Head, size: int) -> Iterator[Columns]:
    """Columns of binary vertices."""
    names = [name for name, _ in head.vertices.properties]
    known = known_columns(names)
    kinds = [(f"{n}", head.order + kind) for n, (_, kind) in enumerate(head.vertices.properties)]
    record = np.dtype(kinds)
    left = head.vertices.count
    while left:
        data = file.read(record.itemsize * min(size, left))
        rows = np.frombuffer(data[: len(data) // record.itemsize * record.itemsize], record)
        if not len(rows):
            return
        left -= len(rows)
        yield {name: rows[f"{place}"] for name, place in known.items()}


def _text(file: BinaryIO, head: _Head, size: int, path: Path) -> Iterator[Columns]:
    """Columns of vertices as text."""
    known = known_columns([name for name, _ in head.vertices.properties])
    places = {place: name for name, place in known.items()}
    names = [places.get(place, "") for place in range(len(head.vertices.properties))]
    left = head.vertices.count
    for columns in text_columns(file, names, delimiter=" ", where=path.name, most_lines=left):
        count = min(len(columns["x"]), left)
        for start in range(0, count, size):
            some = slice(start, min(start + size, count))
            yield {name: values[some] for name, values in columns.items()}
        left -= count
        if not left:
            return


PLUGIN: PointReader = PlyReader()
