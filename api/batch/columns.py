"""Which columns of a table hold an address, whole or in parts, or a place."""

from collections.abc import Mapping, Sequence
from typing import Final

from cim.errors import SourceDataError

ADDRESS: Final = ("address", "地址", "标准地址", "详细地址", "addr", "full_address")
"""Names of a column of whole addresses, the likeliest first."""

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "province": ("省", "省份", "state"),
    "city": ("市", "城市", "地市"),
    "county": ("district", "区县", "县区", "区"),
    "township": ("subdistrict", "街道", "乡镇", "镇街"),
    "community": ("village", "社区", "村", "村居", "村里"),
    "road": ("street", "道路", "路名", "街路巷"),
    "number": ("housenumber", "house_number", "门牌号", "门牌"),
    "estate": ("小区", "住宅小区"),
    "building": ("楼栋", "栋", "幢", "楼号"),
    "unit": ("单元",),
    "room": ("室", "户室", "房号", "室号"),
}
"""Columns of parts of addresses, from large to small, each with its other names."""

UNITS: Final[Mapping[str, str]] = {"number": "号", "building": "幢", "unit": "单元", "room": "室"}
"""What is put behind a part that is a bare number."""

LON: Final = ("lon", "lng", "long", "longitude", "x", "经度")
LAT: Final = ("lat", "latitude", "y", "纬度")


def address_columns(
    names: Sequence[str], fields: Sequence[str], where: str
) -> tuple[tuple[int, str], ...]:
    """Places of the columns of an address, each with the unit of its bare numbers.

    Args:
        names: The table's columns.
        fields: Those that the user names, from large to small; found by their names when empty.
        where: Names the table.

    Raises:
        SourceDataError: There are none; the message says what there is and what is legal.
    """
    known = {name.strip().lower(): place for place, name in reversed(list(enumerate(names)))}
    if fields:
        return tuple((_place(known, names, field, where), _unit(field)) for field in fields)
    for name in ADDRESS:
        if name in known:
            return ((known[name], ""),)
    found = tuple(
        (known[name], UNITS.get(part, ""))
        for part, others in PARTS.items()
        for name in [next((one for one in (part, *others) if one in known), "")]
        if name
    )
    if found:
        return found
    legal = f"{ADDRESS[0]}, or parts: {', '.join(PARTS)}"
    raise SourceDataError(
        f"no column of addresses; the table has {_listed(names)}; legal: {legal}; or name the "
        "columns with field", where=where,
    )  # fmt: skip


def place_columns(names: Sequence[str], fields: Sequence[str], where: str) -> tuple[int, int]:
    """Places of the columns of longitude and latitude.

    Raises:
        SourceDataError: One is missing; the message says what there is and what is legal.
    """
    known = {name.strip().lower(): place for place, name in reversed(list(enumerate(names)))}
    wanted: list[tuple[str, ...]] = [(field,) for field in fields] or [LON, LAT]
    if len(wanted) != 2:  # noqa: PLR2004 - longitude and latitude
        raise SourceDataError(f"{len(wanted)} fields; legal: longitude, latitude", where=where)
    places = [next((known[one.lower()] for one in each if one.lower() in known), -1)
              for each in wanted]  # fmt: skip
    if min(places) < 0:
        missing = wanted[places.index(-1)][0]
        raise SourceDataError(
            f"no column {missing!r}; the table has {_listed(names)}; legal: lon and lat, or name "
            "the columns with field", where=where,
        )  # fmt: skip
    return places[0], places[1]


def _place(known: Mapping[str, int], names: Sequence[str], field: str, where: str) -> int:
    place = known.get(field.strip().lower())
    if place is None:
        raise SourceDataError(
            f"no column {field!r}; the table has {_listed(names)}; legal: one of these",
            where=where,
        )
    return place


def _unit(field: str) -> str:
    name = field.strip().lower()
    return next((UNITS.get(part, "") for part, more in PARTS.items() if name in (part, *more)), "")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")  # noqa: PLR2004 - as above
