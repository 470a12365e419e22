"""GeoPackage: one layer with its R-tree, its titles and the titles of its columns.

Source: OGC 12-128r18 (GeoPackage 1.3), clauses 2.1, 3.1.3 (R-tree) and F.9 (schema).
"""

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from api.ogc.formats import _columns, _gdal
from api.ogc.formats._spool import spooled
from api.ogc.formats.base import ROW, Export, Format

OPTIONAL = 2
"""Value of `gpkg_geometry_columns.z`: some geometries have heights, others none."""


@dataclass(frozen=True, slots=True)
class GeoPackage:
    """See `Format`."""

    media_type: str = "application/geopackage+sqlite3"
    suffix: str = ".gpkg"
    is_paged: bool = False
    is_text: bool = False

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "GeoPackage", "en": "GeoPackage"}

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`."""
        return spooled(f"{export.layer.name}{self.suffix}", lambda path: _write(path, export))


def _write(path: Path, export: Export) -> None:
    options = {
        "FID": ROW,
        "GEOMETRY_NAME": _columns.free_name("geom", tuple(f.name for f in export.fields)),
        "IDENTIFIER": export.layer.name,
        "DESCRIPTION": export.title,
    }
    _gdal.write(path, export, "GPKG", options)
    with closing(sqlite3.connect(path)) as connection, connection:
        if export.layer.has_z:
            connection.execute("UPDATE gpkg_geometry_columns SET z = ?", (OPTIONAL,))


PLUGIN: Format = GeoPackage()
