"""Buildings: 3栋, 3幢, 3座, 3号楼, 3#楼 are one building 3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.numerals import LETTERS
from addressing.profile import Profile
from addressing.rules.base import CHINESE, LABEL, NUMBER, STREET_NUMBER, Rule, RuleParts, Token

_OTHERS = ("塔", "库", "馆", "罐")
"""Words that names begin with too: 136号塔影苑."""


@dataclass(frozen=True, slots=True)
class Buildings:
    """Buildings: 3栋, 3幢, 3座, 3号楼, 3#楼 are one building 3."""

    name: str = "buildings"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "楼栋", "en": "Buildings"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers and letters before a word for a building; rows of houses; 24楼G座 is a room."""
        del profile
        alone = f"(?=$|[^\u4e00-\u9fff]|[{LETTERS}负地首门内])"
        counted = "|".join(
            f"号{word}{alone}" if word in _OTHERS else f"号{word}" for word in options["words"]
        )
        words = f"{counted}|(?:栋|幢|座|号楼)厂房|[#]楼|[#]栋|[#]|栋楼|栋|幢|塔楼|座(?!山)"
        return RuleParts(
            tokens=(
                Token.of(f"(?<=[0{LETTERS}][层楼F])[A-Z](?:座|室|户|(?= |$))", "room"),
                Token.of(f"(?!{STREET_NUMBER}){LABEL}(?:[-&]{LABEL})?(?:{words})", "building"),
                Token.of(
                    f"(?<![A-Z])(?:(?:[A-Z]0?|0号)塔{alone}|[A-Z]楼(?![下上盘]))", "building"
                ),
                Token.of(f"[甲乙丙丁](?:0+|{CHINESE})(?:号楼|栋|幢|座)", "building"),
                Token.of(f"0+排(?!水|污|涝|洪|档)|第?{CHINESE}排(?=0)", "building"),
                Token.of(f"(?:第{NUMBER}|[东南西北中])(?:幢|栋|座)", "building"),
            )
        )


PLUGIN: Rule = Buildings()
