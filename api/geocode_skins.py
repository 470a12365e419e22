"""Answers in the words of Nominatim and Photon, so that their clients work unchanged.

Source: the Nominatim manual (Search, Reverse, Place Output Formats); Photon's README.
"""

from collections.abc import Mapping, Sequence
from math import hypot
from typing import Any, Final

from api.errors import ParameterError
from api.geocode_parameters import MOST, is_spaced, text_of
from api.geocode_words import TYPES, collection, feature, parts
from api.geocoding import Seen
from geocode.city import Nearby, Searched
from geocode.model import Level
from geocode.result import Result

FORMATS: Final = ("json", "jsonv2", "geojson", "geocodejson")
_STRUCTURED: Final = ("country", "state", "county", "city", "street", "amenity")
"""From large to small, as Chinese addresses are written; Nominatim's `county` lies above."""

_RANK: Final[Mapping[Level, int]] = {
    Level.PROVINCE: 8,
    Level.CITY: 12,
    Level.DISTRICT: 14,
    Level.STREET: 16,
    Level.COMMUNITY: 20,
    Level.ESTATE: 22,
    Level.ROAD: 26,
    Level.INTERSECTION: 27,
}
_HOUSE: Final = 30
_SPAN_DEG: Final = {"house": 0.0005, "street": 0.005, "locality": 0.01}
_WIDE_DEG: Final = 0.1

_YES: Final = ("1", "true", "yes", "on")
_COUNTRY: Final = "cn"

type Values = Mapping[str, str]

type Box = tuple[float, float, float, float]
"""West, south, east, north."""


def nominatim_search(seen: Seen, values: Values, limit: int) -> Any:  # noqa: ANN401 - as the format is
    """What `/search` answers.

    Raises:
        ParameterError: Neither `q` nor a structured part is given, or a value is not legal.
    """
    text, kind = _query(values), _format(values)
    box = _viewbox(values)
    bounded = box is not None and values.get("bounded", "0") in _YES
    found = seen.search(text, MOST if box else limit)
    results = [one for one in found.results if not bounded or _is_in(box, one)]
    if box:
        results.sort(key=lambda one: not _is_in(box, one))  # stable: the best stay first
    codes = values.get("countrycodes", "").lower().split(",")
    results = results[:limit] if not any(codes) or _COUNTRY in codes else []
    match kind:
        case "geocodejson":
            return collection(found._replace(results=results), text)
        case "geojson":
            features = [_geojson(one, values) for one in results]
            return {"type": "FeatureCollection", "licence": "", "features": features}
        case _:
            return [_place(one, values, kind) for one in results]


def _viewbox(values: Values) -> Box | None:
    """West, south, east and north of `viewbox`, whichever corners it names.

    Raises:
        ParameterError: It is not four numbers.
    """
    text = values.get("viewbox", "")
    if not text:
        return None
    try:
        x1, y1, x2, y2 = map(float, text.split(","))
    except ValueError:
        raise ParameterError(
            "viewbox", f"{text[:60]!r}; legal: four degrees, lon,lat,lon,lat"
        ) from None
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _is_in(box: Box | None, one: Result) -> bool:
    return box is None or (box[0] <= one.lon <= box[2] and box[1] <= one.lat <= box[3])


def nominatim_place(found: Sequence[Nearby], values: Values) -> Any:  # noqa: ANN401 - as the format is
    """What `/reverse` answers."""
    kind = _format(values)
    results = [one.result for one in found[:1]]
    if kind == "geocodejson":
        return collection(Searched(None, results), "")
    if kind == "geojson":
        features = [_geojson(one, values) for one in results]
        return {"type": "FeatureCollection", "licence": "", "features": features}
    if not results:
        return {"error": "Unable to geocode"}
    return _place(results[0], values, kind)


def photon_search(
    seen: Seen, values: Values, limit: int, bias: tuple[float, float] | None
) -> list[Result]:
    """What Photon's `/api` finds: in `bbox` only, those near `bias` before others as sure.

    Raises:
        ParameterError: A value is not legal.
    """
    box = _viewbox({"viewbox": values.get("bbox", "")})
    found = seen.search(text_of(values), limit if box is None and bias is None else MOST)
    results = [one for one in found.results if _is_in(box, one)]
    if bias is not None:
        lon, lat = bias
        results.sort(key=lambda one: (-one.confidence, hypot(one.lon - lon, one.lat - lat)))
    return results[:limit]


def photon_feature(one: Result) -> dict[str, Any]:
    """One answer of Photon."""
    told = parts(one)
    country = {} if one.parts is not None else {"countrycode": "CN"}
    properties = {
        "osm_type": "N",
        "osm_id": int(one.address_code or 0),
        "osm_key": "place",
        "osm_value": TYPES[one.level],
        "type": TYPES[one.level],
        "name": told.get("name") or one.label,
        **country,
        **{name: told[name] for name in ("housenumber", "street", "locality", "district", "city",
                                         "postcode", "state") if told.get(name)},
    }  # fmt: skip
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
        "properties": properties,
    }


def _query(values: Values) -> str:
    """The text of a query, whole or in parts."""
    parts = [values.get(name, "") for name in _STRUCTURED]
    text = values.get("q") or (" " if is_spaced(parts) else "").join(filter(None, parts))
    return text_of({"q": text})


def _format(values: Values) -> str:
    kind = values.get("format", "jsonv2")
    if kind not in FORMATS:
        raise ParameterError("format", f"{kind[:20]!r}; legal: {', '.join(FORMATS)}")
    return kind


def _place(one: Result, values: Values, kind: str) -> dict[str, Any]:
    """One place of the formats json and jsonv2."""
    south, north, west, east = _box(one)
    place: dict[str, Any] = {
        "place_id": int(one.address_code or 0),
        "licence": "",
        "osm_type": "node",
        "osm_id": int(one.address_code or 0),
        "lat": f"{one.lat:.7f}",
        "lon": f"{one.lon:.7f}",
        "category" if kind == "jsonv2" else "class": "place",
        "type": TYPES[one.level],
        "place_rank": _RANK.get(one.level, _HOUSE),
        "importance": one.confidence,
        "addresstype": TYPES[one.level],
        "name": parts(one).get("name") or "",
        "display_name": one.label,
        "boundingbox": [f"{degrees:.7f}" for degrees in (south, north, west, east)],
    }
    if values.get("addressdetails", "0") in _YES:
        place["address"] = _address(one)
    if values.get("namedetails", "0") in _YES:
        place["namedetails"] = {"name": one.label}
    if values.get("extratags", "0") in _YES:
        place["extratags"] = {
            name: str(value)
            for name, value in (
                ("address_code", one.address_code),
                ("adcode", one.adcode),
                ("entity_id", one.entity_id),
                ("match_level", one.level.value),
                ("match_status", one.status.value),
            )
            if value
        }
    if values.get("polygon_geojson", "0") in _YES:
        place["geojson"] = {"type": "Point", "coordinates": [one.lon, one.lat]}
    return place


def _geojson(one: Result, values: Values) -> dict[str, Any]:
    south, north, west, east = _box(one)
    place = _place(one, values, "jsonv2")
    left_out = ("lat", "lon", "boundingbox", "licence")
    return {
        "type": "Feature",
        "properties": {name: value for name, value in place.items() if name not in left_out},
        "bbox": [west, south, east, north],
        "geometry": feature(one)["geometry"],
    }


def _address(one: Result) -> dict[str, str]:
    """The parts as Nominatim names them."""
    told = parts(one)
    named = {
        "house_number": told.get("housenumber"),
        "road": told.get("street"),
        "neighbourhood": told.get("locality"),
        "suburb": one.values.get("township"),
        "city_district": told.get("district"),
        "city": told.get("city"),
        "postcode": told.get("postcode"),
        "state": told.get("state"),
    }
    if one.parts is None:
        named |= {"country": "中国", "country_code": "cn"}
    return {name: value for name, value in named.items() if value}


def _box(one: Result) -> tuple[float, float, float, float]:
    """South, north, west and east around a place."""
    half = _SPAN_DEG.get(TYPES[one.level], _WIDE_DEG)
    return one.lat - half, one.lat + half, one.lon - half, one.lon + half
