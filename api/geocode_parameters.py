"""Parameters of the geocoder's requests, read one by one: each refusal names what is legal."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from starlette.types import Scope

from api.errors import ParameterError
from api.numerals import whole_number
from cim.coordsys import SYSTEMS, convert
from geocode.model import LEVELS, Level
from geocode.reverse_here import Wish

LONGEST: Final = 1_000
"""Characters of a query."""

SHORT: Final = 100
"""Characters of a query that may be answered at once; more take long to read alone."""

MOST: Final = 50
WIDEST_M: Final = 50_000.0
DEEPEST_M: Final = -12_000.0
HIGHEST_M: Final = 100_000.0

_ESCAPES: Final = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")

_EAST_ASIA: Final = "\u2e80"
"""Where the characters of East Asia begin."""

type Values = Mapping[str, str]


def values_of(scope: Scope) -> Values:
    """Parameters by name.

    Raises:
        ParameterError: One comes twice, or is not UTF-8.
    """
    values: dict[str, str] = {}
    for pair in scope["query_string"].replace(b"+", b" ").split(b"&"):
        name, _, value = pair.partition(b"=")
        if not pair:
            continue
        try:
            key, text = _unquoted(name), _unquoted(value)
        except UnicodeDecodeError as error:
            field = _ESCAPES.sub(b"?", name).decode("ascii", "replace")
            raise ParameterError(field, "is not UTF-8; legal: percent-encoded UTF-8") from error
        if key in values:
            raise ParameterError(key, "is given twice; legal: once")
        values[key] = text
    return values


def _unquoted(text: bytes) -> str:
    """A text without its percent signs; a run of escapes is read at once."""
    if b"%" in text:
        text = _ESCAPES.sub(_plain, text)
    return text.decode()


def _plain(escapes: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escapes[0].replace(b"%", b"").decode())


def is_short(values: Values) -> bool:
    """Whether a query is as long as addresses are, and so takes no more than a moment."""
    return all(len(text) <= SHORT for text in values.values())


def require_known(values: Values, *names: str) -> None:
    """Refuse parameters that mean nothing here.

    Raises:
        ParameterError: There is one.
    """
    for name in values:
        if name not in names:
            raise ParameterError(name, f"is unknown; legal: {', '.join(names)}")


def text_of(values: Values, name: str = "q") -> str:
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


def limit_of(values: Values, default: int) -> int:
    """Most answers.

    Raises:
        ParameterError: It is no number, or too small or large.
    """
    text = values.get("limit", str(default))
    limit = whole_number(text, MOST)
    if not limit:
        raise ParameterError("limit", f"{text[:20]!r}; legal: 1 to {MOST}")
    return limit


def is_spaced(parts: Iterable[str]) -> bool:
    """Whether parts of an address are written with spaces between words, as Chinese is not."""
    return max("".join(parts), default=_EAST_ASIA) < _EAST_ASIA


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


def place_of(values: Values) -> tuple[float, float]:
    """The place asked for, in CGCS2000."""
    lon, lat = _degrees(values, "lon", 180), _degrees(values, "lat", 90)
    return to_cgcs2000(lon, lat, system_of(values))


def system_of(values: Values) -> str:
    """The coordinate system of the request's and the answer's points.

    Raises:
        ParameterError: There is none of the name.
    """
    return checked_system(values.get("coordsys", "cgcs2000"))


def checked_system(name: str) -> str:
    """A coordinate system.

    Raises:
        ParameterError: There is none of the name.
    """
    if name not in SYSTEMS:
        raise ParameterError("coordsys", f"{name[:20]!r}; legal: {', '.join(SYSTEMS)}")
    return name


def to_cgcs2000(lon: float, lat: float, system: str) -> tuple[float, float]:
    """A place of a coordinate system."""
    if system != "cgcs2000":
        ((lon, lat),) = convert(np.array([[lon, lat]]), system, "cgcs2000").tolist()
    return lon, lat


def moved(document: dict[str, Any], system: str) -> dict[str, Any]:
    """A feature collection with its points in another coordinate system."""
    features = document["features"]
    if system != "cgcs2000" and features:
        points = np.array([one["geometry"]["coordinates"] for one in features])
        for one, point in zip(features, convert(points, "cgcs2000", system).tolist(), strict=True):
            one["geometry"]["coordinates"] = [round(degrees, 7) for degrees in point]
    return document


def wish_of(values: Values) -> Wish:
    """What is asked of a place.

    Raises:
        ParameterError: A value is not legal.
    """
    height = values.get("height")
    return Wish(
        limit=limit_of(values, 1),
        radius_m=number_of(values, "radius_m", "200", 0.0, WIDEST_M),
        levels=levels_of(values.get("level", "")),
        height_m=None if height is None else number_of(values, "height", "", DEEPEST_M, HIGHEST_M),
    )


_BY_ZOOM: Final = (
    (5, Level.PROVINCE),
    (8, Level.CITY),
    (10, Level.DISTRICT),
    (13, Level.STREET),
    (14, Level.COMMUNITY),
    (15, Level.ESTATE),
    (17, Level.ROAD),
)
"""The finest level that Nominatim tells of a place at a zoom and below."""


def zoom_wish(values: Values) -> Wish:
    """What Nominatim's `zoom` asks of a place; buildings and doors from 18 on, its default.

    Raises:
        ParameterError: It is no whole number of 0 to 18.
    """
    text = values.get("zoom", "18")
    asked = whole_number(text, 18)
    if asked is None:
        raise ParameterError("zoom", f"{text[:20]!r}; legal: 0 to 18")
    level = next((level for zoom, level in _BY_ZOOM if asked <= zoom), None)
    levels = frozenset(LEVELS[LEVELS.index(level) :]) if level else frozenset[Level]()
    return Wish(levels=levels)


def radius_wish(values: Values) -> Wish:
    """What Photon's `radius`, in kilometres, and `limit` ask of a place.

    Raises:
        ParameterError: A value is not legal.
    """
    radius_km = number_of(values, "radius", "0.2", 0.0, WIDEST_M / 1000)
    return Wish(limit=limit_of(values, 1), radius_m=radius_km * 1000)


def levels_of(text: str) -> frozenset[Level]:
    """Levels between commas.

    Raises:
        ParameterError: There is none of a name.
    """
    names = {name.strip() for name in text.split(",")} - {""}
    unknown = sorted(names - set(Level))
    if unknown:
        raise ParameterError("level", f"{unknown[0][:20]!r}; legal: {', '.join(Level)}")
    return frozenset(map(Level, names))


def number_of(values: Values, name: str, default: str, least: float, most: float) -> float:
    """A number of metres.

    Raises:
        ParameterError: It is none, or too small or large.
    """
    text = values.get(name, default)
    try:
        number = float(text)
    except ValueError:
        raise ParameterError(name, f"{text[:20]!r}; legal: metres") from None
    if not least <= number <= most:
        raise ParameterError(name, f"{number:g}; legal: {least:g} to {most:g}")
    return number
