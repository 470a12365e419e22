"""FlatGeobuf: quick to write and to read, with a spatial index when it is a whole file.

Source: FlatGeobuf 3.0. Memory grows by some fifty bytes a feature while the index is made.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import shapely

from api.ogc.formats import _gdal
from api.ogc.formats._spool import spooled
from api.ogc.formats.base import Export, Format
from cim.errors import UnsupportedError
from cim.features import FeatureBatch
from cim.geometry import MIXED


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

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`.

        An index sorts the features along a curve. Pages go without one, in the order that was
        asked for, and so do files with a feature that is nowhere, which an index cannot hold.
        """
        return spooled(f"{export.layer.name}{self.suffix}", lambda path: _write(path, export))


def _write(path: Path, given: Export) -> None:
    export = given
    if given.layer.has_z and given.representation.geometry:
        export = replace(given, read=lambda: _with_heights(given))
    if export.frame is None and export.representation.geometry:
        try:
            _gdal.write(path, export, "FlatGeobuf", _options(export, "YES"), refuse_unplaced=True)
        except _gdal.UnplacedError:
            path.unlink(missing_ok=True)
        else:
            return
    _gdal.write(path, export, "FlatGeobuf", _options(export, "NO"))


def _with_heights(export: Export) -> Iterator[FeatureBatch]:
    """The features, all with heights: 0 where there is none, as one file has one dimension.

    Raises:
        UnsupportedError: Types are mixed; GDAL writes such files without heights.
    """
    for batch in export.read():
        has_z = shapely.has_z(batch.geometry)
        if export.layer.geometry_type == MIXED and has_z.any():
            raise UnsupportedError(
                f"layer {export.layer.name!r} has heights on geometries of several types; "
                "FlatGeobuf cannot hold them, GeoPackage and GeoParquet can"
            )
        flat = ~has_z & ~shapely.is_missing(batch.geometry)
        raised = batch.geometry.copy()
        raised[flat] = shapely.force_3d(raised[flat])
        yield replace(batch, geometry=raised)


def _options(export: Export, index: str) -> Mapping[str, str]:
    return {"SPATIAL_INDEX": index, "TITLE": export.title, "DESCRIPTION": export.layer.authority}


PLUGIN: Format = FlatGeobuf()
