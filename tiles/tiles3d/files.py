"""The files of a tileset by their names, whether it lies in a folder or in an archive."""

import posixpath
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cim.errors import BackendError, NotFoundError, SourceDataError
from tiles.archive import SUFFIX, Archive
from tiles.publish import STATE_FOLDER, is_immutable

ROOT_DOCUMENT = "tileset.json"


@dataclass(frozen=True, slots=True)
class Files:
    """Files by name: paths relative to the root document's folder, parts parted by `/`."""

    root: str
    """Name of the root document."""

    read: Callable[[str], bytes | None]
    """Bytes of a file, None when there is none."""

    names: Callable[[], list[str]]
    """Names of all files but hidden ones and those that the next build sweeps up by itself."""

    faults: Callable[[], Iterator[str]] = lambda: iter(())
    """What is wrong with the archive they lie in."""


@contextmanager
def open_files(path: Path) -> Iterator[Files]:
    """The files of a tileset.

    Args:
        path: Folder with a `tileset.json`, a tileset document, or a `.3tz` archive.

    Raises:
        NotFoundError: There is no such tileset.
        SourceDataError: The archive cannot be read.
    """
    if path.suffix == SUFFIX and path.is_file():
        with Archive(path) as archive:
            yield Files(ROOT_DOCUMENT, _from_archive(archive), archive.names, archive.faults)
        return
    document = path / ROOT_DOCUMENT if path.is_dir() else path
    if not document.is_file():
        raise NotFoundError(f"{document}: no such tileset")
    base = document.resolve().parent
    yield Files(document.name, _from_folder(base), lambda: _names(base))


def resolve(name: str, uri: object) -> tuple[str, str]:
    """Name of the file at an address, and what is wrong with the address: one of them is empty.

    Args:
        name: Of the file that holds the address.
        uri: The address.
    """
    if not isinstance(uri, str) or not uri:
        return "", f"uri {uri!r}; legal: the relative address of a file"
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        return "", f"{uri}: {error}"
    if parts.scheme or parts.netloc or parts.path.startswith("/") or not parts.path:
        return "", f"{uri}: is not relative"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
    if target.startswith("../") or "\0" in target:
        return "", f"{uri}: leaves the folder of the tileset"
    return target, ""


def _from_archive(archive: Archive) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        entry = archive.find(name)
        return None if entry is None else archive.data(entry, name)

    return read


def _from_folder(base: Path) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        target = (base / name).resolve()
        if not target.is_relative_to(base) or not target.is_file():
            return None
        try:
            return target.read_bytes()
        except OSError as error:
            raise BackendError(f"{name}: {error.strerror or error}") from error

    return read


def _names(base: Path) -> list[str]:
    found = []
    for parent, folders, names in base.walk():
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = [name for name in names if not name.startswith(".")]
        found += [(parent / name).relative_to(base).as_posix() for name in inside]
    swept = (base / STATE_FOLDER).is_dir()
    return sorted(name for name in found if not (swept and is_immutable(name)))


def require(data: bytes | None, name: str) -> bytes:
    """The bytes of a file that must be there.

    Raises:
        SourceDataError: It is not.
    """
    if data is None:
        raise SourceDataError("no such file", where=name)
    return data
