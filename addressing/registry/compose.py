"""Rows of a register as facts, texts and keys, many at once.

What the rows of a city share (divisions, streets, numbers) is worked out once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from addressing.format import is_numbered_estate, rank_in_estate
from addressing.kinds import DIVISIONS, KINDS
from addressing.registry.elements import ElementRow, Elements
from addressing.registry.placing import Placing
from addressing.registry.rows import Facts
from addressing.registry.schema import CHAIN, NAMED
from addressing.registry.texts import (
    canonical_piece,
    load_profile_once,
    local_piece,
    profile_name,
)
from addressing.registry.values import Columns, FieldError, Part, Refusal

_BEHIND = tuple(kind for kind in KINDS if kind not in CHAIN)
"""Types below the divisions, from large to small."""


@dataclass(frozen=True, slots=True)
class Home:
    """What all addresses of one division share."""

    division_id: int
    canonical: str
    local: str
    profile: str
    places_last: bool
    kind: str
    """Type of the last division, or group."""


@dataclass(frozen=True, slots=True)
class Composed:
    """One row, ready to be stored."""

    row: int
    home: Home
    named: tuple[int | None, int | None, int | None]
    """Street, estate, place."""

    numbers: tuple[tuple[str, str], ...]
    own_names: tuple[tuple[str, str], ...]
    canonical: str
    local: str
    key: int

    def own_names_text(self) -> str | None:
        """The names in the city's script as their column has them."""
        return orjson.dumps(dict(self.own_names)).decode() if self.own_names else None

    def facts(self) -> Facts:
        """The facts, without a place."""
        return Facts(self.home.division_id, *self.named, self.numbers, self.own_names)


@dataclass(slots=True)
class Composer:
    """Works out rows of columns; keeps what rows share.

    Not longer than one transaction.
    """

    elements: Elements
    key_of: Callable[[str], int]
    refused: list[Refusal] = field(default_factory=list)
    _homes: dict[tuple[str | None, ...], Home | FieldError] = field(default_factory=dict)
    _named: dict[tuple[int, str, str], ElementRow] = field(default_factory=dict)

    def rows(self, columns: Columns) -> Iterator[Composed]:
        """The rows that are addresses; the others are added to `refused`."""
        chain = [kind for kind in CHAIN if kind in columns.values]
        behind = [kind for kind in _BEHIND if kind in columns.values]
        count = len(columns)
        codes = columns.codes or [None] * count
        homes = zip(codes, *_with_names(columns, chain, count), strict=True)
        places = zip(*(columns.values[kind] for kind in behind), strict=True)
        names = [columns.names.get(kind) for kind in behind]
        for row, (home_key, values) in enumerate(zip(homes, places, strict=True)):
            home = self._homes.get(home_key)
            if home is None:
                home = self._homes[home_key] = self._home(chain, home_key)
            if isinstance(home, FieldError):
                self.refused.append(Refusal(row, home.field, str(home)))
                continue
            parts = [
                (kind, value, (column[row] or "") if column else "")
                for kind, value, column in zip(behind, values, names, strict=True)
                if value
            ]
            if not parts:
                reason = "only divisions; legal: a street, estate or number too"
                self.refused.append(Refusal(row, "elements", reason))
                continue
            yield self._compose(row, home, parts)

    def _home(self, chain: Sequence[str], key: tuple[str | None, ...]) -> Home | FieldError:
        """What the addresses of a division share, or why they cannot be."""
        code, values, names = key[0] or "", key[1::2], key[2::2]
        parts = [
            Part(kind, value, name or "")
            for kind, value, name in zip(chain, values, names, strict=True)
            if value
        ]
        try:
            division_id = Placing(self.elements).division(parts, code)
            self.elements.county_of(division_id)
        except FieldError as error:
            return error
        rows = self.elements.chain(division_id)
        profile = profile_name(next(r.code for r in reversed(rows) if r.kind in DIVISIONS))
        return Home(
            division_id,
            "".join(canonical_piece(row.kind, row.value) for row in rows),
            "".join(local_piece(row.part, profile, "") for row in rows),
            profile,
            load_profile_once(profile).places_last,
            rows[-1].kind,
        )

    def _compose(self, row: int, home: Home, parts: list[tuple[str, str, str]]) -> Composed:
        named: list[int | None] = [None, None, None]
        numbers: list[tuple[str, str]] = []
        own_names: list[tuple[str, str]] = []
        canonical, local, before, last = home.canonical, home.local, "", ""
        kinds = [kind for kind, _, _ in parts]
        if home.kind in DIVISIONS[:-1] and is_numbered_estate(kinds):
            parts = sorted(parts, key=lambda part: rank_in_estate(part[0]))
        for kind, value, name in parts:
            if kind in _PLACE_OF:
                element = self._element(home, kind, value, name)
                named[_PLACE_OF[kind]] = element.id
                one = element.part
            else:
                one = Part(kind, value, name)
                numbers.append((kind, value))
                if name and name != value and not value[-1:].isascii():
                    own_names.append((kind, name))
            canonical += canonical_piece(kind, one.value)
            piece = local_piece(one, home.profile, before)
            if kind == "poi" and home.places_last:
                last = piece
                continue
            local += piece
            before = kind
        return Composed(
            row,
            home,
            (named[0], named[1], named[2]),
            tuple(sorted(numbers, key=lambda one: KINDS[one[0]].rank)),
            tuple(own_names),
            canonical,
            local + last,
            self.key_of(canonical),
        )

    def _element(self, home: Home, kind: str, value: str, name: str) -> ElementRow:
        key = (home.division_id, kind, value)
        found = self._named.get(key)
        if found is None:
            one = Part(kind, value, name)
            element_id = Placing(self.elements).named(one, home.division_id)
            found = self._named[key] = self.elements.row(element_id)
        return found


_PLACE_OF = {kind: place for place, kind in enumerate(NAMED)}


def _with_names(
    columns: Columns, kinds: Sequence[str], count: int
) -> Iterator[Sequence[str | None]]:
    """Values and names of some types, one column after the other."""
    nothing: Sequence[str | None] = [None] * count
    for kind in kinds:
        yield columns.values[kind]
        yield columns.names.get(kind, nothing)
