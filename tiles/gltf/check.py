"""Whether a glb keeps the rules of glTF 2.0 and of the extensions that tiles use.

Pure: the bytes of the file and its schema in, faults out. What the Khronos validator checks is
checked there in the tests; here stand the rules whose breach would make a tile wrong or slow, and
those of the extensions that it does not know.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cim.errors import SourceDataError
from tiles.gltf import read
from tiles.gltf.buffers import MESHOPT
from tiles.gltf.check_attributes import check_property_attributes
from tiles.gltf.check_instances import check_instances
from tiles.gltf.check_textures import check_textures
from tiles.gltf.faults import Fault
from tiles.gltf.glb import ALIGNMENT
from tiles.gltf.loose import as_dict
from tiles.gltf.read import Gltf

ARRAY_BUFFER = 34962
PROPERTY_TYPES = (
    "SCALAR", "STRING", "BOOLEAN", "ENUM", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4",
)  # fmt: skip
MESHOPT_MODES = ("ATTRIBUTES", "TRIANGLES", "INDICES")
QUANTIZED = {5120, 5121, 5122, 5123}


type Check = Callable[[Gltf, dict[str, Any] | None], Iterator[Fault]]


def check(gltf: Gltf, schema: dict[str, Any] | None) -> list[Fault]:
    """Faults of a glb, in the order of the checks.

    Args:
        gltf: Of `glb.unpack`.
        schema: Schema of its EXT_structural_metadata, None when it has none that can be read.
    """
    return [fault for each in CHECKS for fault in _guarded(each, gltf, schema)]


def _guarded(each: Check, gltf: Gltf, schema: dict[str, Any] | None) -> list[Fault]:
    """Faults of one check; a part that cannot be read is a fault of the structure."""
    found: list[Fault] = []
    try:
        found.extend(each(gltf, schema))
    except SourceDataError as error:
        found.append(Fault("glb-structure", error.reason))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        found.append(Fault("glb-structure", f"cannot be read: {error}"))
    return found


def _check_asset(gltf: Gltf, _: dict[str, Any] | None) -> Iterator[Fault]:
    version = gltf.document.get("asset", {}).get("version")
    if version != "2.0":
        yield Fault("glb-structure", f"asset.version {version!r}; legal: '2.0'")
    if not read.primitives(gltf):
        yield Fault("empty-content", "no mesh primitive; leave the content out", severe=False)
    used = set(gltf.document.get("extensionsUsed", []))
    if missing := set(gltf.document.get("extensionsRequired", [])) - used:
        yield Fault("extension-declared", f"required but not used: {', '.join(sorted(missing))}")
    if missing := _extensions_found(gltf) - used:
        yield Fault("extension-declared", f"not in extensionsUsed: {', '.join(sorted(missing))}")


def _extensions_found(gltf: Gltf) -> set[str]:
    """Names of the extensions that the document makes use of."""
    found = set(gltf.document.get("extensions", {}))
    for primitive in read.primitives(gltf):
        found |= set(primitive.get("extensions", {}))
        for name in ("POSITION", "NORMAL"):
            index = primitive["attributes"].get(name)
            if index is not None and _component(gltf, index) in QUANTIZED:
                found.add("KHR_mesh_quantization")
    return found


def _check_compression(gltf: Gltf, _: dict[str, Any] | None) -> Iterator[Fault]:
    """Compressed buffer views are declared and say how they are compressed."""
    views = gltf.document.get("bufferViews", [])
    packed = [n for n, view in enumerate(views) if MESHOPT in view.get("extensions", {})]
    if packed and MESHOPT not in gltf.document.get("extensionsUsed", []):
        yield Fault("extension-declared", f"not in extensionsUsed: {MESHOPT}")
    for number in packed:
        stated = views[number]["extensions"][MESHOPT]
        if stated.get("mode") not in MESHOPT_MODES:
            legal = ", ".join(MESHOPT_MODES)
            message = f"bufferViews[{number}]: mode {stated.get('mode')!r}; legal: {legal}"
            yield Fault("compression", message)


def _component(gltf: Gltf, index: object) -> int:
    """Component type of an accessor."""
    return int(read.item(gltf, "accessors", index)["componentType"])


def _check_views(gltf: Gltf, _: dict[str, Any] | None) -> Iterator[Fault]:
    for index, view in enumerate(gltf.document.get("bufferViews", [])):
        read.view_bytes(gltf, index)
        offset, stride = view.get("byteOffset", 0), view.get("byteStride")
        if offset % ALIGNMENT:
            yield Fault("alignment", f"bufferViews[{index}] is not 8-aligned", severe=False)
        if stride is not None and (stride % 4 or not 4 <= stride <= 252):  # noqa: PLR2004 - glTF 5.11.4
            yield Fault(
                "alignment", f"bufferViews[{index}].byteStride {stride}; legal: 4, 8 … 252"
            )
    for index, accessor in enumerate(gltf.document.get("accessors", [])):
        size = np.dtype(read.COMPONENTS.get(accessor["componentType"], "u1")).itemsize
        view = read.item(gltf, "bufferViews", accessor.get("bufferView"))
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        if start % size:
            yield Fault(
                "alignment", f"accessors[{index}] starts at byte {start}, not {size}-aligned"
            )


def _check_primitives(gltf: Gltf, _: dict[str, Any] | None) -> Iterator[Fault]:
    for number, primitive in enumerate(read.primitives(gltf)):
        attributes = primitive["attributes"]
        positions = read.accessor_values(gltf, attributes.get("POSITION"))
        yield from _check_extremes(gltf, attributes["POSITION"], positions)
        for name, index in attributes.items():
            count = len(read.accessor_values(gltf, index))
            if count != len(positions):
                yield Fault(
                    "attribute-count",
                    f"primitive {number}: {name} has {count}, not {len(positions)}",
                )
        if "indices" in primitive:
            highest = int(read.accessor_values(gltf, primitive["indices"]).max())
            if highest >= len(positions):
                yield Fault(
                    "index-range", f"primitive {number}: index {highest} of {len(positions)}"
                )


def _check_extremes(gltf: Gltf, index: int, values: np.ndarray) -> Iterator[Fault]:
    """POSITION accessors state their exact minimum and maximum."""
    accessor = read.item(gltf, "accessors", index)
    if not np.isfinite(values).all():
        yield Fault("position-values", f"accessors[{index}] holds NaN or infinity")
    for name, found in (("min", values.min(axis=0)), ("max", values.max(axis=0))):
        if not np.array_equal(np.asarray(accessor.get(name), np.float64), found):
            yield Fault("position-extremes", f"accessors[{index}].{name} is not {found.tolist()}")


def _check_feature_ids(gltf: Gltf, _: dict[str, Any] | None) -> Iterator[Fault]:
    tables = read.property_tables(gltf)
    for number, primitive in enumerate(read.primitives(gltf)):
        extension = primitive.get("extensions", {}).get("EXT_mesh_features")
        for ids in extension["featureIds"] if extension is not None else ():
            where = f"primitive {number}"
            table = ids.get("propertyTable")
            if table is not None and not 0 <= table < len(tables):
                yield Fault("feature-ids", f"{where}: property table {table} does not exist")
                continue
            rows = ids["featureCount"] if table is None else tables[table]["count"]
            if "attribute" in ids:
                yield from _check_ids(gltf, primitive, ids, rows, where)


def _check_ids(
    gltf: Gltf, primitive: dict[str, Any], ids: dict[str, Any], rows: int, where: str
) -> Iterator[Fault]:
    """The ids of one feature id set lie below the number of rows."""
    name = f"_FEATURE_ID_{ids['attribute']}"
    if name not in primitive["attributes"]:
        yield Fault("feature-ids", f"{where}: attribute {name} does not exist")
        return
    index = primitive["attributes"][name]
    if read.item(gltf, "accessors", index).get("type") != "SCALAR":
        yield Fault("feature-ids", f"{where}: {name} is not SCALAR")
    values = read.accessor_values(gltf, index)
    if values.max() >= rows:
        yield Fault("feature-ids", f"{where}: feature id {values.max()} of {rows} rows")
    if len(np.unique(values)) > ids["featureCount"]:
        yield Fault("feature-ids", f"{where}: more ids than featureCount {ids['featureCount']}")


def _check_property_tables(gltf: Gltf, schema: dict[str, Any] | None) -> Iterator[Fault]:
    tables = read.property_tables(gltf)
    if tables and schema is None:
        yield Fault("schema", "property tables without a schema that can be read")
        return
    if len(tables) > 1:
        message = f"{len(tables)} property tables; CesiumJS styles the first only"
        yield Fault("property-table", message, severe=False)
    for number, table in enumerate(tables):
        definition = (schema or {}).get("classes", {}).get(table.get("class"))
        if definition is None:
            yield Fault("property-table", f"table {number}: class {table.get('class')!r} unknown")
            continue
        yield from _check_columns(gltf, table, definition.get("properties", {}))


def _check_columns(
    gltf: Gltf, table: dict[str, Any], definitions: dict[str, dict[str, Any]]
) -> Iterator[Fault]:
    """Every property of the class is in the table, with the right number of bytes."""
    columns = table.get("properties", {})
    yield from _check_column_alignment(gltf, columns, definitions)
    for name in sorted(set(columns) - set(definitions)):
        yield Fault("property-table", f"property {name!r} is not in the schema")
    for name, definition in definitions.items():
        if name not in columns:
            required = bool(definition.get("required"))
            yield Fault("property-table", f"property {name!r} is missing", severe=required)
            continue
        try:
            _read_column(gltf, columns[name], definition, table["count"])
        except SourceDataError as error:
            yield Fault("property-table", f"property {name!r}: {error.reason}")


def _check_column_alignment(
    gltf: Gltf, columns: dict[str, dict[str, Any]], definitions: dict[str, dict[str, Any]]
) -> Iterator[Fault]:
    """Values and string offsets begin on a multiple of their size."""
    for name, column in columns.items():
        component = read.NUMBER_TYPES.get(as_dict(definitions.get(name)).get("componentType", ""))
        start = read.item(gltf, "bufferViews", column.get("values")).get("byteOffset", 0)
        if component is not None and start % np.dtype(component).itemsize:
            yield Fault("alignment", f"values of {name!r} start at byte {start}")
        if "stringOffsets" in column:
            kind = read.NUMBER_TYPES.get(column.get("stringOffsetType", "UINT32"), "<u4")
            start = read.item(gltf, "bufferViews", column["stringOffsets"]).get("byteOffset", 0)
            if start % np.dtype(kind).itemsize:
                yield Fault("alignment", f"string offsets of {name!r} start at byte {start}")


def _read_column(
    gltf: Gltf, column: dict[str, Any], definition: dict[str, Any], count: int
) -> None:
    """Read a column of a type that tiles use; other types are left to other validators."""
    if definition.get("array"):
        return
    if definition["type"] == "STRING":
        read.texts(gltf, column, count)
    elif definition["type"] == "SCALAR":
        read.numbers(gltf, column, definition["componentType"], count)
    elif definition["type"] == "BOOLEAN":
        read.numbers(gltf, column, "UINT8", -(-count // 8))


def check_schema(schema: dict[str, Any]) -> list[Fault]:
    """Faults of a schema document."""
    faults = [] if isinstance(schema.get("id"), str) else [Fault("schema", "has no id")]
    for name, definition in as_dict(schema.get("classes")).items():
        for each, what in as_dict(as_dict(definition).get("properties")).items():
            faults += _check_property(f"{name}.{each}", as_dict(what))
    return faults


def _check_property(name: str, what: dict[str, Any]) -> Iterator[Fault]:
    """Faults of a class property."""
    if what.get("type") not in PROPERTY_TYPES:
        yield Fault("schema", f"{name}: type {what.get('type')!r} unknown")
    if what.get("type") == "SCALAR" and str(what.get("componentType")) not in read.NUMBER_TYPES:
        yield Fault("schema", f"{name}: componentType is not legal")
    if what.get("required") and "noData" in what:
        yield Fault("schema", f"{name}: required and noData exclude each other")


CHECKS: tuple[Check, ...] = (
    _check_asset,
    _check_compression,
    _check_views,
    _check_primitives,
    _check_feature_ids,
    _check_property_tables,
    check_property_attributes,
    check_textures,
    check_instances,
)
"""In order; each may assume nothing of the others."""
