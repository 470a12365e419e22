"""3D Tiles archives, `.3tz`: a tileset in one zip file with an index of its entries.

Entries lie uncompressed, so that a file is found by one search in the index and sent as it is.
Archives of others may lack the index or hold deflated entries; they are read too.

Source: 3D Tiles Archive Format 1.3.
"""

import bisect
import hashlib
import mmap
import os
import shutil
import struct
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cim.errors import BackendError, InputError, NotFoundError, SourceDataError, UnsupportedError
from tiles import zip_records

SUFFIX = ".3tz"
ROOT_DOCUMENT = "tileset.json"
INDEX_NAME = "@3dtilesIndex1@"

STORED, DEFLATED = 0, 8
METHODS: Mapping[int, str] = {STORED: "stored", DEFLATED: "deflate", 93: "zstd"}
LARGEST_INFLATED = 1 << 30
"""Bytes of the largest compressed entry that is read: more is a mistake or an attack."""

_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every entry, so that equal contents give equal archives."""

_MODE = 0o644
_GAIN, _LEVEL = 0.9, 6
_WHOLE_BELOW = 16 << 20
"""Files smaller than this are read in one piece."""

_RECORD = struct.Struct("<16sQ")
_KEY = struct.Struct("<2Q")
_KEYED = struct.Struct("<3Q")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the bytes of a file lie in an archive."""

    start: int
    stored_size: int
    size: int
    """Of the file itself."""

    method: int
    """A number of `METHODS`."""

    crc: int
    """CRC-32 of the file, as the archive states it."""


def pack(folder: Path, path: Path, *, deflate: bool = False) -> int:
    """Write the files of a tileset's folder as an archive, in one step; returns its bytes.

    Hidden files, whose names begin with a dot, stay out. Equal folders give equal archives.

    Args:
        folder: With a `tileset.json`.
        path: Of the archive.
        deflate: Compress files that become a tenth smaller by it, once and for all: a server
            sends them as gzip as they lie. The format allows it; the simplest readers want
            entries that are stored.

    Raises:
        InputError: The folder has no `tileset.json`.
        BackendError: A file cannot be read or the archive cannot be written.
    """
    if not (folder / ROOT_DOCUMENT).is_file():
        raise InputError(f"{folder}: has no {ROOT_DOCUMENT}")
    partial = path.with_name(f".building-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(_names(folder)):
                _write(archive, name, folder / name, deflate=deflate)
            records = [_index_record(info) for info in archive.infolist()]
            records.sort(key=_key)
            _write_bytes(archive, INDEX_NAME, b"".join(records))
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.replace(path)
        return path.stat().st_size
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BackendError(f"{path}: {error.strerror or error}") from error


def _names(folder: Path) -> Iterator[str]:
    """Names of the files in a folder and below, as a URI has them."""
    for parent, folders, files in folder.walk():
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield (parent / name).relative_to(folder).as_posix()


def _write(archive: zipfile.ZipFile, name: str, path: Path, *, deflate: bool) -> None:
    """Add a file; a large one piece by piece, as it is."""
    size = path.stat().st_size
    if size < _WHOLE_BELOW:
        data = path.read_bytes()
        shrinks = deflate and len(zlib.compress(data, 1)) < _GAIN * size
        _write_bytes(archive, name, data, DEFLATED if shrinks else STORED)
        return
    info = _info(name)
    info.file_size = size
    with path.open("rb") as source, archive.open(info, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _write_bytes(archive: zipfile.ZipFile, name: str, data: bytes, method: int = STORED) -> None:
    archive.writestr(_info(name), data, method, _LEVEL if method == DEFLATED else None)


def _info(name: str) -> zipfile.ZipInfo:
    """Header of a new entry."""
    info = zipfile.ZipInfo(name, _DATE)
    info.external_attr = _MODE << 16
    info.create_system = 3
    return info


def _index_record(info: zipfile.ZipInfo) -> bytes:
    """Digest of an entry's name and the place of its local header."""
    return _RECORD.pack(_digest(info.filename), info.header_offset)


def _digest(name: str) -> bytes:
    """MD5 of a name, as the format asks for: it finds entries and protects nothing."""
    return hashlib.md5(name.encode(), usedforsecurity=False).digest()


def _key(record: bytes) -> tuple[int, int]:
    """What records are sorted by: the digest as two little-endian numbers, the first one first."""
    low, high = _KEY.unpack_from(record)
    return low, high


class Archive:
    """An open archive; it may be used by several threads at once.

    Whoever replaces an archive writes another file and renames it, as `pack` does: an open one
    goes on reading the old file.

    Args:
        path: Of the file.

    Raises:
        NotFoundError: There is no such file.
        SourceDataError: It is not a zip file, or its index is not legal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._closing = weakref.finalize(self, os.close, self._file)
            self._map = mmap.mmap(self._file, 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise NotFoundError(f"{path}: no such archive") from None
        except ValueError:
            raise SourceDataError("an empty file is no archive", where=path.name) from None
        except OSError as error:
            raise BackendError(f"{path}: {error.strerror or error}") from error
        self._size = len(self._map)
        self._central: dict[str, zipfile.ZipInfo] | None = None
        index = self._find_index()
        self._index_start, self._count = index or (0, 0)
        self.has_index = index is not None
        if not self.has_index:
            self._directory()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; without this it is let go of with the last user."""
        self._closing()

    def names(self) -> list[str]:
        """Names of all files, in the archive's order; the index is none of them."""
        return [name for name in self._directory() if name != INDEX_NAME]

    def find(self, name: str) -> Entry | None:
        """Where a file lies, None when there is none of this name.

        Raises:
            SourceDataError: The index or the local header of the file is not legal.
            UnsupportedError: The file is encrypted.
        """
        self._require_unchanged()
        if not self.has_index:
            known = self._directory().get(name)
            return None if known is None else self._entry(known.header_offset, name)
        offset = self._offset(name)
        return None if offset is None else self._entry(offset, name)

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            NotFoundError: There is no file of this name.
            SourceDataError: What the archive says about the file is not so.
            UnsupportedError: The file is compressed in a way that this program does not know.
        """
        entry = self.find(name)
        if entry is None:
            raise NotFoundError(f"{self.path.name}: no file {name!r}")
        return self.data(entry, name)

    def data(self, entry: Entry, name: str) -> bytes:
        """The bytes of the file at an entry; `name` is for messages. Errors as in `read`."""
        stored = self.slice(entry.start, entry.stored_size)
        if len(stored) != entry.stored_size:
            raise self._fault(f"{name}: {len(stored)} of {entry.stored_size} bytes can be read")
        if entry.method == STORED:
            return stored
        return self._inflated(stored, entry, name)

    def slice(self, start: int, length: int) -> bytes:
        """Bytes of the archive file itself, to send a stored file in pieces.

        Read, not taken from the map: that would stop at the edge of each page not yet seen.
        """
        return os.pread(self._file, length, start)

    def faults(self) -> Iterator[str]:
        """What is wrong with the index and with the entries it leads to, one line each."""
        if not self.has_index:
            yield f"has no {INDEX_NAME} as its last entry: clients must search it whole"
            return
        keys = [self._record(number)[:2] for number in range(self._count)]
        if keys != sorted(keys):
            yield f"{INDEX_NAME}: records are not in the order of their digests"
        names = self.names()
        if len(names) != self._count:
            yield f"{INDEX_NAME}: {self._count} records for {len(names)} files"
        for name in names:
            try:
                if self.find(name) is None:
                    yield f"{INDEX_NAME}: no record for {name}"
            except (SourceDataError, UnsupportedError) as error:
                yield str(error)

    def _require_unchanged(self) -> None:
        """Refuse to touch pages of a file that someone made shorter meanwhile."""
        if self._map.size() != self._size:
            raise BackendError(f"{self.path}: was written over while open; rename it in place")

    def _fault(self, reason: str) -> SourceDataError:
        return SourceDataError(reason, where=self.path.name)

    def _record(self, number: int) -> tuple[int, int, int]:
        """Both halves of the digest and the offset in a record of the index."""
        low, high, offset = _KEYED.unpack_from(self._map, self._index_start + number * _KEYED.size)
        return low, high, offset

    def _offset(self, name: str) -> int | None:
        """Place of the local header of a file."""
        key = _KEY.unpack(_digest(name))
        at = bisect.bisect_left(range(self._count), key, key=lambda n: self._record(n)[:2])
        if at == self._count:
            return None
        *found, offset = self._record(at)
        return offset if tuple(found) == key else None

    def _entry(self, offset: int, name: str) -> Entry:
        """What the local header at an offset says, which must be that of a file of this name."""
        header = zip_records.local_header(self._map, offset)
        if header is None or header.name != name:
            raise self._fault(f"{name}: no local header of this name at byte {offset}")
        if header.encrypted:
            raise UnsupportedError(f"{self.path.name}: {name}: encrypted entries are not read")
        crc, stored, size = header.crc, header.stored_size, header.size
        if header.sizes_follow:
            known = self._directory().get(name)
            if known is None:
                raise self._fault(f"{name}: is not in the central directory")
            crc, stored, size = known.CRC, known.compress_size, known.file_size
        if header.start + stored > self._size or (header.method == STORED and stored != size):
            raise self._fault(f"{name}: {stored} bytes at {header.start} of {self._size}")
        return Entry(header.start, stored, size, header.method, crc)

    def _inflated(self, stored: bytes, entry: Entry, name: str) -> bytes:
        """The file of a compressed entry."""
        if entry.method != DEFLATED:
            kind = METHODS.get(entry.method, f"method {entry.method}")
            raise UnsupportedError(
                f"{self.path.name}: {name}: compressed by {kind}; legal: stored, deflate"
            )
        if entry.size > LARGEST_INFLATED:
            raise self._fault(f"{name}: {entry.size} bytes; legal: {LARGEST_INFLATED} or fewer")
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(stored, entry.size + 1)
        except zlib.error as error:
            raise self._fault(f"{name}: deflate: {error}") from error
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise self._fault(f"{name}: inflates to other bytes than stated")
        return data

    def _directory(self) -> dict[str, zipfile.ZipInfo]:
        """Central directory by name: read once, and only where the index does not do."""
        if self._central is None:
            try:
                with zipfile.ZipFile(self.path) as archive:
                    self._central = {each.filename: each for each in archive.infolist()}
            except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
                raise self._fault(f"central directory: {error}") from error
            except OSError as error:
                raise BackendError(f"{self.path}: {error.strerror or error}") from error
            self._central = {n: i for n, i in self._central.items() if not n.endswith("/")}
        return self._central

    def _find_index(self) -> tuple[int, int] | None:
        """Start and number of the index's records; None where the last entry is no index."""
        end = zip_records.directory_end(self._map)
        if end is None:
            raise self._fault("is not a zip file, or it is cut short")
        name, offset = zip_records.last_entry(self._map, end) or ("", 0)
        if name != INDEX_NAME:
            return None
        entry = self._entry(offset, INDEX_NAME)
        if entry.method != STORED or entry.size % _RECORD.size:
            raise self._fault(f"{INDEX_NAME}: {entry.size} bytes are not whole records, stored")
        return entry.start, entry.size // _RECORD.size
