"""Keys: where an address hangs, its number there, and what lies behind the number.

An address hangs on a street, on an estate or place, or on a village, often on two of them; each
gives a key. Sorted by anchor, number and tail, the keys of a city answer with one look: this very
door, all doors behind a number, and the neighbours of a number that is not there.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

STREET: Final = ("road", "section", "lane", "alley", "sub_alley")
ESTATE: Final = ("estate", "zone")
VILLAGE: Final = ("community", "natural_village")
LEAVES: Final = ("group", "number", "compound", "building", "unit", "floor", "room")
"""Types that a door has of its own; all others are areas that doors share."""

UPPER: Final = ("province", "city", "county")
"""Types that say where a place is; those of one place agree."""

NUMBERED: Final = frozenset(LEAVES) - {"group"}
"""Of those, the ones that keys are made of: an address without any leads to no door."""

_NUMBER = re.compile(r"([0-9]{1,9})")
_TELLS_FLOOR = re.compile(r"[0-9]{3}")
"""Rooms of three digits or more begin with their floor: 501, 1203."""


class Key(NamedTuple):
    """One way to find a door."""

    anchor: int
    """63 bits of the digest of the anchor's text."""

    number: int
    """The whole number on the plate, 0 when there is none."""

    tail: int
    """63 bits of the digest of what lies behind it, 0 when nothing does."""


def street_anchor(values: Mapping[str, str]) -> int:
    """The anchor of the street with its section and lanes, 0 when there is none."""
    parts = [f"{kind}:{values[kind]}" for kind in STREET if kind in values]
    return _digest("|".join(parts)) if parts else 0


def estate_anchor(values: Mapping[str, str]) -> int:
    """The anchor of the estate with its zone, or of the place; 0 when there is none."""
    if "estate" in values:
        return _digest("|".join(f"estate:{values[kind]}" for kind in ESTATE if kind in values))
    return _digest(f"estate:{values['poi']}") if "poi" in values else 0


def village_anchor(values: Mapping[str, str]) -> int:
    """The anchor of the village, the natural one first; 0 when there is none."""
    name = values.get("natural_village") or values.get("community")
    return _digest(f"village:{name}") if name else 0


def area_anchor(kind: str, values: Mapping[str, str]) -> int:
    """The anchor of an area by the type of its deepest element."""
    if kind in STREET:
        return street_anchor(values)
    if kind in ESTATE or kind == "poi":
        return estate_anchor(values)
    if kind in VILLAGE:
        return _digest(f"village:{values[kind]}")
    return _digest(f"division:{values[kind]}")


def keys_of(values: Mapping[str, str]) -> tuple[Key, ...]:
    """The keys of an address, the one of its street first; none when nothing is numbered.

    A numbered door of a village is found by the village too where a place is named beside it.

    Args:
        values: Canonical value by element type.
    """
    street, estate = street_anchor(values), estate_anchor(values)
    found = []
    if street and (not estate or "number" in values or "compound" in values):
        found.append(_door_key(street, values))
    if estate:
        found.append(_estate_key(estate, values))
    if not found or (not street and "number" in values and "estate" not in values):
        village = village_anchor(values)
        found += [_door_key(village, values)] if village else []
    return tuple(found)


def _door_key(anchor: int, values: Mapping[str, str]) -> Key:
    """A key by the number of the door; where there is none, by that of the building."""
    numbered = "number" if "number" in values else "compound"
    if numbered not in values:
        return _estate_key(anchor, values)
    number, rest = split_number(values[numbered])
    return Key(anchor, number, _tail(rest, values, ("compound", "building", "unit"), numbered))


def _estate_key(anchor: int, values: Mapping[str, str]) -> Key:
    """A key by the number of the building; on no street, a door's number counts as one."""
    numbered = "building" if "building" in values or street_anchor(values) else "number"
    number, rest = split_number(values.get(numbered, ""))
    return Key(anchor, number, _tail(rest, values, ("building", "unit"), numbered))


def split_number(value: str) -> tuple[int, str]:
    """The whole number of a value and the rest of it: 临20甲-3 gives 20 and 临甲-3."""
    found = _NUMBER.search(value)
    if found is None:
        return 0, value
    return int(found[1]), value[: found.start()] + "#" * (found.start() > 0) + value[found.end() :]


def _tail(rest: str, values: Mapping[str, str], kinds: tuple[str, ...], numbered: str) -> int:
    """What lies behind a number; a floor does not count where the room's number tells it."""
    parts = [rest] if rest else []
    parts += [f"{kind}:{values[kind]}" for kind in kinds if kind in values and kind != numbered]
    room = values.get("room", "")
    if "floor" in values and not _TELLS_FLOOR.match(room):
        parts.append(f"floor:{values['floor']}")
    if room:
        parts.append(f"room:{room}")
    return _digest("|".join(parts)) if parts else 0


@lru_cache(1 << 16)
@lru_cache(1 << 15)
def _digest(text: str) -> int:
    """63 bits of the digest of a text, never 0."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1 or 1
