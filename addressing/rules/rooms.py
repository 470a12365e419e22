"""Rooms: 501室, 501房, 501户 and 501 are one room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import ARABIC, CHINESE, NUMBER, Reading, Rule, RuleParts, Token


@dataclass(frozen=True, slots=True)
class Rooms:
    """Rooms: 501室, 501房, 501户 and 501 are one room."""

    name: str = "rooms"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "户室", "en": "Rooms"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers before a word for a room, and bare numbers."""
        del profile, options
        stalls = "商铺|店铺|店面|铺面|铺位|铺|档口|档(?!案)|摊位|柜台|柜|卡位|卡(?![拉通片丁])"
        shops = f"(?:{stalls}|寝室|教室)(?!第?0)"
        end = "(?=$|[^\u4e00-\u9fff])"
        rooms = f"(?:室|房(?!村|屋|产|子)|号[室房]{end}|号?{shops})"
        words = f"{rooms}|户(?!籍|村|部)"
        fronts = "商服|门市房?|门面房?|商铺|铺面|店面|网点|底商|车库|车位|商业(?=0)"
        street, whole = "(?<![路街道巷弄])", "(?![0号楼栋幢单层元米])"
        number = f"(?:{ARABIC}|[东西中南北]?{CHINESE})(?:[-之附]{NUMBER})*"
        bare = (
            Reading(("room",), 0.5),
            Reading(("number",), 0.9),
            Reading(("building",), 1.4),
        )
        return RuleParts(
            tokens=(
                Token.of("(?:[东西中南北](?:户|室)|(?<![A-Z])[A-Z]室)(?!村|外|内)", "room"),
                Token.of(f"{street}(?:{fronts})第?{NUMBER}(?:号|室|间)?{whole}", "room"),
                Token.of(f"{number}(?:{words})(?:[之-]{NUMBER}(?![0楼层号室户房-]))?", "room"),
                Token.of(f"[之附]{NUMBER}(?:[-之附]{NUMBER})*", "room", cost=0.4),
                Token.of(f"(?<=[楼层])-{NUMBER}(?![-0A-Z])", "room", cost=0.4),
                Token(f"{ARABIC}(?:之{NUMBER})*(?![0A-Z千伏米年月日元])", bare),
            )
        )


PLUGIN: Rule = Rooms()
