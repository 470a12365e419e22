"""Which reader takes a file."""

from pathlib import Path

from cim.plugins import load, names
from cim.readers.base import Reader

_READERS = "cim.readers"


def reader_for(path: Path) -> Reader:
    """The reader of a file: by the ending of its name and, where formats share it, its content.

    The longest ending wins; a reader that does not claim the file gives way to the next one, and
    the reader of last resort (GDAL) takes the rest, files that do not exist included.
    """
    readers: list[Reader] = [load(name, _READERS) for name in names(_READERS)]
    fitting = sorted(readers, key=lambda reader: _fit(reader, path), reverse=True)
    return next(r for r in fitting if not r.suffixes or (_fit(r, path) and r.claims(path)))


def _fit(reader: Reader, path: Path) -> int:
    """Length of the longest of the reader's endings that the name has, 0 for none."""
    name = path.name.lower()
    return max((len(suffix) for suffix in reader.suffixes if name.endswith(suffix)), default=0)
