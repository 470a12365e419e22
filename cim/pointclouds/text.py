"""Points as text, one a line: XYZ and PTS files, and tables whose columns are named so.

Columns are named by a first line, as CloudCompare writes it, or else known by their number:
x y z, with intensity, with red green blue, or with both in this order.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

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

_RGB = ("red", "green", "blue")
_BY_NUMBER = {
    3: ("x", "y", "z"),
    4: ("x", "y", "z", "intensity"),
    6: ("x", "y", "z", *_RGB),
    7: ("x", "y", "z", "intensity", *_RGB),
}
"""Names of columns where no line tells them."""

_LONGEST_LINE = 4_096
_MOST_COMMENTS = 100
_COMMENT = (b"#", b"//")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Form:
    """How the lines of a file are to be read."""

    names: tuple[str, ...]
    """Of all columns, empty for those that are not read."""

    delimiter: str
    start: int
    """Byte of the first point."""


@dataclass(frozen=True, slots=True)
class TextReader:
    """XYZ and PTS files, and CSV files of points."""

    suffixes: tuple[str, ...] = field(default=(".xyz", ".pts", ".csv"))

    def claims(self, path: Path) -> bool:
        """XYZ and PTS files always; a CSV file if its first columns are named x, y, z."""
        if path.suffix.lower() != ".csv":
            return True
        try:
            with path.open("rb") as file:
                first = file.readline(_LONGEST_LINE)
        except OSError:
            return False
        names = _words(first.removeprefix(_BOM), _delimiter(first))
        return [name.lower() for name in names[:3]] == ["x", "y", "z"]

    def describe(self, path: Path, options: PointOptions) -> PointSource:
        """What the first lines say; the number of points is not known before they are read."""
        with _opened(path) as (file, form):
            first = next(_stretches(file, form, path), None)
        if first is None:
            raise SourceDataError("states no points", where=path.name)
        return PointSource(
            count=None,
            crs=None if options.crs is None else named_crs(options.crs),
            bounds=None,
            dimensions=dimensions_of(first),
            notes=scales_of(first).notes,
        )

    def read(self, path: Path, options: PointOptions) -> Iterator[PointBatch]:
        """The points in the order of the lines."""
        scales: Scales | None = None
        with _opened(path) as (file, form):
            for columns in _stretches(file, form, path):
                scales = scales or scales_of(columns)
                count = len(columns["x"])
                for start in range(0, count, options.batch_size):
                    some = slice(start, start + options.batch_size)
                    part = {name: values[some] for name, values in columns.items()}
                    yield batch_of(part, scales, path.name)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, _Form]]:
    """The file at its first point, and its form."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceDataError(f"cannot be read: {error.strerror}", where=path.name) from error
    with file:
        form = _form(file, path.name)
        file.seek(form.start)
        yield file, form


def _stretches(file: BinaryIO, form: _Form, path: Path) -> Iterator[Columns]:
    """Columns of some lines at a time."""
    return text_columns(file, form.names, delimiter=form.delimiter, where=path.name)


def _form(file: BinaryIO, where: str) -> _Form:
    """How the lines are to be read, by the first of them.

    Raises:
        SourceDataError: There is no line of numbers, or its columns are not known.
    """
    named: tuple[str, ...] = ()
    for number in range(_MOST_COMMENTS):
        start = file.tell()
        line = file.readline(_LONGEST_LINE)
        if not line:
            raise SourceDataError("states no points" if number else "is empty", where=where)
        text = line.removeprefix(_BOM).strip()
        delimiter = _delimiter(text)
        words = _words(text, delimiter)
        if len(words) > 1 and all(_is_number(word) for word in words):
            return _named(_Form((), delimiter, start), len(words), named, where)
        if len(words) > 1 and not named:
            named = words
    raise SourceDataError(f"{_MOST_COMMENTS} lines without a point", where=where)


def _named(form: _Form, count: int, named: tuple[str, ...], where: str) -> _Form:
    """The form with the names of its columns."""
    known = known_columns(named) if len(named) == count else {}
    if all(name in known for name in "xyz"):
        places = {place: name for name, place in known.items()}
        return replace(form, names=tuple(places.get(place, "") for place in range(count)))
    if count not in _BY_NUMBER:
        legal = ", ".join(map(str, _BY_NUMBER))
        raise SourceDataError(
            f"has {count} columns; legal without a line of names: {legal}", where=where
        )
    names = _BY_NUMBER[count]
    require_positions(dict.fromkeys(names), where)
    return replace(form, names=names)


def _delimiter(line: bytes) -> str:
    """What stands between the columns; a blank for any run of blanks and tabs."""
    return next((sign for sign in (",", ";") if sign.encode() in line), " ")


def _words(line: bytes, delimiter: str) -> tuple[str, ...]:
    """The words of a line, comment signs left out."""
    text = line.decode("utf-8", "replace").strip()
    for sign in _COMMENT:
        text = text.removeprefix(sign.decode()).strip()
    parts = text.split() if delimiter == " " else text.split(delimiter)
    return tuple(part.strip().strip('"') for part in parts)


def _is_number(word: str) -> bool:
    return re.fullmatch(
        r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf)", word, re.IGNORECASE
    ) is not (None)


PLUGIN: PointReader = TextReader()
