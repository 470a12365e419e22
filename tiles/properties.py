"""Properties of features in tiles: few, for styling and picking; the rest stays with the API."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim.arrays import Float64
from cim.entities.classes import CLASSES
from cim.errors import InputError
from cim.features import FeatureBatch
from tiles import property_types
from tiles.bim.properties import MODEL_PROPERTIES
from tiles.gltf.metadata import Choice, Column, Property, TextColumn
from tiles.options import BuildOptions
from tiles.property_types import NO_TEXT

NO_HEIGHT = -9999.0
NAME_FIELDS = ("name", "名称")
PREFIX = "property:"
"""Of the columns that hold properties in the tables between the steps of a build."""

ENTITY_ID = Property("entity_id", "STRING", "实体编码", "Entity id", semantic="ID")
SOURCE_ID = Property("source_id", "STRING", "来源编号", "Source id", semantic="ID")
NAME = Property("name", "STRING", "名称", "Name", semantic="NAME")
ADDRESS_CODE = Property("address_code", "STRING", "地址编码", "Address code")
HEIGHT = Property(
    "height_m", "FLOAT32", "高度(米)", "Height in metres", no_data=NO_HEIGHT, unit="metre"
)
ORIGINAL_HEIGHT = Property(
    "original_height_m", "FLOAT32", "原始底部高程(米)", "Lowest height in the source, m",
    no_data=NO_HEIGHT, unit="metre",
)  # fmt: skip
HEIGHT_OFFSET = Property(
    "height_offset_m", "FLOAT32", "高程改正量(米)", "Height added to fit the ground, m",
    no_data=NO_HEIGHT, unit="metre",
)  # fmt: skip
CLAMPING = (ORIGINAL_HEIGHT, HEIGHT_OFFSET)
"""Of features that were moved to the ground, see `cim.clamping`."""

CODES = {
    "beidou": Property("beidou_code", "STRING", "北斗网格码", "BeiDou grid code"),
    "h3": Property("h3_code", "STRING", "H3 网格码", "H3 cell"),
    "geosot": Property("geosot_code", "STRING", "GeoSOT 网格码", "GeoSOT code"),
}
"""By the names of `tiles.options.GRID_CODES`."""

_CLASS_CHARACTERS = 4
_LEGAL_ID = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
"""What the 3D Metadata Specification allows as the id of a property (clause 9.2)."""


def choose(
    columns: Mapping[str, str] | Sequence[str], options: BuildOptions
) -> tuple[Property, ...]:
    """The properties that features with these columns can have.

    Args:
        columns: Kind of each column by its name, see `tiles.property_types`; names alone where
            `options.properties` names none of them.
        options: Which columns hold ids and names, and which others to take.

    Raises:
        InputError: A named column does not exist or holds what tiles cannot.
    """
    names = list(columns)
    identified = options.id_field in names
    classed = identified or options.class_code is not None
    model = [each for each in MODEL_PROPERTIES if (each.column or each.name) in names]
    usual = (
        ENTITY_ID if identified else SOURCE_ID,
        *(model if options.modelling is not None else []),
        *([NAME] if _name_field(names, options) is not None else []),
        *([_class_property(options)] if classed else []),
        HEIGHT,
        *(each for each in (*CLAMPING, ADDRESS_CODE) if each.name in names),
        *(CODES[each] for each in CODES if each in options.codes and CODES[each].name in names),
    )
    kinds = columns if isinstance(columns, Mapping) else dict.fromkeys(names, "string")
    taken = {each.name for each in usual}
    return (*usual, *_further(kinds, taken, options.properties))


def columns_of(
    batch: FeatureBatch, chosen: tuple[Property, ...], height_m: Float64, options: BuildOptions
) -> dict[str, pa.Array]:
    """A column for each chosen property, by its prefixed name; no nulls."""
    return {PREFIX + each.name: _column(batch, each, height_m, options) for each in chosen}


def as_columns(rows: pa.Table, chosen: tuple[Property, ...]) -> tuple[Column, ...]:
    """Property columns of a table as the glTF writer takes them."""
    return tuple(_as_column(rows[PREFIX + each.name]) for each in chosen)


def _name_field(columns: Sequence[str], options: BuildOptions) -> str | None:
    """The column that names features, None when there is none."""
    if options.name_field is not None and options.name_field not in columns:
        raise InputError(f"no column {options.name_field!r}; columns: {', '.join(columns)}")
    found = (name for name in NAME_FIELDS if name in columns)
    return options.name_field or next(found, None)


def _class_property(options: BuildOptions) -> Property:
    """The class of features: the known ones, and the one that is stated."""
    known = [Choice(each.code, each.title_zh, each.title_en) for each in CLASSES.values()]
    stated = options.class_code
    if stated is not None and stated not in CLASSES:
        known.append(Choice(stated))
    choices = (Choice(NO_TEXT), *known)
    return Property("class", "ENUM", "实体类代码", "Entity class", choices=choices)


def _further(
    kinds: Mapping[str, str], taken: set[str], wanted: Sequence[str]
) -> tuple[Property, ...]:
    """Further columns that the user asks for, with their own types."""
    found: list[Property] = []
    for number, name in enumerate(dict.fromkeys(wanted)):
        if name not in kinds:
            raise InputError(f"no column {name!r}; columns: {', '.join(kinds)}")
        legal = _LEGAL_ID.fullmatch(name) and name not in taken
        kind, nothing = property_types.property_type(kinds[name], name)
        own = name if legal else f"attribute_{number + 1}"
        if name not in taken:
            found.append(Property(own, kind, name, name, no_data=nothing, column=name))
    return tuple(found)


def _column(
    batch: FeatureBatch, each: Property, height_m: Float64, options: BuildOptions
) -> pa.Array:
    """The values of a property of each feature."""
    table = batch.attributes
    if each == HEIGHT:
        return property_types.numbers(pa.array(height_m), each)
    if each == SOURCE_ID:
        return property_types.texts(pa.array(batch.source_ids, pa.string()))
    if each.name == "class" and each.choices:
        return _classes(table, each, options)
    name = each.column or each.name
    if each == NAME:
        name = str(_name_field(table.column_names, options))
    elif each == ENTITY_ID:
        name = options.id_field
    if name not in table.column_names:
        return property_types.nothing(each, table.num_rows)
    return property_types.values(table[name].combine_chunks(), each)


def _classes(table: pa.Table, each: Property, options: BuildOptions) -> pa.Array:
    """Places of the classes of features among the choices."""
    names = [choice.name for choice in each.choices]
    if options.class_code is not None:
        place = names.index(options.class_code)
        return pa.array(np.full(table.num_rows, place, np.uint8))
    if options.id_field not in table.column_names:
        return pa.array(np.zeros(table.num_rows, np.uint8))
    ids = property_types.texts(table[options.id_field].combine_chunks())
    codes = pc.utf8_slice_codeunits(ids, 0, _CLASS_CHARACTERS)
    places = pc.index_in(codes, pa.array(names))
    return pc.cast(pc.fill_null(places, 0), pa.uint8())


def _as_column(column: pa.ChunkedArray) -> Column:
    """One column of a table whose chunks are combined."""
    array = column.chunk(0)
    if not pa.types.is_string(array.type):
        return np.asarray(array.to_numpy(zero_copy_only=False))
    _, offsets, values = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    texts = np.frombuffer(values, np.uint8) if values is not None else np.zeros(0, np.uint8)
    return TextColumn(texts[ends[0] : ends[-1]], (ends - ends[0]).astype(np.int64))
