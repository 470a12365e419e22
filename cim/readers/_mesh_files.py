"""Files of mesh formats: the encoding of text, and what lies beside a file."""

from pathlib import Path

from cim.errors import SourceDataError
from cim.readers._encoding import guess_encoding
from cim.readers._pictures import Pictures


def encoding_of(path: Path) -> str:
    """Encoding of a text file: UTF-8 where that fits, else what it reads like.

    Raises:
        SourceDataError: The file is not text.
    """
    data = path.read_bytes()
    if b"\x00" in data:
        raise SourceDataError("is not text, as its ending says", where=str(path))
    try:
        data.decode()
    except UnicodeDecodeError:
        return guess_encoding(data) or "latin-1"
    return "utf-8-sig"


def beside(source: Path, name: str) -> tuple[Path | None, str]:
    """The file that a source names in its own folder or below, or None and what is wrong."""
    found = Pictures(source.parent).find(name)
    return (found, "") if isinstance(found, Path) else (None, f"{name!r}: {found}")
