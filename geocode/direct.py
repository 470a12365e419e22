"""Texts that are no addresses but say a place outright: coordinates and codes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from addressing.code import parse_code
from cim import plugins
from cim.entities.ids import check_id
from cim.errors import CimError
from cim.grids.base import Grid

type Kind = Literal["point", "address_code", "entity_id"]

_NUMBER: Final = r"[-+]?[0-9]{1,3}(?:\.[0-9]+)?"
_PAIR: Final = re.compile(rf"\s*\(?\s*({_NUMBER})\s*[,，;；\s]\s*({_NUMBER})\s*\)?\s*")
_ANGLE: Final = re.compile(
    r"(?P<first>[NSEWnsew]|[北南]纬|[东西]经)?\s*(?P<degrees>[0-9]{1,3}(?:\.[0-9]+)?)\s*[°度]\s*"
    r"(?:(?P<minutes>[0-9]{1,2}(?:\.[0-9]+)?)\s*[′'分]\s*)?"
    r"(?:(?P<seconds>[0-9]{1,2}(?:\.[0-9]+)?)\s*[″\"秒]\s*)?(?P<last>[NSEWnsew])?\s*[,，;；]?\s*"
)
_SOUTH_WEST: Final = ("S", "W", "南", "西")
_NORTH_SOUTH: Final = ("N", "S", "北", "南")
_CODE: Final = re.compile(r"[A-Za-z0-9]{2,32}")
_GRIDS: Final = ("beidou", "geosot", "h3")
_MOST_LAT: Final = 90.0
_MOST_LON: Final = 180.0


@dataclass(frozen=True, slots=True)
class Direct:
    """A place or a thing that a text names outright."""

    kind: Kind
    code: str = ""
    lon: float = 0.0
    """Degrees, of a point."""

    lat: float = 0.0


def read_direct(text: str) -> Direct | None:
    """What a text names outright, None when it is to be read as an address.

    Coordinates may come in either order: a number above 90 is a longitude; of two that could be
    either, the first is the longitude. Grid codes stand for the middle of their cell.
    """
    return _pair(text) or _angles(text) or _code(text.strip())


def _pair(text: str) -> Direct | None:
    """Two decimal numbers."""
    found = _PAIR.fullmatch(text) if "." in text else None
    if found is None:
        return None
    first, second = float(found[1]), float(found[2])
    if abs(first) <= _MOST_LAT < abs(second):
        first, second = second, first
    return _point(first, second)


def _angles(text: str) -> Direct | None:
    """Degrees, minutes and seconds with the letters or words of their sides."""
    if "°" not in text and "度" not in text:
        return None
    found = [one for one in _ANGLE.finditer(text) if one[0].strip()]
    if len(found) != 2 or "".join(one[0] for one in found).strip() != text.strip():  # noqa: PLR2004 - a pair
        return None
    angles = [_angle(one) for one in found]
    if {is_lat for _, is_lat in angles} != {True, False}:
        return None
    (lat,) = (degrees for degrees, is_lat in angles if is_lat)
    (lon,) = (degrees for degrees, is_lat in angles if not is_lat)
    return _point(lon, lat)


def _angle(found: re.Match[str]) -> tuple[float, bool]:
    """Degrees, and whether they are a latitude."""
    side = (found["first"] or found["last"] or "")[:1].upper()
    minutes, seconds = float(found["minutes"] or 0), float(found["seconds"] or 0)
    degrees = float(found["degrees"]) + minutes / 60 + seconds / 3600
    return (-degrees if side in _SOUTH_WEST else degrees), side in _NORTH_SOUTH


def _point(lon: float, lat: float) -> Direct | None:
    on_globe = abs(lon) <= _MOST_LON and abs(lat) <= _MOST_LAT
    return Direct("point", lon=lon, lat=lat) if on_globe else None


def _code(text: str) -> Direct | None:
    """An address code, an entity id or a grid code."""
    if not _CODE.fullmatch(text) or not any(letter.isdigit() for letter in text):
        return None
    readers: dict[Kind, Callable[[str], object]] = {
        "address_code": parse_code,
        "entity_id": check_id,
    }
    for kind, read in readers.items():
        try:
            return Direct(kind, str(read(text)))
        except CimError:
            continue
    return _cell(text)


def _cell(text: str) -> Direct | None:
    """The middle of a cell of a grid."""
    for name in _GRIDS:
        grid: Grid = plugins.load(name, "cim.grids")
        try:
            ((lon, lat),) = grid.centers(grid.from_text([text])).tolist()
        except CimError:
            continue
        return _point(lon, lat)
    return None
