"""Data sources as GDAL opens them: their address, their layers, and GDAL's errors in one line."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

from cim.errors import InputError, SourceDataError
from cim.warned import kept

ZIPPED_FORMATS = (
    ".csv", ".fgb", ".geojson", ".geojsonl", ".gml", ".gpkg", ".json", ".kml", ".shp", ".sqlite",
    ".tab", ".xlsx",
)  # fmt: skip
"""Endings of members of a .zip that are taken for data sources."""

_GDAL_ERRORS = (
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    OSError,
    UnicodeDecodeError,
    pa.ArrowException,
)
_NOISE = re.compile(
    r"; It might help.*|; In file [^;]*?, at line \d+|, and is not recognized as a supported.*"
)
_CHUNK = 1 << 20


def dataset_path(path: Path) -> str:
    """GDAL's address of a file or folder, through `.gz` and `.zip`.

    Raises:
        SourceDataError: There is no such file, it is empty, or its packing is damaged; or a .zip
            holds no data source or several.
    """
    if not path.exists():
        raise SourceDataError("no such file", where=str(path))
    if path.is_dir():
        return str(path)
    if path.stat().st_size == 0:
        raise SourceDataError("the file is empty (0 bytes)", where=str(path))
    if path.suffix.lower() == ".gz":
        check_gzip(path)
        return f"/vsigzip/{path.absolute()}"
    return _zipped(path) if path.suffix.lower() == ".zip" else str(path)


def check_gzip(path: Path) -> None:
    """Unpack a .gz to nowhere, which checks its length and its checksum.

    Raises:
        SourceDataError: It is cut off, damaged, or not gzip at all.
    """
    try:
        with gzip.open(path) as stream:
            while stream.read(_CHUNK):
                pass
    except EOFError as error:
        raise SourceDataError("the gzip file is cut off", where=str(path)) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceDataError(f"the gzip file is damaged: {error}", where=str(path)) from error


def _zipped(path: Path) -> str:
    """Address of the one data source in a .zip; of all shapefiles in it, as layers of one."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            members = [name for name in archive.namelist() if _is_source(name)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceDataError(f"the zip file cannot be read: {error}", where=str(path)) from error
    if damaged:
        raise SourceDataError(f"the zip file is damaged in {damaged}", where=str(path))
    folders = {str(PurePosixPath(name).parent) for name in members}
    if members and len(folders) == 1 and all(name.lower().endswith(".shp") for name in members):
        return f"/vsizip/{path.absolute()}/{folders.pop()}".removesuffix("/.")
    if len(members) != 1:
        found = ", ".join(sorted(members)) or "none"
        known = " ".join(ZIPPED_FORMATS)
        reason = f"a zip must hold one data source ({known}); this one holds: {found}"
        raise SourceDataError(reason, where=str(path))
    return f"/vsizip/{path.absolute()}/{members[0]}"


def _is_source(name: str) -> bool:
    hidden = "__MACOSX" in name or PurePosixPath(name).name.startswith(".")
    return name.lower().endswith(ZIPPED_FORMATS) and not hidden


@contextmanager
def gdal_errors(where: str) -> Iterator[list[str]]:
    """Turn GDAL's errors into one line; gives the list its warnings are added to.

    Raises:
        SourceDataError: GDAL cannot read the source.
    """
    told: list[str] = []
    with kept(RuntimeWarning, UserWarning) as caught:
        try:
            yield told
        except _GDAL_ERRORS as error:
            raise SourceDataError(_one_line(error), where=where) from error
        finally:
            told.extend(dict.fromkeys(_NOISE.sub("", str(one.message)) for one in caught))


def _one_line(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"text is not {error.encoding}: {error.reason}; name its encoding"
    text = _NOISE.sub("", " ".join(str(error).split()))
    if "not recognized as being in a supported file format" in text:
        return "not a vector format that GDAL reads, or damaged at its beginning"
    return f"GDAL cannot read it: {text.rstrip('.')}"


def choose_layer(dataset: str, layer: str | None, where: str) -> tuple[str, tuple[str, ...]]:
    """The layer to read, and the names of all.

    Raises:
        InputError: `layer` is not among them.
        SourceDataError: There is none, or several and `layer` is None.
    """
    with gdal_errors(where):
        names = tuple(str(name) for name, _ in pyogrio.list_layers(dataset))
    if not names:
        raise SourceDataError("holds no layer", where=where)
    if layer is None and len(names) > 1:
        reason = f"holds {len(names)} layers; choose one with --source-layer: {', '.join(names)}"
        raise SourceDataError(reason, where=where)
    if layer is not None and layer not in names:
        raise InputError(f"{where}: no layer {layer!r}; known: {', '.join(names)}")
    return layer or names[0], names


def layer_facts(dataset: str, layer: str, where: str, **open_options: str) -> dict[str, Any]:
    """What GDAL knows of a layer, without counting slowly."""
    with gdal_errors(where):
        facts: dict[str, Any] = pyogrio.read_info(dataset, layer=layer, **open_options)
    return facts
