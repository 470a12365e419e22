"""PLY files as columns: head, elements, lists of any length, ASCII and both byte orders.

Source: G. Turk, The PLY Polygon File Format, 1994.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cim.arrays import Int64

_TYPES: Final = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8", "int64": "i8", "uint64": "u8",
}  # fmt: skip
_ORDERS: Final = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_END: Final = b"end_header"
_TEXTURE: Final = "texturefile"


class BrokenPlyError(ValueError):
    """A PLY file breaks the format; the message says how."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an element."""

    name: str
    kind: str
    """Type as numpy names it."""

    count_kind: str = ""
    """Type of the length of a list; empty for a single value."""


@dataclass(frozen=True, slots=True)
class Element:
    """One kind of thing in the file."""

    name: str
    count: int
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Lists:
    """A property of lists."""

    values: np.ndarray
    """All values, end to end."""

    counts: Int64
    """(n,) values of each row."""


type Column = np.ndarray | Lists


@dataclass(frozen=True, slots=True)
class Ply:
    """A whole file."""

    elements: Mapping[str, Mapping[str, Column]]
    textures: tuple[str, ...]
    """Names of pictures in comments `TextureFile`."""


def decode(data: bytes) -> Ply:
    """The columns of a file.

    Raises:
        BrokenPlyError: It is no PLY file, or cut off.
    """
    end = data.find(_END)
    if not data.startswith(b"ply") or end < 0:
        raise BrokenPlyError("its head does not begin with 'ply' and end with 'end_header'")
    start = data.find(b"\n", end) + 1 or len(data)
    order, elements, textures = _head(data[:end].decode("utf-8", "replace"))
    source = _Binary(data, start, order) if order else _Text(data[start:])
    return Ply({element.name: source.take(element) for element in elements}, textures)


def _head(text: str) -> tuple[str, list[Element], tuple[str, ...]]:
    """Byte order, elements and textures."""
    order: str | None = None
    elements: list[Element] = []
    textures: list[str] = []
    for line in text.splitlines()[1:]:
        match line.split():
            case ["format", kind, _] if kind in _ORDERS:
                order = _ORDERS[kind]
            case ["element", name, count] if count.isdecimal():
                elements.append(Element(name, int(count)))
            case ["property", "list", count, kind, name] if elements and {count, kind} <= set(
                _TYPES
            ):
                _add(elements, Property(name, _TYPES[kind], _TYPES[count]))
            case ["property", kind, name] if elements and kind in _TYPES:
                _add(elements, Property(name, _TYPES[kind]))
            case ["comment", word, *_] if word.lower() == _TEXTURE:
                textures.append(line.split(maxsplit=2)[-1].strip())
            case [] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise BrokenPlyError(f"line {line.strip()[:60]!r} of its head is not understood")
    if order is None:
        raise BrokenPlyError(f"states no format; known: {', '.join(_ORDERS)}")
    return order, elements, tuple(textures)


def _add(elements: list[Element], one: Property) -> None:
    last = elements[-1]
    elements[-1] = Element(last.name, last.count, (*last.properties, one))


class _Binary:
    """Elements one after the other in bytes."""

    def __init__(self, data: bytes, start: int, order: str) -> None:
        self._data = data
        self._place = start
        self._order = order

    def take(self, element: Element) -> dict[str, Column]:
        """The next element."""
        if not element.count or not element.properties:
            return {one.name: _nothing(one) for one in element.properties}
        if element.count > len(self._data) - self._place:
            raise BrokenPlyError(f"is cut off: it states {element.count} of {element.name!r}")
        return self._even(element) or self._uneven(element)

    def _even(self, element: Element) -> dict[str, Column] | None:
        """An element whose lists are all as long as those of its first row; None for others."""
        sizes = self._first_sizes(element)
        fields = []
        for number, (one, size) in enumerate(zip(element.properties, sizes, strict=True)):
            if one.count_kind:
                fields.append((f"n{number}", self._order + one.count_kind))
            fields.append((f"v{number}", self._order + one.kind, (size,)))  # type: ignore[arg-type]
        record = np.dtype(fields)
        if self._place + record.itemsize * element.count > len(self._data):
            return None
        rows = np.frombuffer(self._data, record, element.count, self._place)
        found: dict[str, Column] = {}
        for number, (one, size) in enumerate(zip(element.properties, sizes, strict=True)):
            values = rows[f"v{number}"]
            if not one.count_kind:
                found[one.name] = values[:, 0]
                continue
            if (rows[f"n{number}"] != size).any():
                return None
            found[one.name] = Lists(values.ravel(), np.full(element.count, size, np.int64))
        self._place += record.itemsize * element.count
        return found

    def _first_sizes(self, element: Element) -> list[int]:
        """Values of each property in the first row."""
        place, sizes = self._place, []
        for one in element.properties:
            size = 1
            if one.count_kind:
                size = self._length(place, one)
                place += np.dtype(one.count_kind).itemsize
            sizes.append(size)
            place += size * np.dtype(one.kind).itemsize
        return sizes

    def _length(self, place: int, one: Property) -> int:
        width = np.dtype(one.count_kind).itemsize
        if place + width > len(self._data):
            raise BrokenPlyError("is cut off")
        length = int(np.frombuffer(self._data, self._order + one.count_kind, 1, place)[0])
        if length < 0:
            raise BrokenPlyError(f"a list of {length} values")
        return length

    def _uneven(self, element: Element) -> dict[str, Column]:
        """An element with lists of several lengths: where each value lies, row by row."""
        sizes = [
            (np.dtype(p.count_kind).itemsize if p.count_kind else 0) for p in element.properties
        ]
        widths = [np.dtype(p.kind).itemsize for p in element.properties]
        starts = np.zeros((element.count, len(widths)), np.int64)
        counts = np.ones((element.count, len(widths)), np.int64)
        byte_order: Literal["big", "little"] = "big" if self._order == ">" else "little"
        data, place = self._data, self._place
        for row in range(element.count):
            for number, (size, width) in enumerate(zip(sizes, widths, strict=True)):
                length = 1
                if size:
                    length = int.from_bytes(data[place : place + size], byte_order)
                    place += size
                    counts[row, number] = length
                starts[row, number] = place
                place += length * width
            if place > len(data):
                raise BrokenPlyError("is cut off")
        self._place = place
        return {
            one.name: self._gathered(one, starts[:, number], counts[:, number])
            for number, one in enumerate(element.properties)
        }

    def _gathered(self, one: Property, starts: Int64, counts: Int64) -> Column:
        """Values of a property that lie at these places."""
        kind = np.dtype(self._order + one.kind)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        places = np.repeat(starts, counts) + within * kind.itemsize
        raw = np.frombuffer(self._data, np.uint8)
        values = raw[places[:, None] + np.arange(kind.itemsize)].view(kind)[:, 0]
        return Lists(values, counts) if one.count_kind else values


class _Text:
    """Elements one after the other as words."""

    def __init__(self, data: bytes) -> None:
        self._words = np.array(data.split(), np.float64)
        self._place = 0

    def take(self, element: Element) -> dict[str, Column]:
        """The next element."""
        if not element.count or not element.properties:
            return {one.name: _nothing(one) for one in element.properties}
        if element.count > len(self._words) - self._place:
            raise BrokenPlyError(f"is cut off: it states {element.count} of {element.name!r}")
        starts = np.zeros((element.count, len(element.properties)), np.int64)
        counts = np.ones((element.count, len(element.properties)), np.int64)
        lists = [bool(one.count_kind) for one in element.properties]
        if any(lists):
            self._scan(starts, counts, lists)
        else:
            starts += np.arange(starts.size).reshape(starts.shape) + self._place
            self._place += starts.size
        if self._place > len(self._words):
            raise BrokenPlyError("is cut off")
        return {
            one.name: self._gathered(one, starts[:, number], counts[:, number])
            for number, one in enumerate(element.properties)
        }

    def _scan(self, starts: Int64, counts: Int64, lists: list[bool]) -> None:
        """Fill in where the values of each row lie; it is this object's own table."""
        place, words = self._place, self._words.tolist()
        for row in range(len(starts)):
            for number, is_list in enumerate(lists):
                if place >= len(words):
                    raise BrokenPlyError("is cut off")
                if is_list:
                    counts[row, number] = words[place]
                    place += 1
                starts[row, number] = place
                place += counts[row, number]
        self._place = int(place)

    def _gathered(self, one: Property, starts: Int64, counts: Int64) -> Column:
        if (counts < 0).any():
            raise BrokenPlyError("a list has a negative length")
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        values = self._words[np.repeat(starts, counts) + within]
        kept = values if one.kind.startswith("f") else values.astype(one.kind)
        return Lists(kept, counts) if one.count_kind else kept


def _nothing(one: Property) -> Column:
    none = np.zeros(0, one.kind)
    return Lists(none, np.zeros(0, np.int64)) if one.count_kind else none
