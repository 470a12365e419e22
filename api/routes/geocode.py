"""The geocoder over HTTP: our own routes, and the skins that other clients know.

Source: GeocodeJSON 0.1.0; the manuals of Nominatim (Search, Reverse) and of Photon, whose
parameters are taken as their clients send them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import anyio.to_thread
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from api.geocode_parameters import (
    Values,
    limit_of,
    moved,
    place_of,
    radius_wish,
    require_known,
    system_of,
    text_of,
    values_of,
    wish_of,
    zoom_wish,
)
from api.geocode_skins import nominatim_place, nominatim_search, photon_feature, photon_search
from api.geocode_words import collection, here_document, suggestions
from api.geocoding import Seen, SeenGeocoding
from api.security.sight import sight_of

METHODS: Final = ("GET", "HEAD")
_JSON: Final = b"application/json; charset=utf-8"

type Answer = Callable[[Seen, Values], Any]


class GeocodeRoute(BaseRoute):
    """Search, reverse and suggest. It stands before all other routes and makes no detour.

    Args:
        geocoding: The city's geocoder.
        root_path: Path under which the server is reached.
    """

    def __init__(self, geocoding: SeenGeocoding, root_path: str) -> None:
        self._geocoding = geocoding
        self._answers = {f"{root_path}{path}": answer for path, answer in ANSWERS.items()}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for the geocoder."""
        is_ours = scope["type"] == "http" and scope["path"] in self._answers
        return (Match.FULL if is_ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> Any:  # noqa: ANN401 - starlette's
        """Nothing: this route has no name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; its body is left unread.

        Raises:
            HTTPException: The method is neither GET nor HEAD.
            CimError: A parameter is not legal, or the city has no addresses.
        """
        del receive
        if scope["method"] not in METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(METHODS)})
        is_head = scope["method"] == "HEAD"
        answer = self._answers[scope["path"]]
        values = values_of(scope)
        seen = self._geocoding.of(sight_of(HTTPConnection(scope)))
        if self._geocoding.is_quick(seen):
            found = answer(seen, values)
        else:
            found = await anyio.to_thread.run_sync(answer, seen, values)
        body = orjson.dumps(found)
        headers = [(b"content-type", _JSON), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if is_head else body})


def search(seen: Seen, values: Values) -> dict[str, Any]:
    """`GET /api/geocode/search`: GeocodeJSON with our members."""
    require_known(values, "q", "limit", "coordsys")
    text, system = text_of(values), system_of(values)
    return moved(collection(seen.search(text, limit_of(values, 10)), text), system)


def reverse(seen: Seen, values: Values) -> dict[str, Any]:
    """`GET /api/geocode/reverse`: what is at a place as GeocodeJSON."""
    require_known(values, "lon", "lat", "limit", "radius_m", "level", "height", "coordsys")
    lon, lat = place_of(values)
    here = seen.at(lon, lat, wish_of(values))
    return moved(here_document(here, seen.head), system_of(values))


def suggest(seen: Seen, values: Values) -> dict[str, Any]:
    """`GET /api/geocode/suggest`: names that begin with what was typed, as GeocodeJSON."""
    require_known(values, "q", "limit", "lon", "lat", "coordsys")
    middle = place_of(values) if "lon" in values or "lat" in values else None
    text, system = text_of(values), system_of(values)
    found = seen.suggest(text, limit_of(values, 10), middle)
    return moved(suggestions(found, text), system)


def nominatim_find(seen: Seen, values: Values) -> Any:  # noqa: ANN401 - as the format is
    """`GET /nominatim/search`, as geopy and QGIS ask."""
    return nominatim_search(seen, values, limit_of(values, 10))


def nominatim_reverse(seen: Seen, values: Values) -> Any:  # noqa: ANN401 - as the format is
    """`GET /nominatim/reverse`."""
    lon, lat = place_of(values)
    return nominatim_place(seen.at(lon, lat, zoom_wish(values)).answers, values)


def photon_find(seen: Seen, values: Values) -> dict[str, Any]:
    """`GET /photon/api`: those near `lon` and `lat` before others of the same standing."""
    bias = place_of(values) if "lon" in values and "lat" in values else None
    found = photon_search(seen, values, limit_of(values, 15), bias)
    return {"type": "FeatureCollection", "features": [photon_feature(one) for one in found]}


def photon_reverse(seen: Seen, values: Values) -> dict[str, Any]:
    """`GET /photon/reverse`."""
    lon, lat = place_of(values)
    found = seen.at(lon, lat, radius_wish(values)).answers
    return {"type": "FeatureCollection", "features": [photon_feature(one.result) for one in found]}


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
