"""FlatGeobuf: quick to write and to read, with a spatial index when it is a whole file.

Source: FlatGeobuf 3.0. Memory grows by some fifty bytes a feature while the index is made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.ogc.formats import _gdal
from api.ogc.formats._spool import spooled
from api.ogc.formats.base import Export, Format


@dataclass(frozen=True, slots=True)
class FlatGeobuf:
    """See `Format`."""

    media_type: str = "application/flatgeobuf"
    suffix: str = ".fgb"
    is_paged: bool = False
    is_text: bool = False

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "FlatGeobuf", "en": "FlatGeobuf"}

    def stream(self, export: Export) -> Iterator[bytes]:
        """See `Format.stream`.

        An index sorts the features along a curve. Pages go without one, in the order that was
        asked for, and so do files with a feature that is nowhere, which an index cannot hold.
        """
        return spooled(f"{export.layer.name}{self.suffix}", lambda path: _write(path, export))


def _write(path: Path, export: Export) -> None:
    if export.frame is None and export.representation.geometry:
        try:
            _gdal.write(path, export, "FlatGeobuf", _options(export, "YES"), refuse_unplaced=True)
        except _gdal.UnplacedError:
            path.unlink(missing_ok=True)
        else:
            return
    _gdal.write(path, export, "FlatGeobuf", _options(export, "NO"))


def _options(export: Export, index: str) -> Mapping[str, str]:
    return {"SPATIAL_INDEX": index, "TITLE": export.title, "DESCRIPTION": export.layer.authority}


PLUGIN: Format = FlatGeobuf()
