"""City profiles: what differs from city to city in how addresses are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from addressing.kinds import KINDS
from cim.errors import ConfigError

type Script = Literal["hans", "hant"]
type Stems = Literal["before", "after"]
type Numerals = Literal["arabic", "chinese"]
type OddSide = Literal["left", "right", "majority"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Switches of one city or group of cities."""

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    """Human name by language, `zh` and `en`."""

    divisions: tuple[str, ...] = ()
    """Beginnings of the division codes that the profile is for."""

    script: Script = "hans"
    """Characters in which the city writes its addresses."""

    sub_marks: str = "-之"
    """Marks of a sub-number that mean the same: 3-2号, 3之2号. Others (附) are kept apart."""

    stems: Stems = "after"
    """Where 甲, 乙, 丙, 丁 stand in the city's own writing: 甲3号 or 3号甲."""

    building_in_alley: bool = False
    """N号 inside an alley (弄) or estate is a building, as in Shanghai."""

    communities: tuple[str, ...] = ()
    """Further last words of communities: 里 in Taiwan."""

    roads: tuple[str, ...] = ()
    """Further last words of streets: 径 in Hong Kong."""

    characters: Mapping[str, str] = field(default_factory=dict)
    """Character variants of the city: from, to; both simplified."""

    chinese_numerals: frozenset[str] = frozenset()
    """Types whose numbers the city writes in Chinese: section, floor."""

    units: Mapping[str, str] = field(default_factory=dict)
    """Words behind numbers in the city's own writing, by type, in its script."""

    places_last: bool = False
    """The name of a building stands behind its number: 3座恒安楼, as in Hong Kong."""

    sub_format: str = "{stem}-{sub}"
    """How the city writes a sub-number: the unit word follows `{stem}` when it holds `{unit}`."""

    floor_rooms: bool = False
    """3-2 behind a building is room 2 on floor 3, as in Chongqing; else unit 3, room 2."""

    estates: tuple[str, ...] = ()
    """Further last words of estates: 一村 in Shanghai."""

    street_townships: bool = False
    """大石街 before a street is the sub-district 大石街道, as in Guangzhou."""

    sub_behind: bool = False
    """99号之5 is another door than 99之5号, as in Taiwan; else two ways to write one."""

    room_after_floor: str = "{room}"
    """How a room follows a floor: 之{room} in Taiwan."""

    odd_side: OddSide = "majority"
    """Side of odd numbers, seen along a street as its numbers grow; `majority`: each street by
    itself. Beijing gives odd numbers to the north of streets counted from the east and to the
    west of those counted from the north: always the right."""

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, Any]) -> "Profile":
        """A profile of the table of a TOML file.

        Raises:
            ConfigError: A key is unknown or a type of elements is.
        """
        known = {key for key in cls.__dataclass_fields__ if key != "name"}
        for key in table:
            if key not in known:
                raise ConfigError(
                    f"profile {name}: unknown key {key!r}; legal: {', '.join(sorted(known))}"
                )
        values = dict(table)
        for key in ("divisions", "communities", "roads", "estates"):
            values[key] = tuple(values.get(key, ()))
        values["chinese_numerals"] = frozenset(values.get("chinese_numerals", ()))
        for kind in (*values["chinese_numerals"], *values.get("units", {})):
            if kind not in KINDS:
                raise ConfigError(
                    f"profile {name}: unknown element type {kind!r}; legal: {', '.join(KINDS)}"
                )
        return cls(name=name, **values)
