"""What a model says of its objects, types and groups, as the JSON that a store keeps."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from cim.bim._wire import to_json
from cim.bim.model import Group, IfcModel, IfcObject, IfcType, Measures, Properties, Quantities

TEXTS: Final = ("name", "long_name", "description", "object_type", "predefined_type", "tag")


def object_document(model: IfcModel, one: IfcObject) -> dict[str, Any]:
    """What the file says of an object; what its type says stands with the type."""
    texts = {name: getattr(one, name) for name in TEXTS}
    return {
        "attributes": {name: text for name, text in texts.items() if text is not None},
        "elevation_m": one.elevation_m,
        "type": one.type,
        "materials": list(one.materials),
        "classifications": [_plain(found) for found in one.classifications],
        "psets": _sets(one.psets, model.measures),
        "quantities": _quantities(one.quantities),
    }


def type_document(model: IfcModel, one: IfcType) -> dict[str, Any]:
    """What the file says of a type."""
    return {
        "global_id": one.global_id,
        "ifc_class": one.ifc_class,
        "name": one.name,
        "predefined_type": one.predefined_type,
        "materials": list(one.materials),
        "classifications": [_plain(found) for found in one.classifications],
        "psets": _sets(one.psets, model.measures),
        "quantities": _quantities(one.quantities),
    }


def group_document(model: IfcModel, one: Group) -> dict[str, Any]:
    """What the file says of a zone, system or group; its members are relations."""
    return {
        "global_id": one.global_id,
        "ifc_class": one.ifc_class,
        "name": one.name,
        "long_name": one.long_name,
        "psets": _sets(one.psets, model.measures),
    }


def text_of(document: Mapping[str, Any]) -> str:
    """The JSON of a document; what JSON cannot hold becomes text that it can."""
    return to_json(dict(document)).decode()


def read_document(text: str) -> dict[str, Any]:
    """A document from its JSON."""
    found: dict[str, Any] = orjson.loads(text)
    return found


def _sets(psets: Properties, measures: Measures) -> dict[str, dict[str, dict[str, Any]]]:
    """Values by name by name of the set, each with its IFC type and unit."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, values in psets.items():
        kinds = measures.get(name, {})
        found[name] = {}
        for key, value in values.items():
            kind = kinds.get(key)
            entry = {"value": value, "type": kind.type if kind else None}
            found[name][key] = entry | ({"unit": kind.unit} if kind and kind.unit else {})
    return found


def _quantities(quantities: Quantities) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        name: {key: {"value": one.value, "unit": one.unit} for key, one in several.items()}
        for name, several in quantities.items()
    }


def _plain(classification: object) -> dict[str, str]:
    names = ("system", "code", "name")
    return {name: str(getattr(classification, name)) for name in names}
