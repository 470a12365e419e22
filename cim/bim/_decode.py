"""The model from the JSON of the child process."""

from collections.abc import Mapping
from typing import Any

import orjson

from cim.bim.model import (
    Classification,
    GeoFacts,
    Group,
    IfcModel,
    IfcObject,
    IfcType,
    LengthUnit,
    MapConversion,
    MapCrs,
    Measure,
    Quantity,
    Relation,
    SitePlace,
)


def decode_model(text: bytes) -> IfcModel:
    """The model that the child process wrote."""
    data = orjson.loads(text)
    data["unit"] = LengthUnit(**data["unit"])
    data["objects"] = {key: IfcObject(**_entity(one)) for key, one in data["objects"].items()}
    data["types"] = {key: IfcType(**_entity(one)) for key, one in data["types"].items()}
    data["groups"] = tuple(Group(**_tuples(one, "members")) for one in data["groups"])
    data["relations"] = tuple(Relation(**one) for one in data["relations"])
    data["geo"] = _facts(data["geo"])
    data["measures"] = {
        name: {key: Measure(**one) for key, one in several.items()}
        for name, several in data["measures"].items()
    }
    return IfcModel(**_tuples(data, "notes"))


def _entity(one: dict[str, Any]) -> dict[str, Any]:
    one["classifications"] = tuple(Classification(**c) for c in one["classifications"])
    one["quantities"] = {
        name: {key: Quantity(**value) for key, value in several.items()}
        for name, several in one["quantities"].items()
    }
    return (
        _tuples(one, "materials", "position") if "position" in one else _tuples(one, "materials")
    )


def _facts(data: dict[str, Any]) -> GeoFacts:
    conversion, crs = data["conversion"], data["crs"]
    return GeoFacts(
        conversion=None if conversion is None else _conversion(conversion),
        crs=None if crs is None else MapCrs(**crs),
        sites=tuple(map(_site, data["sites"])),
        true_north=_tuple(data["true_north"]),
        world=_tuple(data["world"]),
        points=tuple(tuple(point) for point in data["points"]),
    )  # fmt: skip


def _site(data: dict[str, Any]) -> SitePlace:
    return SitePlace(**_tuples(data, "latitude", "longitude", "origin"))


def _conversion(data: dict[str, Any]) -> MapConversion:
    return MapConversion(**_tuples(data, "axis", "factors"))


def _tuples(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**data, **{name: _tuple(data[name]) for name in names}}


def _tuple(value: list[Any] | None) -> Any:  # noqa: ANN401 - of the length the field states
    return None if value is None else tuple(value)
