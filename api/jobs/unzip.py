"""Archives that clients send: unpacked with suspicion."""

import errno
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cim.errors import BackendError, SourceDataError

MOST_FILES = 100_000
GROWTH = 20
"""A zip file may unpack to so many times the largest upload, not more."""

_PIECE = 1 << 20


def unpack(path: Path, folder: Path, most_bytes: int) -> None:
    """Put the files of a zip file in a folder; directories of the archive stay directories.

    Args:
        path: The zip file.
        folder: A new folder is made here; what stands there is not written over.
        most_bytes: All files together may not take more.

    Raises:
        SourceDataError: It is no zip file, a name leads out of the folder, an entry is a link or
            encrypted, or there is too much in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = list(_entries(archive, path.name))
            if sum(entry.file_size for entry in entries) > most_bytes:
                raise SourceDataError(_too_much(most_bytes), where=path.name)
            left = most_bytes
            for entry in entries:
                left -= _extract(archive, entry, folder / entry.filename, left)
                if left < 0:
                    raise SourceDataError(_too_much(most_bytes), where=path.name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise SourceDataError(f"no zip file that can be read: {error}", where=path.name) from None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EIO, errno.EDQUOT}:
            raise BackendError(f"{folder}: {error.strerror}") from error
        raise SourceDataError(f"{error.strerror}: two paths clash", where=path.name) from None


def _entries(archive: zipfile.ZipFile, where: str) -> Iterator[zipfile.ZipInfo]:
    """The files of an archive, all of them harmless."""
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        reason = f"{len(infos)} files; legal: {MOST_FILES} or fewer"
        raise SourceDataError(reason, where=where)
    seen: set[str] = set()
    for info in infos:
        if info.is_dir():
            continue
        if fault := _fault(info, seen):
            raise SourceDataError(f"{info.filename!r}: {fault}", where=where)
        seen.add(info.filename)
        yield info


def _fault(info: zipfile.ZipInfo, seen: set[str]) -> str:
    """Why an entry is not unpacked, empty for a good one."""
    name = info.filename
    parts = PurePosixPath(name).parts
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not parts or name.startswith("/") or "\\" in name or ":" in parts[0]:
        return "the path is not relative"
    if ".." in name.split("/"):
        return "the path leads out of the archive"
    if kind not in (0, stat.S_IFREG):
        return "is a link or a device"
    if info.flag_bits & 1:
        return "is encrypted"
    return "comes twice" if name in seen else ""


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Write an entry and return its bytes; stops after `most`, whatever the archive states."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as source, target.open("xb") as file:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > most:
                break
            file.write(piece)
    return size


def _too_much(most_bytes: int) -> str:
    return f"unpacks to more than {most_bytes / 1e6:g} MB"
