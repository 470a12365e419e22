"""Which format a table has, and how it is opened."""

from pathlib import Path

from cim.errors import SourceDataError
from cim.tables.base import Table, TableOptions

PARQUET_SUFFIXES = (".parquet", ".pq", ".geoparquet")
TEXT_SUFFIXES = (".csv", ".tsv", ".psv", ".txt")


def open_table(path: Path, options: TableOptions | None = None) -> Table:
    """A table: text with delimiters, Parquet, or whatever GDAL reads, XLSX among it.

    Raises:
        SourceDataError: The file is missing, empty, cut off, of no known format, or its encoding
            cannot be told; or it holds several layers and none is chosen.
        InputError: The options name a layer or an encoding that does not exist.
    """
    given = options or TableOptions()
    _require_file(path)
    name = path.name.lower().removesuffix(".gz")
    if path.is_file() and name.endswith(TEXT_SUFFIXES):
        from cim.tables._delimited import open_delimited  # noqa: PLC0415 - loads GDAL

        return open_delimited(path, given)
    if name.endswith(PARQUET_SUFFIXES) and path.is_file():
        from cim.tables._parquet import open_parquet  # noqa: PLC0415 - loads GDAL

        return open_parquet(path, given)
    from cim.tables._gdal import open_layer  # noqa: PLC0415 - loads GDAL

    return open_layer(path, given)


def _require_file(path: Path) -> None:
    """Refuse what is not there, or empty.

    Raises:
        SourceDataError: It is.
    """
    if not path.exists():
        raise SourceDataError("no such file", where=str(path))
    if path.is_file() and path.stat().st_size == 0:
        raise SourceDataError("the file is empty (0 bytes)", where=str(path))
