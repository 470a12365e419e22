"""Which of the files that a client sent are models, and which only belong to one."""

from pathlib import Path

from api.jobs.unzip import GROWTH, unpack
from cim.errors import SourceDataError
from cim.plugins import load, names
from cim.reading import reader_for

VECTOR_SUFFIXES = (
    ".geojson", ".geojsonl", ".geojsons", ".gpkg", ".shp", ".fgb", ".kml", ".kmz", ".csv",
    ".topojson", ".parquet", ".tab", ".mif", ".dxf",
)  # fmt: skip
"""Endings of files that GDAL reads by itself, one file each."""

TABLE_SUFFIXES = (".csv", ".tsv", ".psv", ".txt", ".xlsx", ".xlsm", ".ods", ".parquet", ".pq")
"""Endings of files of tables without shapes."""

DRIVERS = frozenset({
    "CSV", "DXF", "ESRI Shapefile", "FlatGeobuf", "GML", "GPKG", "GeoJSON", "GeoJSONSeq", "KML",
    "LIBKML", "MapInfo File", "ODS", "Parquet", "Arrow", "TopoJSON", "XLSX",
})  # fmt: skip
"""Of GDAL, for files of strangers. Others follow what a file says to other files and addresses."""


def environment() -> dict[str, str]:
    """Variables that keep GDAL from the network and from drivers that open other files."""
    import pyogrio  # noqa: PLC0415 - heavy, and only wanted when a job starts

    skipped = sorted(set(pyogrio.list_drivers()) - DRIVERS)
    return {
        "OGR_SKIP": ",".join(skipped),
        "GDAL_SKIP": "",
        "GML_DOWNLOAD_SCHEMA": "NO",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GDAL_HTTP_MAX_RETRY": "0",
    }


def model_files(folder: Path, received: tuple[str, ...], most_bytes: int) -> list[str]:
    """Names in a folder of the files that hold models; zip files in it are unpacked.

    Args:
        folder: With the files.
        received: Their names.
        most_bytes: The largest upload.

    Raises:
        SourceDataError: A zip file cannot be unpacked, or no file is a model.
    """
    files = _unpacked(folder, received, most_bytes)
    suffixes = known_suffixes()
    found = [path for path in files if path.name.lower().endswith(suffixes) and _is_model(path)]
    if not found:
        shown = ", ".join(path.name for path in files[:5]) or "no file"
        raise SourceDataError(
            f"{shown}: no model; legal endings: {', '.join(sorted(suffixes))}", where="upload"
        )
    return [path.relative_to(folder).as_posix() for path in found]


def register_files(folder: Path, received: tuple[str, ...], most_bytes: int) -> list[str]:
    """Names in a folder of the files that hold tables; zip files in it are unpacked.

    Raises:
        SourceDataError: A zip file cannot be unpacked, or no file is a table.
    """
    files = _unpacked(folder, received, most_bytes)
    legal = (*TABLE_SUFFIXES, *VECTOR_SUFFIXES)
    found = [path for path in files if path.name.lower().removesuffix(".gz").endswith(legal)]
    if not found:
        shown = ", ".join(path.name for path in files[:5]) or "no file"
        known = ", ".join(sorted(set(legal)))
        raise SourceDataError(f"{shown}: no table; legal endings: {known}", where="upload")
    return [path.relative_to(folder).as_posix() for path in found]


def _unpacked(folder: Path, received: tuple[str, ...], most_bytes: int) -> list[Path]:
    """The files of a folder, sorted, those of zip files among them."""
    for name in received:
        if name.lower().endswith(".zip"):
            unpack(folder / name, folder / f"{name}.files", GROWTH * most_bytes)
            (folder / name).unlink()
    return sorted(path for path in folder.rglob("*") if path.is_file())


def known_suffixes() -> tuple[str, ...]:
    """Endings of the names of model files, in lower case."""
    packages = ("cim.readers", "cim.pointclouds")
    readers = [load(name, package) for package in packages for name in names(package)]
    return (*VECTOR_SUFFIXES, *(suffix for reader in readers for suffix in reader.suffixes))


def _is_model(path: Path) -> bool:
    """Whether the file is a model by itself: a .json or .xml may be anything."""
    if not path.name.lower().endswith((".json", ".xml")):
        return True
    return bool(reader_for(path).suffixes) or len(list(path.parent.iterdir())) == 1
