"""Newer editions of the divisions of a city: what they change, and the divisions with them.

An edition is a CSV table of code and name as the Bureau of Statistics had them, of the whole
country or of some provinces; it says nothing about provinces and levels that it does not have.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from addressing.division import Change, Difference, Division
from addressing.division_files import read_table
from addressing.divisions import Divisions
from addressing.model import Validity
from cim.errors import ConflictError, InputError

FOLDER = "divisions"
"""Folder of a workspace with the editions that were imported, each named by its day."""

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.csv")


@dataclass(frozen=True, slots=True)
class Edition:
    """Divisions as they are from a day on."""

    day: date
    divisions: Divisions


def read_edition(path: Path, day: date) -> Edition:
    """An edition of a file.

    Raises:
        InputError: There is no such file, or it is not UTF-8.
        SourceDataError: A column is missing, a code is malformed or double, a parent missing.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: byte {error.start} is not UTF-8; legal: a UTF-8 table"
        ) from error
    return Edition(day, read_table(lines, path.name))


def difference(known: Divisions, edition: Edition) -> Difference:
    """What an edition changes of the divisions that it speaks of."""
    return Divisions(_spoken_of(known, edition)).compared(edition.divisions, edition.day)


def renew(known: Divisions, edition: Edition) -> Divisions:
    """The divisions with an edition: new ones, new names, and those that are no more retired.

    Old names and codes stay findable and lead to what took their place, as far as the edition
    tells; of the others `difference` gives the codes, for a person to say.
    """
    found = difference(known, edition)
    by_code = dict(known.by_code)
    for code, new in edition.divisions.by_code.items():
        old = by_code.get(code)
        by_code[code] = replace(old, name=new.name, parent=new.parent) if old else new
    until = Validity(None, edition.day)
    by_code |= {code: replace(by_code[code], validity=until) for code in found.gone}
    return Divisions(by_code, known.source).with_changes(found.changes)


def _spoken_of(known: Divisions, edition: Edition) -> Mapping[str, Division]:
    """The divisions of today of the provinces and levels that an edition has."""
    new = edition.divisions.by_code.values()
    provinces = {one.code[:2] for one in new}
    levels = {one.level for one in new}
    return {
        one.code: one
        for one in known.by_code.values()
        if one.code[:2] in provinces
        and one.level in levels
        and not one.successors
        and one.validity.end is None
    }


def editions_of(workspace: Path) -> tuple[Edition, ...]:
    """The editions that were imported into a workspace, the oldest first."""
    days = sorted(
        (date.fromisoformat(found[1]), path)
        for path in (workspace / FOLDER).glob("*.csv")
        if (found := _NAME.fullmatch(path.name))
    )
    return tuple(read_edition(path, day) for day, path in days)


def with_editions(known: Divisions, editions: Iterable[Edition]) -> Divisions:
    """The divisions with several editions, one after the other."""
    for edition in editions:
        known = renew(known, edition)
    return known


def keep(workspace: Path, edition: Edition) -> Path:
    """Write an edition into a workspace; whole or not at all.

    Raises:
        ConflictError: There is one of that day or a later one.
    """
    days = [one.day for one in editions_of(workspace)]
    if days and edition.day <= days[-1]:
        raise ConflictError(
            f"edition of {edition.day}; the workspace has one of {days[-1]}; legal: a later day"
        )
    path = workspace / FOLDER / f"{edition.day}.csv"
    path.parent.mkdir(exist_ok=True)
    rows = (
        f"{one.code},{one.name},{one.parent},{one.level}\n"
        for one in edition.divisions.by_code.values()
    )
    draft = path.with_suffix(".tmp")
    draft.write_text("code,name,parent,level\n" + "".join(rows), encoding="utf-8")
    draft.replace(path)
    return path


def change_line(change: Change, divisions: Divisions) -> dict[str, object]:
    """One change for people."""
    return {
        "change": change.reason,
        "code": change.code,
        "name": change.name,
        "to": [{"code": code, "name": divisions.get(code).name} for code in change.successors],
        "date": change.day.isoformat(),
    }
