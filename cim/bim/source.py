"""IFC files before they are opened: packed or not, whole or cut off, of which schema.

ifcopenshell opens a file that was cut off and gives what is left of it without a word, so the end
is looked for here. Source: ISO 10303-21:2016, section 5 (exchange structure) and section 8
(header); buildingSMART, IFC file formats (.ifczip: one .ifc in a zip archive).
"""

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from cim.bim._text import encoding_of, rewrite
from cim.bim.limits import MIB, Limits
from cim.errors import SourceDataError, UnsupportedError
from cim.extras import require

SCHEMAS: Final = ("IFC2X3", "IFC4", "IFC4X3", "IFC4X3_ADD1", "IFC4X3_ADD2")
"""Schemas that are read; others are refused by name."""

_START = b"ISO-10303-21;"
_END = b"END-ISO-10303-21;"
_EDGE: Final = 4_096
_HEADER: Final = 262_144
_BOM = b"\xef\xbb\xbf"
_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']*)'", re.IGNORECASE)
_CHUNK: Final = 1 << 20
_DEFLATE64: Final = 9
_ENCRYPTED: Final = 1
_LOCAL_HEADER: Final = 30
_PACKED = b"PK"


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Path]:
    """The plain, whole .ifc file of a source: see `opened_told`."""
    with opened_told(path, limits) as (plain, _):
        yield plain


@contextmanager
def opened_told(path: Path, limits: Limits) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The plain, whole .ifc file of a source, and what the user should know of it.

    A packed one is unpacked into a temporary file, and one whose text is not in the alphabet of
    STEP files is written anew there.

    Raises:
        SourceDataError: The file is missing, empty, cut off, no STEP file or no sound archive.
        UnsupportedError: Its schema is not read.
    """
    _check_exists(path)
    with tempfile.TemporaryDirectory(prefix="cim-ifc-") as folder:
        plain = path
        if _is_packed(path):
            plain = Path(folder) / "model.ifc"
            _unpack(path, plain, limits)
        check_step(plain, path)
        encoding = encoding_of(plain)
        if encoding is None:
            yield plain, ()
            return
        coded = Path(folder) / "coded.ifc"
        rewrite(plain, coded, encoding)
        note = f"its text is no plain STEP; read as {encoding.upper()}"
        yield coded, (note,)


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_PACKED)) == _PACKED


def check_step(plain: Path, source: Path) -> str:
    """Schema of a STEP file that is whole.

    Args:
        plain: The file itself.
        source: What errors name.

    Raises:
        SourceDataError: It is no STEP file or cut off.
        UnsupportedError: Its schema is not read.
    """
    where = str(source)
    with plain.open("rb") as file:
        head = file.read(_HEADER)
        file.seek(max(0, plain.stat().st_size - _EDGE))
        tail = file.read()
    if not head.removeprefix(_BOM).lstrip().startswith(_START):
        reason = f"no IFC file: it starts with {head[:20]!r}, a STEP file with {_START.decode()!r}"
        raise SourceDataError(reason, where=where)
    if _END not in tail:
        reason = f"cut off: it does not end with {_END.decode()!r}; export or copy it again"
        raise SourceDataError(reason, where=where)
    schema = _SCHEMA.search(head)
    if schema is None:
        raise SourceDataError("the header names no schema (FILE_SCHEMA)", where=where)
    name = schema[1].decode("ascii", "replace").strip().upper()
    if name not in SCHEMAS:
        known = ", ".join(SCHEMAS)
        raise UnsupportedError(f"{where}: schema {name} is not read; known: {known}")
    return name


def _check_exists(path: Path) -> None:
    if not path.is_file():
        raise SourceDataError("no such file", where=str(path))
    if path.stat().st_size == 0:
        raise SourceDataError("the file is empty", where=str(path))


def _unpack(path: Path, plain: Path, limits: Limits) -> None:
    """Write the one model of an archive.

    Raises:
        SourceDataError: The archive is broken, holds no model or several, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(archive, path)
            _check_size(member, limits, path)
            with plain.open("wb") as target:
                if member.compress_type == _DEFLATE64:
                    _inflate64(path, member, target)
                else:
                    _copy(archive, member, target)
    except SourceDataError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        reason = f"the archive cannot be unpacked: {' '.join(str(error).split())[:120]}"
        raise SourceDataError(reason, where=str(path)) from error


def _member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    found = [one for one in archive.infolist() if one.filename.lower().endswith(".ifc")]
    if len(found) != 1:
        names = ", ".join(one.filename for one in (found or archive.infolist())[:5]) or "nothing"
        reason = f"an .ifczip holds one .ifc file, this one {len(found)}; it holds: {names}"
        raise SourceDataError(reason, where=str(path))
    if found[0].flag_bits & _ENCRYPTED:
        raise SourceDataError("the archive is encrypted", where=str(path))
    return found[0]


def _check_size(member: zipfile.ZipInfo, limits: Limits, path: Path) -> None:
    most = min(limits.unpacked_bytes, limits.packing * member.compress_size + MIB)
    if member.file_size > most:
        reason = (
            f"{member.filename} unpacks from {member.compress_size} to {member.file_size} bytes; "
            f"legal: at most {limits.unpacked_mib} MiB and {limits.packing} times its packed size"
        )
        raise SourceDataError(reason, where=str(path))


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: IO[bytes]) -> None:
    """Copy a member; `zipfile` stops at the stated size and checks the sum."""
    with archive.open(member) as source:
        while chunk := source.read(_CHUNK):
            target.write(chunk)


def _inflate64(path: Path, member: zipfile.ZipInfo, target: IO[bytes]) -> None:
    """Unpack Deflate64 (PKWARE APPNOTE 6.3.10, section 4.4.5, method 9).

    Raises:
        zipfile.BadZipFile: Size or sum is not as stated.
    """
    inflater = require("inflate64", "bim").Inflater()
    written = checksum = 0
    for chunk in _raw(path, member):
        data = inflater.inflate(chunk)
        written += len(data)
        if written > member.file_size:
            break
        checksum = zlib.crc32(data, checksum)
        target.write(data)
    if written != member.file_size or checksum != member.CRC:
        raise zipfile.BadZipFile(f"{member.filename}: size or checksum is not as stated")


def _raw(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The packed bytes of a member, in small pieces, so that a bomb stays small too."""
    with path.open("rb") as file:
        file.seek(member.header_offset)
        header = file.read(_LOCAL_HEADER)
        name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        file.seek(name + extra, 1)
        left = member.compress_size
        while left and (chunk := file.read(min(left, 16_384))):
            left -= len(chunk)
            yield chunk
