"""Files that GDAL writes, fed with Arrow batches so that memory stays flat."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from api.ogc.formats import _columns, _shapes
from api.ogc.formats.base import Export
from cim.errors import SourceDataError
from cim.features import FeatureBatch

GEOMETRY = "geometry"


class UnplacedError(Exception):
    """A feature has no geometry, and the file cannot be indexed with it."""


def write(
    path: Path,
    export: Export,
    driver: str,
    options: Mapping[str, str],
    *,
    refuse_unplaced: bool = False,
) -> None:
    """Write the features into one layer of a new file.

    The layer has heights if the store's layer may have some.

    Raises:
        UnplacedError: A feature has no geometry and `refuse_unplaced` says that it must.
        SourceDataError: GDAL refuses a feature.
    """
    import pyogrio  # noqa: PLC0415 - a fifth of a second that a server starts without
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError  # noqa: PLC0415

    name = _columns.free_name(GEOMETRY, tuple(field.name for field in export.fields))
    schema = _columns.schema(export)
    if export.representation.geometry:
        schema = schema.append(pa.field(name, pa.binary()))
    batches = _records(export, schema, refuse_unplaced=refuse_unplaced)
    faults: list[Exception] = []
    stream = pa.RecordBatchReader.from_batches(schema, _watched(batches, faults))
    try:
        pyogrio.write_arrow(
            stream,
            path,
            layer=export.layer.name,
            driver=driver,
            layer_options=dict(options),
            **_geometry_arguments(export, name),
        )
    except (DataLayerError, DataSourceError, FeatureError, RuntimeError, OSError) as error:
        if faults:
            raise faults[0] from error
        raise SourceDataError(
            f"{driver} cannot hold it: {error}", where=export.layer.name
        ) from error


def _geometry_arguments(export: Export, name: str) -> dict[str, str]:
    if not export.representation.geometry:
        return {}
    kind = _shapes.GDAL_TYPES.get(export.layer.geometry_type, "Unknown")
    return {
        "geometry_name": name,
        "geometry_type": f"{kind} Z" if export.layer.has_z else kind,
        "crs": _shapes.system_of(export.crs).to_wkt(),
    }


def _watched(
    batches: Iterator[pa.RecordBatch], faults: list[Exception]
) -> Iterator[pa.RecordBatch]:
    """The batches; GDAL turns what is raised here into words, so it is kept for the caller."""
    try:
        yield from batches
    except Exception as error:
        faults.append(error)
        raise


def _records(
    export: Export, schema: pa.Schema, *, refuse_unplaced: bool
) -> Iterator[pa.RecordBatch]:
    for batch in export.read():
        columns = _columns.columns(batch, export)
        if export.representation.geometry:
            columns.append(_geometry(batch, export, refuse_unplaced=refuse_unplaced))
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _geometry(batch: FeatureBatch, export: Export, *, refuse_unplaced: bool) -> pa.Array:
    shapes = _shapes.moved(batch, export.representation)
    if refuse_unplaced and not _shapes.placed(shapes).all():
        raise UnplacedError
    return pa.array(_shapes.wkb(shapes), pa.binary())
