"""Tables without geometry: positions from two columns, and types of columns that are only text."""

import csv
import gzip
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.arrays import Bool, Float64, Objects
from cim.errors import InputError, SourceDataError
from cim.features import Reject
from cim.readers._encoding import UTF8, codec_name, guess_encoding
from cim.readers.base import ReadOptions

LON_NAMES = ("lon", "lng", "long", "longitude", "经度", "x", "easting", "东坐标", "x坐标")
LAT_NAMES = ("lat", "latitude", "纬度", "y", "northing", "北坐标", "y坐标")

_INTEGER = r"^-?(0|[1-9]\d{0,17})$"
_DECIMAL = r"^-?(0|[1-9]\d{0,14})(\.\d+([eE][-+]?\d{1,3})?)?$"
_SAMPLE = 4 << 20
_CHUNK = 1 << 20
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def position_columns(names: tuple[str, ...], options: ReadOptions, where: str) -> tuple[str, str]:
    """Columns of eastings and northings: those the user names, else those with a known name.

    Raises:
        InputError: A column the user names does not exist.
        SourceDataError: No name is known; the message lists the columns.
    """
    for option in (options.lon_field, options.lat_field):
        if option is not None and option not in names:
            raise InputError(f"{where}: no column {option!r}; known: {', '.join(names)}")
    by_name = {name.strip().lower(): name for name in reversed(names)}
    lon = options.lon_field or next((by_name[n] for n in LON_NAMES if n in by_name), None)
    lat = options.lat_field or next((by_name[n] for n in LAT_NAMES if n in by_name), None)
    if lon is None or lat is None:
        raise SourceDataError(
            f"a table without geometry, columns: {', '.join(names)}; name those that hold the "
            "position with --lon-field and --lat-field",
            where=where,
        )
    return lon, lat


def points_of(
    lon: pa.Array, lat: pa.Array, names: tuple[str, str], first_record: int
) -> tuple[Objects, tuple[Reject, ...]]:
    """Points from two columns; None, with a reject, where one holds no number."""
    xy = np.full((len(lon), 2), np.nan)
    rejects: dict[int, Reject] = {}
    for axis, (column, name) in enumerate(zip((lon, lat), names, strict=True)):
        xy[:, axis], bad = _numbers(column)
        for row in np.flatnonzero(bad).tolist():
            value = column[row].as_py()
            reason = "no number" if value not in (None, "") else "no value"
            shown = "" if value is None else str(value)[:60]
            rejects.setdefault(row, Reject(first_record + row, name, shown, reason))
    points = np.asarray(shapely.points(np.nan_to_num(xy)), object)
    points[list(rejects)] = None
    return points, tuple(rejects[row] for row in sorted(rejects))


def _numbers(column: pa.Array) -> tuple[Float64, Bool]:
    """Numbers of a column, and where there is none (NaN stays in its place)."""
    if pa.types.is_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        legal = pc.match_substring_regex(column, r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
        column = pc.if_else(legal, column, None)
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    bad = ~np.isfinite(values)
    return np.asarray(values, np.float64), np.asarray(bad, np.bool_)


class ColumnTypes:
    """Types that text columns turn out to have, found value by value.

    A column holds integers or numbers only if every value reads as one and would print the same
    way: leading zeros, signs and more digits than a number keeps make it text.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._patterns = dict.fromkeys(names, _INTEGER)
        self._filled: set[str] = set()

    def see(self, columns: dict[str, pa.Array]) -> None:
        """Take some more values into account."""
        for name, column in columns.items():
            self._see_column(name, column)

    def open_names(self) -> list[str]:
        """Columns that may still be numbers."""
        return list(self._patterns)

    def found(self) -> dict[str, pa.DataType]:
        """Types of the columns that hold numbers; the others are text."""
        return {
            name: pa.int64() if pattern == _INTEGER else pa.float64()
            for name, pattern in self._patterns.items()
            if name in self._filled
        }

    def _see_column(self, name: str, column: pa.Array) -> None:
        pattern = self._patterns.get(name)
        values = column.drop_null()
        if pattern is None or len(values) == 0:
            return
        self._filled.add(name)
        for wider in (pattern, _DECIMAL):
            if pc.all(pc.match_substring_regex(values, wider)).as_py():
                self._patterns[name] = wider
                return
        del self._patterns[name]


def typed(columns: dict[str, pa.Array], types: dict[str, pa.DataType]) -> dict[str, pa.Array]:
    """Columns with the types `ColumnTypes` found."""
    return {name: _cast(column, types.get(name)) for name, column in columns.items()}


def _cast(column: pa.Array, kind: pa.DataType | None) -> pa.Array:
    return column if kind is None else column.cast(kind)


def text_encoding(path: Path, option: str | None) -> tuple[str, tuple[str, ...]]:
    """Encoding of a text table, and a note when it was guessed.

    Raises:
        InputError: The encoding in the options is unknown.
        SourceDataError: It is neither UTF-8, GB 18030 nor Big5, or its last line is cut off.
    """
    if option:
        return codec_name(option), ()
    sample = _sample(path)
    if sample.startswith(_UTF16):
        return "utf-16", ("encoding: UTF-16, by its byte order mark",)
    found = guess_encoding(sample)
    if found is None:
        reason = "text is neither UTF-8, GB18030 nor Big5; name its encoding with --encoding"
        raise SourceDataError(reason, where=str(path))
    note = f"encoding: none is declared, the text reads as {found.upper()}"
    return found, () if found == UTF8 else (note,)


@contextmanager
def as_utf8(path: Path, encoding: str) -> Iterator[Path]:
    """The table in UTF-8, in a file that lives as long as the context.

    Bytes that are broken in its encoding stay, so that their record can be named.
    """
    if encoding == UTF8:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cim-") as folder:
        copy = Path(folder) / path.name.removesuffix(".gz")
        with open_bytes(path) as stream, copy.open("wb") as out:
            reader = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
            while text := reader.read(_CHUNK):
                out.write(text.encode(UTF8, "surrogateescape"))
        yield copy


def check_last_line(path: Path, where: str) -> None:
    """Refuse a table that ends within a record.

    Raises:
        SourceDataError: The last line has no end and fewer fields than the first, or ends within
            a quoted field.
    """
    with open_bytes(path) as stream:
        first = stream.readline()
        last, size = first, 0
        while block := stream.read(_CHUNK):
            last, size = (last + block)[-_CHUNK:], size + len(block)
    line = last.rpartition(b"\n")[2]
    if not size or not line.strip():
        return
    delimiter = delimiter_of(first)
    fields = _fields(line, delimiter)
    if fields < _fields(first, delimiter) or line.count(b'"') % 2:
        raise SourceDataError(f"cut off: its last line has {fields} fields", where=where)


def delimiter_of(line: bytes) -> str:
    """The separator GDAL would take: the most frequent of its four."""
    return max(",;\t|", key=lambda sign: line.count(sign.encode()))


def _fields(line: bytes, delimiter: str) -> int:
    text = line.decode("latin-1").replace("\r", " ")
    rows = csv.reader([text], delimiter=delimiter)
    return len(next(rows, []))


def open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """The bytes of a file, unpacked when it is a .gz."""
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def _sample(path: Path) -> bytes:
    """Some of the blocks that hold more than ASCII; the first one always."""
    with open_bytes(path) as stream:
        sample = stream.read(_CHUNK)
        while len(sample) < _SAMPLE and (block := stream.read(_CHUNK)):
            sample += b"" if block.isascii() else block
    return sample
