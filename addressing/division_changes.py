"""What became of divisions, written into a collection of them, and found between two editions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from addressing.division import Change, Difference, Division
from addressing.model import Alias, Validity
from cim.errors import SourceDataError

type Names = Mapping[str, tuple[str, int]]
"""Name and level by code."""


def apply_changes(
    divisions: Mapping[str, Division], changes: Iterable[Change]
) -> dict[str, Division]:
    """Divisions by code with what became of some of them.

    Raises:
        SourceDataError: A successor is unknown.
    """
    by_code = dict(divisions)
    for change in changes:
        for successor in change.successors:
            if successor not in by_code:
                reason = f"{change.code} {change.name}: successor {successor} is unknown"
                raise SourceDataError(reason, where="changes of divisions")
        _apply(by_code, change)
    return by_code


def add_aliases(
    divisions: Mapping[str, Division], aliases: Mapping[str, Sequence[str]]
) -> dict[str, Division]:
    """Divisions by code with further names that people write.

    Raises:
        SourceDataError: No division or several have an official name.
    """
    by_code = dict(divisions)
    named: dict[str, list[str]] = {}
    for one in divisions.values():
        if one.level <= _COUNTY and not one.successors:
            named.setdefault(one.name, []).append(one.code)
    for official, names in aliases.items():
        codes = [official] if official in divisions else named.get(official, [])
        if len(codes) != 1:
            reason = f"{official}: {len(codes)} divisions of this name; legal: one"
            raise SourceDataError(reason, where="aliases of divisions")
        one = by_code[codes[0]]
        further = tuple(Alias(name, reason="local") for name in names)
        by_code[codes[0]] = replace(one, aliases=(*one.aliases, *further))
    return by_code


_COUNTY = 3


def compare(
    old: Names,
    new: Names,
    old_path: Callable[[str], tuple[str, ...]],
    new_path: Callable[[str], tuple[str, ...]],
    day: date,
) -> Difference:
    """Two editions beside each other.

    Args:
        old: The older edition.
        new: The newer edition.
        old_path: Names from the province down to a code of the older edition.
        new_path: The same of the newer one.
        day: When the state of the newer one began.
    """
    gone = [code for code in old if code not in new]
    added = tuple(code for code in new if code not in old)
    by_path = {new_path(code): code for code in added}
    recoded = {code: by_path.get(old_path(code), "") for code in gone}
    renamed = {code: code for code in old if code in new and new[code][0] != old[code][0]}
    changes = [
        Change(day, code, old[code][0], (to,), reason, old[code][1])
        for pairs, reason in ((renamed, "renamed"), (recoded, "recoded"))
        for code, to in pairs.items()
        if to
    ]
    return Difference(tuple(changes), added, tuple(code for code in gone if not recoded[code]))


def _apply(by_code: dict[str, Division], change: Change) -> None:
    """Write one change into the divisions; a code that means another one today stays."""
    until = Validity(None, change.day)
    alias = Alias(change.name, until, change.reason)
    if change.successors == (change.code,):
        division = by_code[change.code]
        by_code[change.code] = replace(division, aliases=(*division.aliases, alias))
        return
    first = by_code[change.successors[0]]
    old = by_code.get(change.code) or Division(
        change.code, change.name, change.level, first.parent
    )
    if old.name == change.name or old.successors:
        by_code[change.code] = replace(old, validity=until, successors=change.successors)
    if len(change.successors) == 1 and first.name != change.name:
        by_code[first.code] = replace(first, aliases=(*first.aliases, alias))
