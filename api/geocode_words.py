"""Answers of the geocoder in GeocodeJSON and in the words of other geocoders.

Source: GeocodeJSON 0.1.0 (draft of 2016), for `geocoding` and `properties.geocoding`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from geocode.city import Nearby, Searched, Suggested
from geocode.model import LEVEL_OF_KIND, Level
from geocode.result import Result

TYPES: Final[Mapping[Level, str]] = {
    Level.ROOM: "house",
    Level.FLOOR: "house",
    Level.UNIT: "house",
    Level.BUILDING: "house",
    Level.DOORPLATE: "house",
    Level.POI: "house",
    Level.ESTATE: "locality",
    Level.ROAD: "street",
    Level.COMMUNITY: "locality",
    Level.STREET: "district",
    Level.DISTRICT: "district",
    Level.CITY: "city",
    Level.PROVINCE: "state",
}
"""`type` of GeocodeJSON, the nearest to each level."""

_ADMIN: Final = {"province": "level4", "city": "level5", "county": "level6", "township": "level8",
                 "community": "level10"}  # fmt: skip


def collection(found: Searched, query: str) -> dict[str, Any]:
    """A search as a GeocodeJSON document."""
    return _document(query, [feature(one) for one in found.results])


def nearby(found: Sequence[Nearby]) -> dict[str, Any]:
    """The doors around a place as a GeocodeJSON document, each with its distance."""
    features = [feature(one.result) for one in found]
    for one, told in zip(found, features, strict=True):
        told["properties"]["geocoding"]["distance_m"] = round(one.distance_m, 1)
    return _document("", features)


def suggestions(found: Sequence[Suggested], query: str) -> dict[str, Any]:
    """Names that begin with what was typed as a GeocodeJSON document."""
    return _document(query, [_suggestion(one) for one in found])


def _suggestion(one: Suggested) -> dict[str, Any]:
    place = one.place
    level = LEVEL_OF_KIND[place.kind]
    told = {
        "type": TYPES[level],
        "label": f"{one.name} ({place.within})" if place.within else one.name,
        "name": one.name,
        "match_level": level.value,
        "doors": place.doors,
    }
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point",
            "coordinates": [round(place.lon, 7), round(place.lat, 7)],
        },
        "properties": {"geocoding": told},
    }


def feature(one: Result) -> dict[str, Any]:
    """One answer: the standard's members first, then ours."""
    told = {
        "type": TYPES[one.level],
        "label": one.label,
        "accuracy": round(one.accuracy_m),
        **parts(one),
        "match_level": one.level.value,
        "match_status": one.status.value,
        "confidence": one.confidence,
        "accuracy_m": one.accuracy_m,
        "address_code": one.address_code or None,
        "adcode": one.adcode or None,
        "elements": [
            {"type": kind, "verdict": verdict, "value": one.values.get(kind)}
            for kind, verdict in one.verdicts.items()
        ],
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
        "properties": {
            "geocoding": {name: value for name, value in told.items() if value is not None}
        },
    }


def parts(one: Result) -> dict[str, Any]:
    """The parts of an address as GeocodeJSON names them; None where there is none."""
    values = one.values
    return {
        "name": values.get("poi") or values.get("estate"),
        "housenumber": values.get("number"),
        "street": values.get("road"),
        "locality": values.get("natural_village") or values.get("community"),
        "district": values.get("county"),
        "city": values.get("city"),
        "state": values.get("province"),
        "admin": {level: values[kind] for kind, level in _ADMIN.items() if kind in values},
    }


def _document(query: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "geocoding": {"version": "0.1.0", "query": query, "licence": "", "attribution": ""},
        "features": features,
    }
