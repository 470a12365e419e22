"""Files of divisions as text: the tables of this program, and what they mean."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from addressing.divisions import Change, Division, Divisions
from cim.errors import SourceDataError

_COLUMNS = ("code", "name", "parent", "level")
_LEVELS = {2: 1, 4: 2, 6: 3, 9: 4, 12: 5}
_COUNTY = 3
_TOWN = re.compile(".+(?:街道|镇|乡)")
_REASONS = ("renamed", "merged", "split", "recoded")


def read_table(lines: Iterable[str], where: str) -> Divisions:
    """Divisions of a CSV table with the columns code, name and, if any, parent and level.

    Without a parent it is the beginning of the code, without a level it is the code's length.

    Args:
        lines: The file.
        where: Names the file in messages.

    Raises:
        SourceDataError: A column is missing, a code is malformed or double, a parent missing.
    """
    rows = csv.DictReader(lines)
    header = [name.strip().lstrip("\ufeff") for name in rows.fieldnames or ()]
    for column in _COLUMNS[:2]:
        if column not in header:
            shown = ", ".join(header) or "nothing"
            raise SourceDataError(f"no column {column!r}; the header has {shown}", where=where)
    rows.fieldnames = header
    found = [_division(row, f"{where} line {rows.line_num}") for row in rows]
    return Divisions.of(_with_own_names(found))


def _with_own_names(divisions: Sequence[Division]) -> Iterator[Division]:
    """The divisions; a town that the source writes with its county has its own name.

    濮阳县柳屯镇 in 濮阳县 is 柳屯镇, but 芒市镇 in 芒市 keeps the name it has.
    """
    counties = {one.code: one.name for one in divisions if one.level == _COUNTY}
    for one in divisions:
        own = one.name.removeprefix(counties.get(one.parent, "")) if one.level > _COUNTY else ""
        yield replace(one, name=own) if _TOWN.fullmatch(own) and own != one.name else one


def _division(row: Mapping[str, str], where: str) -> Division:
    """One row."""
    code, name = (row["code"] or "").strip(), (row["name"] or "").strip()
    if not code.isascii() or not code.isdecimal() or len(code) not in _LEVELS:
        raise SourceDataError(f"code {code!r}; legal: 2, 4, 6, 9 or 12 digits", where=where)
    if not name:
        raise SourceDataError(f"code {code} has no name", where=where)
    level = row.get("level") or str(_LEVELS[len(code)])
    if level not in {"1", "2", "3", "4", "5"}:
        raise SourceDataError(f"level {level!r}; legal: 1 to 5", where=where)
    parent = row.get("parent")
    return Division(code, name, int(level), _above(code) if parent is None else parent.strip())


def _above(code: str) -> str:
    """The code of the parent by length."""
    return next((code[:length] for length in (9, 6, 4, 2) if length < len(code)), "")


def read_villages(lines: Iterable[str], within: Sequence[str] = ("",)) -> Iterator[Division]:
    """Communities and villages of the townships whose codes begin so.

    Args:
        lines: A line for each township: its nine digits, then three digits and a name for each
            committee, parted by spaces.
        within: Beginnings of township codes.
    """
    beginnings = tuple(within)
    for line in lines:
        township, *entries = line.split()
        if township.startswith(beginnings) or any(one.startswith(township) for one in beginnings):
            for entry in entries:
                yield Division(township + entry[:3], entry[3:], 5, township)


def read_names(tree: Mapping[str, Any], roots: Mapping[str, str]) -> Divisions:
    """Divisions of a tree of names without codes, under roots with codes.

    Args:
        tree: Names of the roots, in each a mapping of names to lists of names.
        roots: Code of each root by name.
    """
    found: list[Division] = []
    for root, cities in tree.items():
        code = roots[root]
        found.append(Division(code, root, 1))
        for city, counties in cities.items():
            path = f"{code}/{city}"
            found.append(Division(path, city, 2, code))
            names = (name.partition("（")[0] for name in counties)
            found.extend(Division(f"{path}/{name}", name, 3, path) for name in names)
    return Divisions.of(found)


def read_changes(table: Mapping[str, Any], where: str) -> tuple[Change, ...]:
    """Changes of a TOML table: a list `change` of day, code, name, successors, reason.

    Raises:
        SourceDataError: A key is missing or a value is not legal.
    """
    return tuple(
        _change(entry, f"{where} change {i}") for i, entry in enumerate(table["change"], 1)
    )


def read_history(lines: Iterable[str], where: str) -> tuple[Change, ...]:
    """Changes of a CSV table: year, code, name, successors parted by spaces, reason.

    Of their days only the year is known, the first one whose list of codes lacks the old name; the
    first day of it stands for the day.

    Args:
        lines: The file.
        where: Names the file in messages.

    Raises:
        SourceDataError: A column is missing or a value is not legal.
    """
    rows = csv.DictReader(lines)
    entries = [
        row
        | {
            "day": date(int(row["year"]), 1, 1),
            "successors": row["successors"].split(" "),
        }
        for row in rows
    ]
    return tuple(_change(entry, f"{where} line {i}") for i, entry in enumerate(entries, 2))


def _change(entry: Mapping[str, Any], where: str) -> Change:
    """One entry."""
    missing = [key for key in ("day", "code", "name", "successors", "reason") if key not in entry]
    if missing:
        raise SourceDataError(f"lacks {', '.join(missing)}", where=where)
    if entry["reason"] not in _REASONS:
        legal = ", ".join(_REASONS)
        raise SourceDataError(f"reason {entry['reason']!r}; legal: {legal}", where=where)
    if not isinstance(entry["day"], date):
        raise SourceDataError(f"day {entry['day']!r}; legal: a date", where=where)
    code = str(entry["code"])
    return Change(
        entry["day"],
        code,
        str(entry["name"]),
        tuple(str(one) for one in entry["successors"]),
        str(entry["reason"]),
        _LEVELS[len(code)],
    )
