"""Which reader takes a file."""

from pathlib import Path

from cim.errors import UnsupportedError
from cim.plugins import load, names
from cim.pointclouds.base import PointReader
from cim.readers.base import Reader

_READERS = "cim.readers"
_POINT_READERS = "cim.pointclouds"
_TABLES = frozenset({".csv"})
"""Endings of files that may be read as points of a cloud or as features, as the user asks."""


def reader_for(path: Path) -> Reader:
    """The reader of a file: by the ending of its name and, where formats share it, its content.

    The longest ending wins; a reader that does not claim the file gives way to the next one, and
    the reader of last resort (GDAL) takes the rest, files that do not exist included.

    Raises:
        UnsupportedError: The file is a point cloud, which holds no features.
    """
    named = _namesake(path)
    if named is not None:
        return named
    if path.suffix.lower() not in _TABLES and point_reader_for(path) is not None:
        raise UnsupportedError(
            f"{path.name} is a point cloud and holds no features; "
            f"cim tiles build {path.name} -o FOLDER makes 3D Tiles of it"
        )
    readers: list[Reader] = [load(name, _READERS) for name in names(_READERS)]
    fitting = sorted(readers, key=lambda reader: _fit(reader, path), reverse=True)
    return next(r for r in fitting if not r.suffixes or (_fit(r, path) and r.claims(path)))


def point_reader_for(path: Path) -> PointReader | None:
    """The reader of a point cloud, None when the file is none."""
    readers: list[PointReader] = [load(n, _POINT_READERS) for n in names(_POINT_READERS)]
    return next((r for r in readers if _fit(r, path) and r.claims(path)), None)


def _namesake(path: Path) -> Reader | None:
    """The reader that the ending is named after, if that is all of the name's endings.

    No other one can fit better then, and those of other formats, with all that they import, need
    not be loaded.
    """
    ending = "".join(path.suffixes).lower()
    for name in names(_READERS):
        if ending.startswith(f".{name}"):
            reader: Reader = load(name, _READERS)
            if _fit(reader, path) == len(ending) and reader.claims(path):
                return reader
    return None


def _fit(reader: Reader | PointReader, path: Path) -> int:
    """Length of the longest of the reader's endings that the name has, 0 for none."""
    name = path.name.lower()
    return max((len(suffix) for suffix in reader.suffixes if name.endswith(suffix)), default=0)
