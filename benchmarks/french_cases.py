"""The French cases of geocoder-tester, and a register made of what they expect.

Source: geocoder-tester, `world/france`: files of cases with the columns query, lon, lat, limit and
`expected_…`.

No register of French addresses is given. So one is made of what the cases expect: number, street,
postcode, town, and the point where a case is asked with a map's middle, which is its address. The
cases of one address follow each other, each telling another part of it. Beside each number are
neighbours that nobody asks for. What has no point gets the median of those of its town, postcode
or department. Such a register shows that a language is understood, not how complete it is.
"""

import csv
import io
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Final

from geocode.words.profile import load_profile
from geocode.words.text import canonical_name, folded

KINDS: Final[Mapping[str, re.Pattern[str]]] = {
    "addresses": re.compile(r"world/france/[^/]+/test_addresses\.csv$"),
    "user input": re.compile(r"world/france/[^/]+/test_from_user_input\.csv$"),
    "typos, made": re.compile(r"fuzzy/test_addresses_fuzzy\.csv$"),
    "typos, of people": re.compile(r"world/france/[^/]+/fuzzy/test_typo\.csv$"),
    "abbreviations": re.compile(r"world/france/test_abbreviations\.csv$"),
    "post offices": re.compile(r"test_postal_relays_addresses\.csv$"),
    "synonyms": re.compile(r"world/france/test_synonymes\.csv$"),
    "towns and regions": re.compile(r"world/france/test_admin\.csv$"),
}
"""Kinds of cases by their files; files that expect no parts of an address are left out, and so
are cases that expect a point and no street or name: a register cannot be made of them."""

PARTS: Final = ("housenumber", "street", "postcode", "city", "name")
_HOUSE: Final = re.compile(r"([0-9]+[A-Z]*) (.+)")
_POSTCODE: Final = 5
_STEP_DEG: Final = 0.0001
_PROFILE: Final = load_profile("french")


@dataclass(frozen=True, slots=True)
class Case:
    """A query and what it must lead to."""

    kind: str
    file: str
    query: str
    expected: Mapping[str, str]
    """By member of GeocodeJSON; `coordinate` is latitude, longitude and metres."""

    limit: int = 1
    middle: tuple[float, float] | None = None
    """Longitude and latitude of the map's middle."""


@dataclass(frozen=True, slots=True)
class Row:
    """One address, street, place or town of the register."""

    housenumber: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    name: str = ""
    point: tuple[float, float] | None = None
    """Longitude and latitude."""


def cases(archive: Path) -> list[Case]:
    """All cases of an archive, in the order of its files."""
    with tarfile.open(archive) as tar:
        files = sorted(tar.getmembers(), key=lambda one: one.name)
        return [
            case
            for file in files
            for kind, pattern in KINDS.items()
            if pattern.search(file.name)
            for case in _cases(kind, file.name, _text(tar, file))
        ]


def register(every: Sequence[Case]) -> list[Row]:
    """The register of what cases expect, with neighbours and points for all."""
    rows = [_whole(several) for _, several in groupby(every, _address)]
    rows = _without_parts([row for row in rows if any((row.street, row.city, row.name))])
    return _placed([*rows, *_neighbours(rows)])


def _text(tar: tarfile.TarFile, file: tarfile.TarInfo) -> str:
    opened = tar.extractfile(file)
    return "" if opened is None else opened.read().decode("utf-8-sig")


def _cases(kind: str, file: str, text: str) -> Iterator[Case]:
    """The cases of a file; its separator is that of its first line."""
    separator = ";" if ";" in text.partition("\n")[0] else ","
    for row in csv.DictReader(io.StringIO(text), delimiter=separator):
        told = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        expected = {
            key.removeprefix("expected_"): value
            for key, value in told.items()
            if key.startswith("expected_") and value
        }
        if "postcode" in expected:  # spreadsheets took the zero before some
            expected["postcode"] = expected["postcode"].zfill(_POSTCODE)
        is_told = "coordinate" not in expected or expected.keys() & {"name", "street"}
        if told.get("query") and expected and is_told:
            point = _point(told)
            yield Case(kind, file, told["query"], expected, int(told.get("limit") or 1), point)


def _point(told: Mapping[str, str]) -> tuple[float, float] | None:
    lon, lat = told.get("lon"), told.get("lat")
    return (float(lon), float(lat)) if lon and lat else None


def _address(case: Case) -> tuple[object, ...]:
    """What neighbouring cases of one address have in common."""
    row = _row(case)
    alone = () if case.kind in ("addresses", "typos, made") else (case.query,)
    return (case.file, row.housenumber, row.street, row.name, *alone)


def _row(case: Case) -> Row:
    """What one case tells of an address."""
    told = {part: case.expected.get(part, "") for part in PARTS}
    name, street = told["name"], told["street"]
    house = _HOUSE.fullmatch(name)
    if house and not street:
        told |= {"housenumber": house[1], "street": house[2], "name": ""}
    elif name and (not street or folded(name) == folded(street)):
        words = canonical_name(_PROFILE, name).split()
        if street or (words[0] in _PROFILE.types and len(words) > 1):
            told |= {"street": name, "name": ""}
        elif case.kind == "towns and regions" and not told["city"]:
            told |= {"city": name, "name": ""}
    if told["name"] == told["city"]:
        told["name"] = ""
    return Row(**told, point=case.middle or _expected_point(case))


def _expected_point(case: Case) -> tuple[float, float] | None:
    if "coordinate" not in case.expected:
        return None
    lat, lon, _ = case.expected["coordinate"].split(",")
    return float(lon), float(lat)


def _whole(several: Iterable[Case]) -> Row:
    """What cases of one address tell of it together."""
    whole = Row()
    for row in map(_row, several):
        told = {part: getattr(row, part) for part in PARTS if getattr(row, part)}
        whole = replace(whole, **told, point=row.point or whole.point)
    return whole


def _key(row: Row) -> tuple[str, ...]:
    return tuple(canonical_name(_PROFILE, getattr(row, part)) for part in PARTS)


def _without_parts(rows: Sequence[Row]) -> list[Row]:
    """Rows without those that another one tells all of, and more."""
    by_name: dict[tuple[str, str], list[tuple[tuple[str, ...], Row]]] = {}
    kept: list[Row] = []
    for row in sorted(rows, key=lambda one: (-sum(map(bool, _key(one))), one.point is None)):
        key = _key(row)
        group = by_name.setdefault((key[1], key[4]), [])
        if not any(all(own in ("", o) for own, o in zip(key, other, strict=True)) for other, _ in group):  # fmt: skip  # noqa: E501 - a pair
            group.append((key, row))
            kept.append(row)
    return kept


def _neighbours(rows: Sequence[Row]) -> list[Row]:
    """Doors on both sides of those that are asked for, some metres away."""
    known = {_key(row) for row in rows}
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        digits = re.match("[0-9]+", row.housenumber)
        for step in (-2, 2, 4) if digits else ():
            number = int(digits[0]) + step if digits else 0
            point = row.point and (row.point[0] + step * _STEP_DEG, row.point[1])
            one = replace(row, housenumber=str(number), point=point)
            if number > 0 and _key(one) not in known:
                found[_key(one)] = one
    return list(found.values())


def _placed(rows: Sequence[Row]) -> list[Row]:
    """Rows with a point each."""
    groups: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows:
        for group in _groups(row) if row.point else ():
            groups.setdefault(group, []).append(row.point or (0.0, 0.0))
    middle = {
        group: (median(lon for lon, _ in points), median(lat for _, lat in points))
        for group, points in groups.items()
    }
    return [
        replace(row, point=row.point or next(middle[one] for one in _groups(row) if one in middle))
        for row in rows
    ]


def _groups(row: Row) -> list[tuple[str, str]]:
    """What a row is near to, the nearest first."""
    found = [("city", folded(row.city)), ("postcode", row.postcode), ("area", row.postcode[:2])]
    return [*(one for one in found if one[1]), ("all", "")]
