"""Floors: 4层, 四楼, 4F, 地下一层, 负一楼, B1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import ARABIC, CHINESE, NUMBER, Reading, Rule, RuleParts, Token


@dataclass(frozen=True, slots=True)
class Floors:
    """Floors: 4层, 四楼, 4F, 地下一层, 负一楼, B1."""

    name: str = "floors"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "楼层", "en": "Floors"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Above and below the ground; 之 before is idle; 12楼 before a unit is a building."""
        del profile, options
        deep = "(?:(?:建筑物)?地下(?:室|层)?|底层?|负|B(?=0(?!0)))"
        stray = "之?"
        word = "(?:楼层|楼(?!下|上|盘)|层(?!叠))"
        rooms = "(?:(?:建筑物)?地下室|地下层|地下楼|地下车库|底层|底楼|顶楼|顶层|夹层|首层)(?!商)"
        both = (Reading(("floor",), 0.2), Reading(("building",), 0.9))
        lettered = (Reading(("building",), 0.2), Reading(("floor",), 0.9))
        return RuleParts(
            tokens=(
                Token.of(f"{stray}{deep}底?{NUMBER}(?:{word}|F)", "floor"),
                Token.of(stray + rooms, "floor"),
                Token.of(f"(?:{deep}|(?<![0A-Z])-)?0{{1,2}}(?:层?[至到]|-)0{{1,2}}层", "floor"),
                Token.of(f"(?<![0A-Z])-0{{1,2}}{word}", "floor"),
                Token.of("(?:B0(?!0)|-0F|0{1,3}F)(?![A-Z0号栋幢座室-])", "floor"),
                Token(f"{stray}(?:0+|{CHINESE})楼(?!下|上|盘|外|台)", both),
                Token.of(f"第?(?:0+|{CHINESE})(?:楼层|层(?!叠))", "floor"),
                Token("(?<![A-Z])[A-Z]{1,2}0+楼", lettered),
                Token(f"{ARABIC}楼", both),
            )
        )


PLUGIN: Rule = Floors()
