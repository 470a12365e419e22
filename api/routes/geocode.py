"""The geocoder over HTTP: our own routes, and the skins that other clients know.

Source: GeocodeJSON 0.1.0; the manuals of Nominatim (Search, Reverse) and of Photon, whose
parameters are taken as their clients send them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import anyio.to_thread
import orjson
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.geocode_parameters import (
    Values,
    is_short,
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
from api.geocoding import Seen, SeenGeocoding, TakesLongerError
from api.middleware import TimeLimit
from api.security.sight import sight_in

METHODS: Final = ("GET", "HEAD")
_JSON: Final = b"application/json; charset=utf-8"

type Answer = Callable[[Seen, Values], Any]


class Geocode:
    """Search, reverse and suggest as an ASGI application of its own.

    What takes a moment is answered on the event loop: a thread costs more than the answer. Long
    texts that have to be guessed, crossings, and what has to be read anew after a change are left
    to one, so that nobody waits for others' queries.

    Args:
        geocoding: The city's geocoder.
        root_path: Path under which the server is reached.
        seconds: In which an answer must begin.
    """

    def __init__(self, geocoding: SeenGeocoding, root_path: str, seconds: float) -> None:
        self._geocoding = geocoding
        self._root_path = root_path
        self._in_thread = TimeLimit(self._answer_in_thread, seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; its body is left unread.

        Raises:
            HTTPException: The method is neither GET nor HEAD.
            CimError: A parameter is not legal, or the city has no addresses.
        """
        if scope["method"] not in METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(METHODS)})
        found = self._at_once(scope)
        if found is None:
            await self._in_thread(scope, receive, send)
        else:
            await _send(found, scope, send)

    def _at_once(self, scope: Scope) -> Any:  # noqa: ANN401 - as the format is
        """The answer, None where it takes more than a moment."""
        values = values_of(scope)
        if not (self._geocoding.is_warm and is_short(values)):
            return None
        with self._geocoding.at_once():
            try:
                seen = self._geocoding.of(sight_in(scope), is_hurried=True)
                return self._answer_of(scope)(seen, values)
            except TakesLongerError:
                return None

    def _answer_of(self, scope: Scope) -> Answer:
        path: str = scope["path"].removeprefix(self._root_path)
        return ANSWERS[path.rstrip("/")]

    async def _answer_in_thread(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        seen = self._geocoding.of(sight_in(scope))
        answer = self._answer_of(scope)
        found = await anyio.to_thread.run_sync(answer, seen, values_of(scope))
        await _send(found, scope, send)


async def _send(found: Any, scope: Scope, send: Send) -> None:  # noqa: ANN401 - as the format is
    """Send a document."""
    body = orjson.dumps(found)
    headers = [(b"content-type", _JSON), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    is_head = scope["method"] == "HEAD"
    await send({"type": "http.response.body", "body": b"" if is_head else body})


def search(seen: Seen, values: Values) -> dict[str, Any]:
    """`GET /api/geocode/search`: GeocodeJSON with our members."""
    require_known(values, "q", "limit", "lon", "lat", "coordsys")
    middle = place_of(values) if "lon" in values or "lat" in values else None
    text, system = text_of(values), system_of(values)
    return moved(collection(seen.search(text, limit_of(values, 10), middle), text), system)


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
    "/photon/reverse": photon_reverse,
}
"""What answers each path; `PATHS` are all of them, for some clients end them with a slash."""

PATHS: Final = tuple(f"{path}{end}" for path in ANSWERS for end in ("", "/"))
