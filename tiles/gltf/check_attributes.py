"""Whether the property attributes of a glb, mostly of points, keep the rules.

Source: the extension EXT_structural_metadata, property attributes.
"""

from collections.abc import Iterator
from typing import Any

from tiles.gltf import read
from tiles.gltf.faults import Fault
from tiles.gltf.loose import as_dict, as_list, dicts_of
from tiles.gltf.read import Gltf

COMPONENT_TYPES = {
    "INT8": 5120, "UINT8": 5121, "INT16": 5122, "UINT16": 5123, "FLOAT32": 5126,
}  # fmt: skip
"""Component type of the accessor by that of the property; vertex attributes have no others."""

type Schema = dict[str, Any] | None


def check_property_attributes(gltf: Gltf, schema: Schema) -> Iterator[Fault]:
    """Faults of property attributes and of the primitives that use them."""
    defined = dicts_of(read.structural_metadata(gltf).get("propertyAttributes"))
    if defined and schema is None:
        yield Fault("schema", "property attributes without a schema that can be read")
        return
    classes = as_dict((schema or {}).get("classes"))
    for number, each in enumerate(defined):
        yield from _check_definition(each, classes, number)
    for number, primitive in enumerate(read.primitives(gltf)):
        extension = as_dict(primitive.get("extensions")).get("EXT_structural_metadata")
        for index in as_list(as_dict(extension).get("propertyAttributes")):
            if not isinstance(index, int) or not 0 <= index < len(defined):
                message = f"primitive {number}: property attribute {index!r} does not exist"
                yield Fault("property-attribute", message)
                continue
            yield from _check_use(gltf, primitive, defined[index], schema or {}, number)


def _check_definition(
    defined: dict[str, Any], classes: dict[str, Any], number: int
) -> Iterator[Fault]:
    """The class and its properties exist; attribute names are those of applications."""
    where = f"propertyAttributes[{number}]"
    definition = classes.get(str(defined.get("class")))
    if definition is None:
        yield Fault("property-attribute", f"{where}: class {defined.get('class')!r} unknown")
        return
    properties = as_dict(as_dict(definition).get("properties"))
    columns = as_dict(defined.get("properties"))
    for name in sorted(set(columns) - set(properties)):
        yield Fault("property-attribute", f"{where}: property {name!r} is not in the schema")
    for name, what in properties.items():
        if name not in columns and as_dict(what).get("required"):
            yield Fault("property-attribute", f"{where}: property {name!r} is missing")
    for name, column in columns.items():
        attribute = as_dict(column).get("attribute")
        if not isinstance(attribute, str) or not attribute.startswith("_"):
            message = f"{where}: {name}: attribute {attribute!r}; legal: a name that begins with _"
            yield Fault("property-attribute", message)


def _check_use(
    gltf: Gltf,
    primitive: dict[str, Any],
    defined: dict[str, Any],
    schema: dict[str, Any],
    number: int,
) -> Iterator[Fault]:
    """The primitive has the attributes, of the types that the schema states."""
    classes = as_dict(schema.get("classes"))
    properties = as_dict(as_dict(classes.get(str(defined.get("class")))).get("properties"))
    for name, column in as_dict(defined.get("properties")).items():
        attribute, what = as_dict(column).get("attribute"), as_dict(properties.get(name))
        index = as_dict(primitive.get("attributes")).get(str(attribute))
        where = f"primitive {number}: {name}"
        if index is None:
            yield Fault("property-attribute", f"{where}: attribute {attribute!r} does not exist")
            continue
        if not what:
            continue
        accessor = read.item(gltf, "accessors", index)
        kind, component = _stored(what, schema)
        if accessor.get("type") != kind:
            message = f"{where}: accessor is {accessor.get('type')}, not {kind}"
            yield Fault("property-attribute", message)
        wanted = COMPONENT_TYPES.get(component)
        if wanted is None or accessor.get("componentType") != wanted:
            message = (
                f"{where}: component type {accessor.get('componentType')} of the accessor "
                f"does not hold {component}"
            )
            yield Fault("property-attribute", message)
        if bool(accessor.get("normalized")) != bool(what.get("normalized")):
            yield Fault("property-attribute", f"{where}: normalized here, not there")


def _stored(what: dict[str, Any], schema: dict[str, Any]) -> tuple[str, str]:
    """Type and component type of what an accessor holds; an enum is stored as its values."""
    if what.get("type") != "ENUM":
        return str(what.get("type")), str(what.get("componentType"))
    enum = as_dict(as_dict(schema.get("enums")).get(str(what.get("enumType"))))
    return "SCALAR", str(enum.get("valueType", "UINT16"))
