"""Signs that a file was cut off, in formats of which GDAL reads what is left without a word."""

import re
from collections.abc import Iterator
from pathlib import Path

import orjson

from cim.errors import SourceDataError

_XML_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)[\s>]")
_EDGE = 65_536
_SQLITE = b"SQLite format 3\0"
_SEPARATOR = b"\x1e"
_BLANK = b"\x1e \t\r\n"
"""What may stand between features of GeoJSON text sequences."""


def check_whole(path: Path) -> None:
    """Refuse a file that is shorter than it says; one in a .gz or .zip is checked by its packing.

    Raises:
        SourceDataError: A part of the file is missing.
    """
    if not path.is_file():
        return
    suffix = path.suffix.lower()
    if suffix == ".shp":
        _check_shapefile(path)
    elif suffix in {".gml", ".gpx", ".kml", ".xml"}:
        _check_xml(path)
    elif _head(path, len(_SQLITE)) == _SQLITE:
        _check_sqlite(path)


def check_lines(path: Path, count: int | None) -> None:
    """Refuse a file of GeoJSON lines that GDAL reads without those that are not JSON.

    Args:
        path: The file; a packed one is left alone.
        count: Number of features GDAL finds, None when it does not tell.

    Raises:
        SourceDataError: A line is not JSON; the message names it.
    """
    if not path.is_file() or path.suffix.lower() in {".gz", ".zip"}:
        return
    last, texts = (0, b""), 0
    for texts, last in enumerate(_texts(path), 1):  # noqa: B007 - the last one is wanted
        pass
    _check_json(*last, path)
    if count is not None and count < texts:
        for number, text in _texts(path):
            _check_json(number, text, path)


def _texts(path: Path) -> Iterator[tuple[int, bytes]]:
    """JSON texts with the number of their first line: a line each, or between separators.

    Source: RFC 8142, section 2 (record separators), and newline-delimited GeoJSON without them.
    """
    start, text = 0, b""
    with path.open("rb") as file:
        separated = file.read(1) == _SEPARATOR
        file.seek(0)
        for number, line in enumerate(file, 1):
            if separated and not line.startswith(_SEPARATOR):
                text += line
                continue
            if text.strip(_BLANK):
                yield start, text
            start, text = number, line
    if text.strip(_BLANK):
        yield start, text


def _check_shapefile(path: Path) -> None:
    """Lengths stated in the headers of .shp, .shx and .dbf.

    Source: ESRI Shapefile Technical Description, July 1998, pages 4 and 25 (file length in 16-bit
    words at byte 24); dBASE III header (records at byte 4, header and record length at 8 and 10).
    """
    for suffix in (".shp", ".shx"):
        part = _part(path, suffix)
        _check_length(part, int.from_bytes(_head(part, 28)[24:28], "big") * 2)
    table = _part(path, ".dbf")
    head = _head(table, 12)
    records, header = int.from_bytes(head[4:8], "little"), int.from_bytes(head[8:10], "little")
    _check_length(table, header + records * int.from_bytes(head[10:12], "little"))


def _part(path: Path, suffix: str) -> Path:
    """The part of a shapefile with this ending, in either case.

    Raises:
        SourceDataError: It is missing.
    """
    for part in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if part.exists():
            return part
    reason = f"{path.stem}{suffix} is missing; a shapefile is .shp, .shx and .dbf together"
    raise SourceDataError(reason, where=str(path))


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size).ljust(size, b"\0")


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _EDGE))
        return file.read()


def _check_length(path: Path, stated: int) -> None:
    size = path.stat().st_size
    if size < stated:
        raise SourceDataError(f"cut off: {size} bytes of {stated}", where=str(path))


def _check_sqlite(path: Path) -> None:
    """Pages stated in the header.

    Source: SQLite file format, section 1.3 (page size at byte 16, pages at byte 28, valid when
    the numbers at bytes 24 and 92 agree).
    """
    head = _head(path, 100)
    page = int.from_bytes(head[16:18], "big")
    if head[24:28] == head[92:96]:
        _check_length(path, (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big"))


def _check_json(number: int, text: bytes, path: Path) -> None:
    try:
        orjson.loads(text.strip(_BLANK))
    except orjson.JSONDecodeError as error:
        raise SourceDataError(f"line {number} is not JSON: {error}", where=str(path)) from error


def _check_xml(path: Path) -> None:
    """The end tag of the root element."""
    root = _XML_ROOT.search(_head(path, _EDGE).rstrip(b"\0"))
    if root and b"</" + root[1] not in _tail(path):
        reason = f"cut off: the end tag </{root[1].decode('ascii', 'replace')}> is missing"
        raise SourceDataError(reason, where=str(path))
