"""Administrative divisions from province to village, with their names over time.

Names of development zones and stand-ins of statistics (市辖区) are kept as the source has
them, but a stand-in is never a name in a text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from addressing.division import Change, Difference, Division
from addressing.division_changes import add_aliases, apply_changes, compare
from addressing.division_names import all_names, short_name, spellings, street_name
from addressing.lexicon import Name
from addressing.model import Validity
from cim.errors import NotFoundError, SourceDataError

__all__ = ["Change", "Difference", "Division", "Divisions", "short_name"]


@dataclass(frozen=True)
class Divisions:
    """Divisions by code, those of the past among them."""

    by_code: Mapping[str, Division]
    source: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, divisions: Iterable[Division]) -> "Divisions":
        """A collection; every parent must be in it.

        Raises:
            SourceDataError: A code is there twice or a parent is missing.
        """
        by_code: dict[str, Division] = {}
        for division in divisions:
            if division.code in by_code:
                raise SourceDataError(f"code {division.code} is there twice", where="divisions")
            by_code[division.code] = division
        for division in by_code.values():
            if division.parent and division.parent not in by_code:
                reason = f"{division.code} {division.name}: parent {division.parent} is missing"
                raise SourceDataError(reason, where="divisions")
        return cls(by_code)

    def __len__(self) -> int:
        return len(self.by_code)

    def __or__(self, other: "Divisions") -> "Divisions":
        """The divisions of both; of one code that of the other."""
        return Divisions.of({**self.by_code, **other.by_code}.values())

    def get(self, code: str) -> Division:
        """The division of a code; zeros at the end of a longer code do not matter.

        Raises:
            NotFoundError: There is none.
        """
        found = self.by_code.get(code)
        for length in (9, 6, 4, 2):
            if found is None and len(code) > length and not code[length:].strip("0"):
                found = self.by_code.get(code[:length])
        if found is None:
            raise NotFoundError(f"division {code!r} is unknown; {len(self)} divisions are loaded")
        return found

    def path(self, code: str) -> tuple[Division, ...]:
        """The division and those it lies in, from the province down, without stand-ins."""
        found: list[Division] = []
        here: Division | None = self.get(code)
        while here is not None:
            if not here.is_stand_in:
                found.append(here)
            here = self.by_code.get(here.parent)
        return tuple(reversed(found))

    def children(self, code: str) -> tuple[Division, ...]:
        """The divisions that lie directly in one, in the order of their codes."""
        return self._children.get(code, ())

    @cached_property
    def _children(self) -> Mapping[str, tuple[Division, ...]]:
        groups: dict[str, list[Division]] = {}
        for division in self.by_code.values():
            groups.setdefault(division.parent, []).append(division)
        return {parent: tuple(group) for parent, group in groups.items()}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[tuple[Division, Validity], ...]]:
        groups: dict[str, list[tuple[Division, Validity]]] = {}
        for division in self.by_code.values():
            for text, validity in spellings(division):
                groups.setdefault(text, []).append((division, validity))
        return {text: tuple(group) for text, group in groups.items()}

    def find(self, name: str, *, within: str = "", on: date | None = None) -> tuple[Division, ...]:
        """The divisions of a name, short form or old name.

        Args:
            name: As written; simplified.
            within: Beginning of the codes that count.
            on: The day the name was in use; None finds names of all times.
        """
        found = (
            division
            for division, validity in self._by_name.get(name, ())
            if division.code.startswith(within) and (on is None or validity.holds(on))
        )
        return tuple(dict.fromkeys(found))

    def current(self, code: str) -> tuple[Division, ...]:
        """What a division is today: itself, or what took its place.

        Raises:
            NotFoundError: There is no such code.
        """
        division = self.get(code)
        if not division.successors:
            return (division,)
        found = (one for successor in division.successors for one in self.current(successor))
        return tuple(dict.fromkeys(found))

    def with_changes(self, changes: Iterable[Change]) -> "Divisions":
        """The divisions with what became of some of them.

        A division that is no more stays, retired, with its successors; a single successor gets
        its name as alias.

        Raises:
            SourceDataError: A successor is unknown.
        """
        return Divisions(apply_changes(self.by_code, changes), self.source)

    def with_aliases(self, aliases: Mapping[str, Sequence[str]]) -> "Divisions":
        """The divisions with further names that people write.

        Args:
            aliases: Names by the official name, or the code, of a division to the county.

        Raises:
            SourceDataError: No division or several have an official name.
        """
        return Divisions(add_aliases(self.by_code, aliases), self.source)

    def compared(self, newer: "Divisions", day: date) -> Difference:
        """What a newer edition changes.

        Args:
            newer: The newer edition.
            day: When its state began.
        """
        old, new = self.titles, newer.titles
        return compare(old, new, self.names_of, newer.names_of, day)

    @property
    def titles(self) -> dict[str, tuple[str, int]]:
        """Name and level by code."""
        return {code: (one.name, one.level) for code, one in self.by_code.items()}

    def names_of(self, code: str) -> tuple[str, ...]:
        """Names from the province down to a division."""
        return tuple(division.name for division in self.path(code))

    def names(self, within: Sequence[str] = ("",), levels: range = range(1, 6)) -> Iterator[Name]:
        """All ways to write the divisions of some regions, for a lexicon.

        Args:
            within: Beginnings of codes; the divisions above them are given too.
            levels: Levels that are given.
        """
        for division in self.by_code.values():
            inside = division.code.startswith(tuple(within))
            above = any(one.startswith(division.code) for one in within)
            if (inside or above) and division.level in levels:
                yield from all_names(division, self._taken)

    def street_names(self, within: Sequence[str]) -> Iterator[Name]:
        """Names of sub-districts as cities write them that leave out their last word: 大石街."""
        for division in self.by_code.values():
            if division.name.endswith("街道") and division.code.startswith(tuple(within)):
                yield street_name(division)

    @cached_property
    def _taken(self) -> frozenset[tuple[str, str]]:
        """Names that no old one is taken for.

        Those of today with four digits of their code, short ones of provinces and cities with "".
        """
        now = [one for one in self.by_code.values() if not one.successors]
        cities = [one for one in now if one.level < 3]  # noqa: PLR2004 - above counties
        return frozenset(
            [(one.name, one.code[:4]) for one in now] + [(short_name(one), "") for one in cities]
        )
