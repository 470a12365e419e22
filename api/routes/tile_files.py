"""Files of tilesets, out of folders and out of `.3tz` archives alike.

Small files are read at once, on the event loop: their pages lie in memory and a thread would take
longer to wake than the read takes.
"""

import functools
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from api.routes.files import COMPRESSIBLE, media_type
from cim.errors import CimError, NotFoundError
from tiles.archive import DEFLATED, ROOT_DOCUMENT, STORED, SUFFIX, Archive, Entry

TRUSTED_S = 1.0
"""How long a folder that was found to lie inside is not looked at again."""

KEPT_FOLDERS = 10_000


@dataclass(frozen=True, slots=True)
class TileFile:
    """One file of a tileset, open for sending."""

    key: tuple[object, ...]
    """Equal keys, equal bytes."""

    size: int
    tag: str
    """What tells this content from that of another time, unquoted."""

    media: str
    compressible: bool
    read: Callable[[int, int], bytes]
    """`read(start, length)`: bytes of the file."""

    zipped: Callable[[], bytes] | None = None
    """The file as gzip, where it lies compressed already."""


class Tilesets:
    """The tilesets of a workspace: subfolders, and archives beside them.

    Where both have one name the folder is served; `cim doctor` says so.

    Args:
        folder: `tiles/` of the workspace.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = str(folder)
        self._real = os.path.realpath(folder)
        self._archives: dict[str, tuple[tuple[int, int, int], Archive]] = {}
        self._inside: dict[str, float] = {}

    def names(self) -> list[str]:
        """Names of all tilesets, sorted."""
        folders = {path.parent.name for path in self._folder.glob(f"*/{ROOT_DOCUMENT}")}
        archives = {path.name.removesuffix(SUFFIX) for path in self._folder.glob(f"*{SUFFIX}")}
        return sorted(name for name in folders | archives if is_plain(name))

    def path(self, name: str) -> Path:
        """The folder or archive of a tileset."""
        folder = self._folder / name
        return folder if (folder / ROOT_DOCUMENT).exists() else self._folder / f"{name}{SUFFIX}"

    def root_document(self, name: str) -> bytes:
        """The `tileset.json` of a tileset.

        Raises:
            NotFoundError: There is no such tileset.
            SourceDataError: Its archive cannot be read.
        """
        found = self.file(name, ROOT_DOCUMENT)
        return found.read(0, found.size)

    def file(self, name: str, path: str) -> TileFile:
        """A file by the tileset's name and the path in it.

        Raises:
            NotFoundError: There is none, or the path leads out of the tileset or to a hidden file.
            SourceDataError: The archive cannot be read.
            UnsupportedError: The file lies in the archive in a way this program does not know.
        """
        if not is_plain(name) or not all(is_plain(part) for part in path.split("/")):
            raise missing(name, path)
        # os.path, not pathlib: this runs for every tile
        if not os.path.exists(f"{self._root}/{name}/{ROOT_DOCUMENT}"):  # noqa: PTH110 - speed
            archive = self._archive(name)
            if archive is not None:
                return _from_archive(archive, name, path)
        return self._from_folder(name, path)

    def _from_folder(self, name: str, path: str) -> TileFile:
        full = f"{self._root}/{name}/{path}"
        try:
            status = os.stat(full, follow_symlinks=False)  # noqa: PTH116 - speed
        except (OSError, ValueError):
            raise missing(name, path) from None
        if not stat.S_ISREG(status.st_mode) or not self._holds(full.rpartition("/")[0]):
            raise missing(name, path)
        media, compressible = kind_of(path)
        return TileFile(
            key=(full, status.st_mtime_ns, status.st_size),
            size=status.st_size,
            tag=f"{status.st_mtime_ns:x}-{status.st_size:x}",
            media=media,
            compressible=compressible,
            read=lambda start, length: _read(full, start, length),
            zipped=_twin(full, status.st_mtime_ns) if compressible else None,
        )

    def _holds(self, folder: str) -> bool:
        """Whether a folder lies inside, links followed."""
        now = time.monotonic()
        if self._inside.get(folder, 0.0) > now:
            return True
        real = os.path.realpath(folder)
        if real != self._real and not real.startswith(f"{self._real}/"):
            return False
        if len(self._inside) > KEPT_FOLDERS:
            self._inside.clear()
        self._inside[folder] = now + TRUSTED_S
        return True

    def _archive(self, name: str) -> Archive | None:
        """The open archive of a name; opened again when another file has taken its place."""
        full = f"{self._root}/{name}{SUFFIX}"
        try:
            status = os.stat(full)  # noqa: PTH116 - speed
        except (OSError, ValueError):
            self._archives.pop(name, None)
            return None
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = self._archives.get(name)
        if known is None or known[0] != stamp:
            known = (stamp, Archive(Path(full)))
            self._archives[name] = known
        return known[1]


def is_plain(part: str) -> bool:
    """Whether a part of a path is a name and nothing else: not hidden, no way up."""
    return bool(part) and part[0] != "." and not set(part) & {"\\", "\0", "/"}


def kind_of(path: str) -> tuple[str, bool]:
    """Media type of a file by its name, and whether compressing it may gain."""
    suffix = path[path.rfind(".") :].lower()
    return _MEDIA.get(suffix) or media_type(Path(path)), suffix in COMPRESSIBLE


_MEDIA = {suffix: media_type(Path(f"x{suffix}")) for suffix in (".glb", ".json", ".subtree")}
"""Of the files that tilesets are made of."""


def both(folder: Path) -> Iterator[str]:
    """Names that a folder and an archive share, sorted."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        name = path.name.removesuffix(SUFFIX)
        if (folder / name / ROOT_DOCUMENT).exists():
            yield name


def _from_archive(archive: Archive, name: str, path: str) -> TileFile:
    entry = archive.find(path)
    if entry is None:
        raise missing(name, path)
    media, compressible = kind_of(path)
    tag = f"{entry.crc:08x}-{entry.size:x}"
    return TileFile(
        key=(str(archive.path), path, tag),
        size=entry.size,
        tag=tag,
        media=media,
        compressible=compressible,
        read=_reader(archive, entry, path),
        zipped=_deflated(archive, entry) if entry.method == DEFLATED else None,
    )


def _reader(archive: Archive, entry: Entry, path: str) -> Callable[[int, int], bytes]:
    if entry.method == STORED:
        return lambda start, length: archive.slice(entry.start + start, length)
    inflated = functools.cache(archive.data)
    return lambda start, length: inflated(entry, path)[start : start + length]


def _deflated(archive: Archive, entry: Entry) -> Callable[[], bytes]:
    """The deflated bytes of an entry between a gzip header and trailer (RFC 1952, 2.3)."""

    def read() -> bytes:
        size = (entry.size & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join(
            (
                b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
                archive.slice(entry.start, entry.stored_size),
                entry.crc.to_bytes(4, "little"),
                size,
            )
        )

    return read


def _twin(path: str, modified_ns: int) -> Callable[[], bytes] | None:
    """What reads the gzip file beside a file, None where there is none or it is older."""
    twin = f"{path}.gz"
    try:
        status = os.stat(twin, follow_symlinks=False)  # noqa: PTH116 - speed
    except OSError:
        return None
    sound = stat.S_ISREG(status.st_mode) and status.st_mtime_ns >= modified_ns
    return (lambda: _read(twin, 0, status.st_size)) if sound else None


def _read(path: str, start: int, length: int) -> bytes:
    """Bytes of a file.

    Raises:
        NotFoundError: It is gone.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise NotFoundError(f"no file {path.rpartition('/')[2]!r}") from None
    try:
        return os.pread(descriptor, length, start)
    finally:
        os.close(descriptor)


def missing(name: str, path: str) -> CimError:
    """The error for a file that is not there, or that the caller may not see."""
    return NotFoundError(f"no file {f'{name}/{path}'!r}")
