"""Building, unit and room joined by hyphens: 3-2-501."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Reading, Rule, RuleParts, Token

_FOUR = ("zone", "building", "unit", "room")
_THREE = (
    Reading(("building", "unit", "room"), 0.4),
    Reading(("room",), 1.6),
    Reading(("number",), 1.8),
)
_TWO = (
    Reading(("building", "room"), 0.5),
    Reading(("unit", "room"), 0.55),
    Reading(("room",), 1.2),
    Reading(("number",), 1.0),
)
_ROOM = (
    Reading(("room",), 0.5),
    Reading(("number",), 0.6),
    Reading(("building", "room"), 0.7),
    Reading(("unit", "room"), 1.2),
)
"""What 27-3 may be: a unit seldom has two digits, and a room of one digit is one of a floor."""
_LETTER = (Reading(("building", "room"), 0.4), Reading(("room",), 1.0))
_DEEP = (Reading(("room",), 0.3),)
"""负1-3: the third of the first floor below the ground."""
_SHOP = (Reading(("room",), 0.3), Reading(("number",), 0.5))


@dataclass(frozen=True, slots=True)
class Chains:
    """Building, unit and room joined by hyphens: 3-2-501."""

    name: str = "chains"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "连字符楼户号", "en": "Hyphens"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Two to four numbers joined by hyphens, read by what stands before."""
        del options
        one = "[A-Z]?0+(?:[A-Z](?!0))?"
        end = "(?:室|户|房|号(?!楼|院|弄))?"
        alone = "(?!号|层|#|栋|幢|座|之|-|室|户|房|单元|弄|巷|[0A-Z])"
        floors = "(?<![0A-Z])0{1,2}" if profile.floor_rooms else "(?<![0A-Z])00"
        no_building = "(?!号楼|#|栋|幢|座|之|-|[A-Z])"
        return RuleParts(
            tokens=(
                Token(f"{one}-{one}-{one}-{one}{end}", (Reading(_FOUR, 0.6),)),
                Token(f"{one}-{one}-{one}{no_building}{end}", _THREE),
                Token("0{3,4}-0{2,4}(?:室|户|房)", (Reading(("room",), 0.3),)),
                Token(
                    f"(?<=[栋幢座层楼元房])0{{3,4}}-0{{3,4}}{alone}", (Reading(("room",), 0.3),)
                ),
                Token("(?<![A-Z])[A-Z]-0{1,2}(?:室|户|房)", (Reading(("room",), 0.3),)),
                *(
                    (Token(f"负0{{1,2}}-0{{1,2}}室?{alone}", _DEEP),)
                    if profile.floor_rooms
                    else ()
                ),
                Token(f"[A-Z]-0{{3,4}}(?:室|户|房){{0,1}}{alone}", _LETTER),
                Token("[A-Z]0+-0{1,2}(?:室|号(?!楼|栋|院))", _SHOP),
                Token(f"{one}-[A-Z]?0{{2,}}[A-Z]?(?:室|户|房)", _TWO),
                Token(f"{floors}-0{{1,2}}{alone}", _ROOM),
                Token(f"{one}-{one}{alone}", _TWO),
            )
        )


PLUGIN: Rule = Chains()
