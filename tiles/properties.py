"""Properties of features in tiles: few, for styling and picking; the rest stays with the API."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim.arrays import Float64
from cim.errors import InputError
from cim.features import FeatureBatch
from tiles.gltf.metadata import Column, Property, TextColumn
from tiles.options import BuildOptions

NO_HEIGHT = -9999.0
NO_TEXT = "-"
"""Not the empty string: a column of nothing else would have no bytes, a buffer view must."""
NAME_FIELDS = ("name", "名称")
PREFIX = "property:"
"""Of the columns that hold properties in the tables between the steps of a build."""

ENTITY_ID = Property("entity_id", "STRING", "实体编码", "Entity id", semantic="ID")
SOURCE_ID = Property("source_id", "STRING", "来源编号", "Source id", semantic="ID")
NAME = Property("name", "STRING", "名称", "Name", semantic="NAME")
CLASS = Property("class", "STRING", "实体类代码", "Entity class")
HEIGHT = Property("height_m", "FLOAT32", "高度(米)", "Height in metres", no_data=NO_HEIGHT)
ORIGINAL_HEIGHT = Property(
    "original_height_m", "FLOAT32", "原始底部高程(米)", "Lowest height in the source, m",
    no_data=NO_HEIGHT,
)  # fmt: skip
HEIGHT_OFFSET = Property(
    "height_offset_m", "FLOAT32", "高程改正量(米)", "Height added to fit the ground, m",
    no_data=NO_HEIGHT,
)  # fmt: skip
CLAMPING = (ORIGINAL_HEIGHT, HEIGHT_OFFSET)
"""Of features that were moved to the ground, see `cim.clamping`."""

CODES = (
    Property("beidou_code", "STRING", "北斗网格码", "BeiDou grid code"),
    Property("h3_code", "STRING", "H3 网格码", "H3 cell"),
    Property("geosot_code", "STRING", "GeoSOT 网格码", "GeoSOT code"),
)


def choose(columns: list[str], options: BuildOptions) -> tuple[Property, ...]:
    """The properties that features with these columns can have."""
    identified = options.id_field in columns
    named = _name_field(columns, options) is not None
    classed = identified or options.class_code is not None
    return (
        ENTITY_ID if identified else SOURCE_ID,
        *([NAME] if named else []),
        *([CLASS] if classed else []),
        HEIGHT,
        *(each for each in CLAMPING if each.name in columns),
        *(code for code in CODES if code.name in columns),
    )


def columns_of(
    batch: FeatureBatch, chosen: tuple[Property, ...], height_m: Float64, options: BuildOptions
) -> dict[str, pa.Array]:
    """A column for each chosen property, by its prefixed name; no nulls."""
    return {
        PREFIX + each.name: _numbers(batch, each, height_m)
        if each.type == HEIGHT.type
        else _texts(batch, each, options)
        for each in chosen
    }


def as_columns(rows: pa.Table, chosen: tuple[Property, ...]) -> tuple[Column, ...]:
    """Property columns of a table as the glTF writer takes them."""
    return tuple(_as_column(rows[PREFIX + each.name]) for each in chosen)


def _name_field(columns: list[str], options: BuildOptions) -> str | None:
    """The column that names features, None when there is none."""
    if options.name_field is not None and options.name_field not in columns:
        raise InputError(f"no column {options.name_field!r}; columns: {', '.join(columns)}")
    found = (name for name in NAME_FIELDS if name in columns)
    return options.name_field or next(found, None)


def _numbers(batch: FeatureBatch, each: Property, height_m: Float64) -> pa.Array:
    """A number property of each feature."""
    table = batch.attributes
    if each is not HEIGHT and each.name in table.column_names:
        height_m = np.asarray(table[each.name].to_numpy(), np.float64)
    elif each is not HEIGHT:
        height_m = np.full(table.num_rows, np.nan)
    return pa.array(np.where(np.isfinite(height_m), height_m, NO_HEIGHT).astype(np.float32))


def _texts(batch: FeatureBatch, each: Property, options: BuildOptions) -> pa.Array:
    """A text property of each feature."""
    table, count = batch.attributes, batch.attributes.num_rows
    if each == SOURCE_ID:
        return _as_text(pa.array(batch.source_ids, pa.string()))
    if each == CLASS and options.class_code is not None:
        return pa.array(np.full(count, options.class_code, object), pa.string())
    if each == CLASS:
        return pc.utf8_slice_codeunits(_column(table, options.id_field), 0, 4)
    if each == NAME:
        return _column(table, str(_name_field(table.column_names, options)))
    return _column(table, options.id_field if each == ENTITY_ID else each.name)


def _column(table: pa.Table, name: str) -> pa.Array:
    """A column as text; all empty when this batch lacks it."""
    if name not in table.column_names:
        return pa.array(np.full(table.num_rows, NO_TEXT, object), pa.string())
    return _as_text(table[name].combine_chunks())


def _as_text(column: pa.Array) -> pa.Array:
    """A column as text, `NO_TEXT` for nulls and empty texts."""
    try:
        text = pc.fill_null(pc.cast(column, pa.string()), NO_TEXT)
        return pc.if_else(pc.equal(text, ""), NO_TEXT, text)
    except pa.ArrowNotImplementedError as error:
        raise InputError(f"a column of type {column.type} cannot be shown as text") from error


def _as_column(column: pa.ChunkedArray) -> Column:
    """One column of a table whose chunks are combined."""
    array = column.chunk(0)
    if not pa.types.is_string(array.type):
        return np.asarray(array.to_numpy(zero_copy_only=False), np.float32)
    _, offsets, values = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    texts = np.frombuffer(values, np.uint8) if values is not None else np.zeros(0, np.uint8)
    return TextColumn(texts[ends[0] : ends[-1]], (ends - ends[0]).astype(np.int64))
