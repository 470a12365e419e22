"""What a layer of a GDAL source holds, found out once before it is read."""

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyogrio.raw import open_arrow

from cim.crs import crs_code, parse_crs
from cim.errors import InputError
from cim.readers._encoding import (
    UTF8,
    codec_name,
    guess_encoding,
    stated_encoding,
)
from cim.readers._gdal import choose_layer, dataset_path, gdal_errors, layer_facts
from cim.readers._ids import DATABASES, RULE_DIGEST, candidates, is_permanent
from cim.readers._integrity import check_lines, check_whole
from cim.readers._tables import (
    ColumnTypes,
    as_utf8,
    check_last_line,
    position_columns,
    text_encoding,
)
from cim.readers.base import ReadOptions

_TEXT_TABLES = (".csv", ".tsv", ".psv")
_DBF_SAMPLE = 4 << 20
_FID = "fid"


@dataclass(frozen=True, slots=True)
class LayerSource:
    """A layer and how to read it."""

    path: Path
    dataset: str
    """GDAL's address of the file."""

    layer: str
    layers: tuple[str, ...]
    driver: str
    count: int | None
    crs: str | None
    names: tuple[str, ...]
    """Columns, geometry and row number not among them."""

    has_geometry: bool
    file_encoding: str = UTF8
    """Of the file, where it is turned into UTF-8 before GDAL sees it."""

    text_encoding: str = UTF8
    """Of the text GDAL gives."""

    open_options: tuple[tuple[str, str], ...] = ()
    positions: tuple[str, str] | None = None
    """Columns of a table that hold easting and northing."""

    types: dict[str, pa.DataType] = field(default_factory=dict)
    """Types of a text table's columns that hold numbers."""

    id_column: str | None = None
    """Column of the source ids; `fid` for GDAL's row number, None for digests."""

    id_rule: str = RULE_DIGEST
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Some records as GDAL gives them."""

    fids: pa.Array
    columns: dict[str, pa.Array]
    wkb: pa.Array | None


def inspect(path: Path, options: ReadOptions) -> LayerSource:
    """What the layer holds; kept as long as the file does not change.

    Raises:
        SourceDataError: The file is missing, empty, cut off, or not a vector format; it holds
            several layers and none is chosen, or a table without positions.
        InputError: The options name a layer, column or encoding that does not exist.
    """
    stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
    return _inspect(path, options, stamp)


@lru_cache(maxsize=8)
def _inspect(path: Path, options: ReadOptions, _stamp: tuple[int, int]) -> LayerSource:
    dataset = dataset_path(path)
    check_whole(path)
    file_encoding = UTF8
    notes: tuple[str, ...] = ()
    if is_text_table(path):
        file_encoding, notes = text_encoding(path, options.encoding)
    with ExitStack() as stack:
        if is_text_table(path):
            table = stack.enter_context(as_utf8(path, file_encoding))
            check_last_line(table, str(path))
            dataset = dataset if table == path else str(table)
        source = _opened_layer(path, dataset, options)
        source = replace(source, file_encoding=file_encoding, notes=notes)
        source = _with_text(source, dataset, options)
        source = _with_positions(source, dataset, options)
        return _with_ids(source, dataset, options)


def is_text_table(path: Path) -> bool:
    """Whether the name is that of a text table, packed or not."""
    return path.name.lower().removesuffix(".gz").endswith(_TEXT_TABLES)


def _opened_layer(path: Path, dataset: str, options: ReadOptions) -> LayerSource:
    """The layer as GDAL describes it."""
    layer, layers = choose_layer(dataset, options.layer, str(path))
    quiet = _open_options(path)
    facts = layer_facts(dataset, layer, str(path), **dict(quiet))
    count = None if facts["features"] < 0 else int(facts["features"])
    if facts["driver"] == "GeoJSONSeq":
        check_lines(path, count)
    return LayerSource(
        path=path,
        dataset=dataset,
        layer=layer,
        layers=layers,
        driver=facts["driver"],
        count=count,
        crs=_crs(facts["crs"], options, str(path)),
        names=tuple(str(name) for name in facts["fields"]),
        has_geometry=facts["geometry_type"] is not None,
        open_options=quiet,
    )


def _open_options(path: Path) -> tuple[tuple[str, str], ...]:
    """Options that keep GDAL from guessing and from writing beside the source."""
    if is_text_table(path):
        return (("EMPTY_STRING_AS_NULL", "YES"),)
    return (("WRITE_GFS", "NO"),) if path.name.lower().endswith(".gml") else ()


def _crs(stated: str | None, options: ReadOptions, where: str) -> str | None:
    """CRS of the coordinates: what the user says, else what the file states."""
    if options.crs:
        return crs_code(parse_crs(options.crs))
    return crs_code(parse_crs(stated, where)) if stated else None


def _with_text(source: LayerSource, dataset: str, options: ReadOptions) -> LayerSource:
    """The source with the encoding of its text, which for a shapefile may have to be guessed.

    GDAL drops bytes that are broken in the stated encoding; so it is told to leave the bytes as
    they are (`ENCODING` empty), and they are decoded here, where a broken one can be named.
    """
    if source.driver != "ESRI Shapefile":
        return source
    table = _part(source, ".dbf", _DBF_SAMPLE) or b""
    stated = stated_encoding(_part(source, ".cpg", 64), table[29] if len(table) > 29 else 0)  # noqa: PLR2004 - byte of the dBASE header
    notes = source.notes
    encoding = codec_name(options.encoding) if options.encoding else stated
    if encoding is None:
        encoding = guess_encoding(table) or "iso8859-1"
        if not table.isascii():
            reads = f"encoding: none is declared, the text reads as {encoding.upper()}"
            notes = (*notes, reads)
    facts = layer_facts(dataset, source.layer, str(source.path), encoding=encoding)
    return replace(
        source,
        names=tuple(str(name) for name in facts["fields"]),
        text_encoding=encoding,
        open_options=(*source.open_options, ("ENCODING", "")),
        notes=notes,
    )


def _part(source: LayerSource, suffix: str, limit: int) -> bytes | None:
    """The first bytes of a file that belongs to a shapefile, in a folder or a zip."""
    path = source.path
    if path.suffix.lower() == ".zip":
        return _zipped_part(path, source.layer + suffix, limit)
    beside = path / f"{source.layer}.shp" if path.is_dir() else path
    for part in (beside.with_suffix(suffix), beside.with_suffix(suffix.upper())):
        if part.exists():
            with part.open("rb") as file:
                return file.read(limit)
    return None


def _zipped_part(path: Path, name: str, limit: int) -> bytes | None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if PurePosixPath(member).name.lower() == name.lower():
                with archive.open(member) as file:
                    return file.read(limit)
    return None


def _with_positions(source: LayerSource, dataset: str, options: ReadOptions) -> LayerSource:
    """The source of a table with its position columns, and types where all is text."""
    if not source.has_geometry:
        where = str(source.path)
        source = replace(source, positions=position_columns(source.names, options, where))
    if source.driver != "CSV" or not source.names:
        return source
    types, count = _text_types(source, dataset, options.batch_size)
    return replace(source, types=types, count=count)


def _text_types(
    source: LayerSource, dataset: str, batch_size: int
) -> tuple[dict[str, pa.DataType], int]:
    """Types of a text table's columns, and its number of records.

    The first batch rules out most columns; the whole is read for the rest.
    """
    declared = Path(source.path).with_suffix(".csvt").exists()
    seen = ColumnTypes(() if declared else source.names)
    count = 0
    for batch in raw_batches(source, dataset, batch_size):
        seen.see(batch.columns)
        count = len(batch.fids)
        break
    if count == batch_size:
        count = 0
        for batch in raw_batches(source, dataset, batch_size, columns=seen.open_names()):
            seen.see(batch.columns)
            count += len(batch.fids)
    return seen.found(), count


def _with_ids(source: LayerSource, dataset: str, options: ReadOptions) -> LayerSource:
    """The source with the rule of its ids."""
    if options.id_field is not None:
        if options.id_field not in source.names:
            known = ", ".join(source.names)
            raise InputError(f"{source.path}: no column {options.id_field!r}; known: {known}")
        return replace(source, id_column=options.id_field, id_rule=f"column {options.id_field}")
    if source.driver in DATABASES:
        return replace(source, id_column=_FID, id_rule="row number of the database table")
    for name in candidates(source.names):
        batches = raw_batches(source, dataset, options.batch_size, columns=[name])
        if is_permanent(pa.chunked_array([b.columns[name] for b in batches] or [[]])):
            return replace(source, id_column=name, id_rule=f"column {name}")
    return source


def raw_batches(
    source: LayerSource, dataset: str, batch_size: int, *, columns: list[str] | None = None
) -> Iterator[RawBatch]:
    """Records batch by batch, all columns and the geometry or just some columns, text as bytes.

    Raises:
        SourceDataError: GDAL cannot read on.
    """
    where = str(source.path)
    names = list(source.names) if columns is None else [n for n in source.names if n in columns]
    with ExitStack() as stack:
        with gdal_errors(where):
            _, reader = stack.enter_context(
                open_arrow(
                    dataset,
                    layer=source.layer,
                    columns=None if columns is None else _names_in_file(source, names),
                    read_geometry=source.has_geometry and columns is None,
                    return_fids=True,
                    batch_size=batch_size,
                    use_pyarrow=True,
                    **dict(source.open_options),
                )
            )
        while True:
            with gdal_errors(where):
                batch = next(reader, None)
            if batch is None:
                return
            yield _raw(batch, names)


def _names_in_file(source: LayerSource, names: list[str]) -> list[str]:
    """Column names as GDAL reads them when it is told to leave bytes as they are."""
    if source.text_encoding == UTF8:
        return names
    return [name.encode(source.text_encoding).decode("latin-1") for name in names]


def _raw(batch: pa.RecordBatch, names: list[str]) -> RawBatch:
    """Columns by place: their names may be bytes in an encoding pyarrow does not read."""
    fids, *columns = batch.to_struct_array().flatten()
    wkb = columns.pop() if len(columns) > len(names) else None
    return RawBatch(fids, dict(zip(names, columns, strict=True)), wkb)


@contextmanager
def opened(source: LayerSource) -> Iterator[str]:
    """GDAL's address of a source, for as long as the context lasts."""
    if source.file_encoding == UTF8:
        yield source.dataset
        return
    with as_utf8(source.path, source.file_encoding) as copy:
        yield str(copy)
