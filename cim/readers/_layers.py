"""What a layer of a GDAL source holds, found out once before it is read."""

import itertools
import zipfile
from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache
from glob import escape
from pathlib import Path, PurePosixPath

import pyarrow as pa

from cim.crs import named_crs
from cim.errors import InputError
from cim.readers._encoding import (
    UTF8,
    codec_name,
    guess_encoding,
    stated_encoding,
)
from cim.readers._gdal import choose_layer, dataset_path, layer_facts
from cim.readers._ids import DATABASES, candidates, is_permanent
from cim.readers._integrity import check_lines, check_whole
from cim.readers._layer_source import FID, LayerSource, raw_batches
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


def inspect(path: Path, options: ReadOptions) -> LayerSource:
    """What the layer holds; kept as long as the file does not change.

    Raises:
        SourceDataError: The file is missing, empty, cut off, or not a vector format; it holds
            several layers and none is chosen, or a table without positions.
        InputError: The options name a layer, column or encoding that does not exist.
    """
    return _inspect(path, options, _stamp(path))


def _stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of the files a source consists of."""
    whole = path.rglob("*") if path.is_dir() else path.parent.glob(f"{escape(path.stem)}.*")
    facts = [(part.name, part.stat()) for part in whole if part.is_file()]
    return tuple(sorted((name, fact.st_mtime_ns, fact.st_size) for name, fact in facts))


def describe_layer(
    path: Path, options: ReadOptions, open_options: tuple[tuple[str, str], ...] = ()
) -> LayerSource:
    """What a layer holds, without asking for positions and ids: any table will do.

    Args:
        path: No text table; those are read without GDAL.
        options: Layer and encoding.
        open_options: Of GDAL's driver.

    Raises:
        SourceDataError: As `inspect`.
        InputError: As `inspect`.
    """
    dataset = dataset_path(path)
    check_whole(path)
    source = _opened_layer(path, dataset, options, open_options)
    return _with_text(source, dataset, options)


@lru_cache(maxsize=8)
def _inspect(
    path: Path, options: ReadOptions, _files: tuple[tuple[str, int, int], ...]
) -> LayerSource:
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


def _opened_layer(
    path: Path, dataset: str, options: ReadOptions, further: tuple[tuple[str, str], ...] = ()
) -> LayerSource:
    """The layer as GDAL describes it."""
    layer, layers = choose_layer(dataset, options.layer, str(path))
    quiet = (*_open_options(path), *further)
    facts = layer_facts(dataset, layer, str(path), **dict(quiet))
    total = None if facts["features"] < 0 else int(facts["features"])
    if facts["driver"] == "GeoJSONSeq":
        check_lines(path, total)
    names = tuple(str(name) for name in facts["fields"])
    return LayerSource(
        path=path,
        dataset=dataset,
        layer=layer,
        layers=layers,
        driver=facts["driver"],
        count=total,
        crs=_crs(facts["crs"], options, str(path)),
        names=told_apart(names),
        is_renamed=told_apart(names) != names,
        has_geometry=facts["geometry_type"] is not None,
        open_options=quiet,
    )


def told_apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of which none occurs twice."""
    told: dict[str, None] = {}
    for name in names:
        numbered = (f"{name}_{number}" for number in itertools.count(2))
        free = (one for one in itertools.chain([name], numbered) if one not in told)
        told[next(free)] = None
    return tuple(told)


def _open_options(path: Path) -> tuple[tuple[str, str], ...]:
    """Options that keep GDAL from guessing and from writing beside the source."""
    if is_text_table(path):
        return (("EMPTY_STRING_AS_NULL", "YES"),)
    return (("WRITE_GFS", "NO"),) if path.name.lower().endswith(".gml") else ()


def _crs(stated: str | None, options: ReadOptions, where: str) -> str | None:
    """CRS of the coordinates: what the user says, else what the file states."""
    if options.crs:
        return named_crs(options.crs)
    return named_crs(stated, where) if stated else None


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
        names=told_apart(tuple(str(name) for name in facts["fields"])),
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
        return replace(source, id_column=FID, id_rule="row number of the database table")
    for name in candidates(source.names):
        batches = raw_batches(source, dataset, options.batch_size, columns=[name])
        if is_permanent(pa.chunked_array([b.columns[name] for b in batches] or [[]])):
            return replace(source, id_column=name, id_rule=f"column {name}")
    return source
