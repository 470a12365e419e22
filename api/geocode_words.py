"""Answers of the geocoder in GeocodeJSON and in the words of other geocoders.

Source: GeocodeJSON 0.1.0 (draft of 2016), for `geocoding` and `properties.geocoding`.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from cim.coding import point_codes
from geocode.city import Nearby, Searched
from geocode.model import LEVEL_OF_KIND, Level
from geocode.moment import Suggested
from geocode.result import Result
from geocode.reverse.layers import Thing
from geocode.reverse_here import Here

TYPES: Final[Mapping[Level, str]] = {
    Level.ROOM: "house",
    Level.FLOOR: "house",
    Level.UNIT: "house",
    Level.BUILDING: "house",
    Level.DOORPLATE: "house",
    Level.POI: "house",
    Level.INTERSECTION: "street",
    Level.ESTATE: "locality",
    Level.ROAD: "street",
    Level.COMMUNITY: "locality",
    Level.STREET: "district",
    Level.DISTRICT: "district",
    Level.CITY: "city",
    Level.PROVINCE: "state",
}
"""`type` of GeocodeJSON, the nearest to each level."""

_GRIDS: Final = ("beidou", "geosot", "h3")
_COMPASS: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_ADMIN: Final = {"province": "level4", "city": "level5", "county": "level6", "township": "level8",
                 "community": "level10"}  # fmt: skip


def collection(found: Searched, query: str) -> dict[str, Any]:
    """A search as a GeocodeJSON document."""
    return _document(query, [feature(one) for one in found.results], found.head)


def here_document(here: Here, head: int) -> dict[str, Any]:
    """What is at a place as a GeocodeJSON document, each answer with its distance."""
    features = [feature(one.result) for one in here.answers]
    for one, told in zip(here.answers, features, strict=True):
        told["properties"]["geocoding"] |= _away(one)
    return _document("", features, head) | {"here": _here(here)}


def _away(one: Nearby) -> dict[str, Any]:
    """How far an answer is from the place asked for, and in which direction."""
    if one.bearing_deg is None:
        return {"relation": "inside" if not one.distance_m else "near",
                "distance_m": round(one.distance_m, 1)}  # fmt: skip
    return {
        "relation": "near",
        "distance_m": round(one.distance_m, 1),
        "bearing_deg": round(one.bearing_deg, 1),
        "direction": _COMPASS[round(one.bearing_deg / 45) % 8],
    }


def _here(here: Here) -> dict[str, Any]:
    """The surroundings of a place."""
    road = here.road
    told = {
        "building": _thing(here.building),
        "storey": _thing(here.storey),
        "space": _thing(here.space),
        "road": road and {
            "name": road.name or None,
            "distance_m": round(road.distance_m, 1),
            "side": road.side,
            "basis": road.basis,
            "entity_id": road.entity_id or None,
        },
        "estate": here.estate or None,
        "community": here.community or None,
        "divisions": {
            **here.divisions.names,
            "adcode": here.divisions.adcode or None,
            "basis": here.divisions.basis,
        },
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _thing(one: Thing | None) -> dict[str, Any] | None:
    """A feature of a layer."""
    if one is None:
        return None
    told = {"entity_id": one.entity_id, "layer": one.layer, "name": one.name}
    return {name: value for name, value in told.items() if value}


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
        "entity_id": one.entity_id or None,
        "layer": one.layer or None,
        "grid_codes": _grid_codes(one),
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


def _grid_codes(one: Result) -> dict[str, str]:
    """Codes of the grids by their names."""
    codes = one.codes if one.codes and any(one.codes) else _codes_at(one.lon, one.lat)
    return {name: code for name, code in zip(_GRIDS, codes, strict=True) if code}


@lru_cache(1 << 14)
def _codes_at(lon: float, lat: float) -> tuple[str | None, ...]:
    """Codes of a place that has none in the registry."""
    found = point_codes(np.array([[lon, lat]]))
    return tuple(found[name][0] for name in _GRIDS)


def parts(one: Result) -> dict[str, Any]:
    """The parts of an address as GeocodeJSON names them; None where there is none."""
    if one.parts is not None:
        return dict(one.parts)
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


def _document(query: str, features: list[dict[str, Any]], head: int = 0) -> dict[str, Any]:
    """A document; `head` is the version of the addresses that it was made of."""
    about = {"version": "0.1.0", "query": query, "licence": "", "attribution": ""}
    version = {"data_version": head} if head else {}
    return {"type": "FeatureCollection", "geocoding": about | version, "features": features}
