"""The geocoder over HTTP: our own routes, and the skins that other clients know.

Source: GeocodeJSON 0.1.0; the manuals of Nominatim (Search, Reverse) and of Photon, whose
parameters are taken as their clients send them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import anyio.to_thread
import numpy as np
import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from api.errors import ParameterError
from api.geocode_skins import nominatim_place, nominatim_search, photon_feature
from api.geocode_words import collection, nearby, suggestions
from cim.coordsys import SYSTEMS, convert
from geocode.city import CityGeocoder

METHODS: Final = ("GET", "HEAD")
LONGEST: Final = 1_000
"""Characters of a query."""

MOST: Final = 50
_JSON: Final = "application/json; charset=utf-8"

type Values = Mapping[str, str]
type Answer = Callable[[CityGeocoder, Values], Any]


class GeocodeRoute(BaseRoute):
    """Search and reverse. It stands before all other routes and makes no detour.

    Args:
        geocoder: The city's geocoder.
        root_path: Path under which the server is reached.
    """

    def __init__(self, geocoder: CityGeocoder, root_path: str) -> None:
        self._geocoder = geocoder
        self._answers = {f"{root_path}{path}": answer for path, answer in ANSWERS.items()}
        self._is_warm = False

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for the geocoder."""
        is_ours = scope["type"] == "http" and scope["path"] in self._answers
        return (Match.FULL if is_ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> Any:  # noqa: ANN401 - starlette's
        """Nothing: this route has no name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            HTTPException: The method is neither GET nor HEAD.
            CimError: A parameter is not legal, or the city has no addresses.
        """
        if scope["method"] not in METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(METHODS)})
        answer = self._answers[scope["path"]]
        values = _values(scope)
        if self._is_warm:
            found = answer(self._geocoder, values)
        else:
            found = await anyio.to_thread.run_sync(answer, self._geocoder, values)
            self._is_warm = True
        body = orjson.dumps(found)
        await Response(body, media_type=_JSON)(scope, receive, send)


def _values(scope: Scope) -> Values:
    """Parameters by name.

    Raises:
        ParameterError: One comes twice, or is not UTF-8.
    """
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict"
        )
    except UnicodeDecodeError as error:
        raise ParameterError("q", "is not UTF-8; legal: percent-encoded UTF-8") from error
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(name for name, _ in pairs if sum(one == name for one, _ in pairs) > 1)
        raise ParameterError(twice, "is given twice; legal: once")
    return values


def _known(values: Values, *names: str) -> None:
    """Refuse parameters that mean nothing here.

    Raises:
        ParameterError: There is one.
    """
    for name in values:
        if name not in names:
            raise ParameterError(name, f"is unknown; legal: {', '.join(names)}")


def _text(values: Values, name: str = "q") -> str:
    """The query.

    Raises:
        ParameterError: It is missing, empty or too long.
    """
    text = values.get(name, "")
    if not text.strip():
        raise ParameterError(name, "is missing or empty; legal: an address")
    if len(text) > LONGEST:
        raise ParameterError(name, f"{len(text)} characters; legal: at most {LONGEST}")
    return text


def _limit(values: Values, default: int) -> int:
    text = values.get("limit", str(default))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise ParameterError("limit", f"{text[:20]!r}; legal: 1 to {MOST}")
    return int(text)


def _degrees(values: Values, name: str, most: float) -> float:
    try:
        degrees = float(values[name])
    except KeyError:
        raise ParameterError(name, "is missing; legal: degrees") from None
    except ValueError:
        raise ParameterError(name, f"{values[name][:20]!r}; legal: degrees") from None
    if not -most <= degrees <= most:
        raise ParameterError(name, f"{degrees}; legal: -{most:g} to {most:g}")
    return degrees


def _place(values: Values) -> tuple[float, float]:
    """The place asked for, in CGCS2000."""
    lon, lat = _degrees(values, "lon", 180), _degrees(values, "lat", 90)
    system = _system(values)
    if system == "cgcs2000":
        return lon, lat
    ((lon, lat),) = convert(np.array([[lon, lat]]), system, "cgcs2000").tolist()
    return lon, lat


def _system(values: Values) -> str:
    system = values.get("coordsys", "cgcs2000")
    if system not in SYSTEMS:
        raise ParameterError("coordsys", f"{system[:20]!r}; legal: {', '.join(SYSTEMS)}")
    return system


def _moved(document: dict[str, Any], system: str) -> dict[str, Any]:
    """A feature collection with its points in another coordinate system."""
    features = document["features"]
    if system != "cgcs2000" and features:
        points = np.array([one["geometry"]["coordinates"] for one in features])
        for one, point in zip(features, convert(points, "cgcs2000", system).tolist(), strict=True):
            one["geometry"]["coordinates"] = [round(degrees, 7) for degrees in point]
    return document


def search(geocoder: CityGeocoder, values: Values) -> dict[str, Any]:
    """`GET /api/geocode/search`: GeocodeJSON with our members."""
    _known(values, "q", "limit", "coordsys")
    text, system = _text(values), _system(values)
    return _moved(collection(geocoder.search(text, _limit(values, 10)), text), system)


def reverse(geocoder: CityGeocoder, values: Values) -> dict[str, Any]:
    """`GET /api/geocode/reverse`: the nearest doors as GeocodeJSON."""
    _known(values, "lon", "lat", "limit", "coordsys")
    lon, lat = _place(values)
    found = geocoder.reverse(lon, lat, limit=_limit(values, 1))
    return _moved(nearby(found), _system(values))


def suggest(geocoder: CityGeocoder, values: Values) -> dict[str, Any]:
    """`GET /api/geocode/suggest`: names that begin with what was typed, as GeocodeJSON."""
    _known(values, "q", "limit", "lon", "lat", "coordsys")
    middle = _place(values) if "lon" in values or "lat" in values else None
    text, system = _text(values), _system(values)
    return _moved(suggestions(geocoder.suggest(text, _limit(values, 10), middle), text), system)


def nominatim_find(geocoder: CityGeocoder, values: Values) -> Any:  # noqa: ANN401 - as the format is
    """`GET /nominatim/search`, as geopy and QGIS ask."""
    return nominatim_search(geocoder, values, _limit(values, 10))


def nominatim_reverse(geocoder: CityGeocoder, values: Values) -> Any:  # noqa: ANN401 - as the format is
    """`GET /nominatim/reverse`."""
    lon, lat = _place(values)
    return nominatim_place(geocoder.reverse(lon, lat), values)


def photon_find(geocoder: CityGeocoder, values: Values) -> dict[str, Any]:
    """`GET /photon/api`."""
    found = geocoder.search(_text(values), _limit(values, 15))
    return {
        "type": "FeatureCollection",
        "features": [photon_feature(one) for one in found.results],
    }


def photon_reverse(geocoder: CityGeocoder, values: Values) -> dict[str, Any]:
    """`GET /photon/reverse`."""
    lon, lat = _place(values)
    found = geocoder.reverse(lon, lat, limit=_limit(values, 1))
    return {
        "type": "FeatureCollection",
        "features": [photon_feature(one.result) for one in found],
    }


ANSWERS: Final[Mapping[str, Answer]] = {
    "/api/geocode/search": search,
    "/api/geocode/reverse": reverse,
    "/api/geocode/suggest": suggest,
    "/nominatim/search": nominatim_find,
    "/nominatim/reverse": nominatim_reverse,
    "/photon/api": photon_find,
    "/photon/api/": photon_find,
    "/photon/reverse": photon_reverse,
}
"""What answers each path."""
