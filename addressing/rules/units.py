"""Units (entrances): 2单元, 2门."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import CHINESE, LABEL, NUMBER, Rule, RuleParts, Token


@dataclass(frozen=True, slots=True)
class Units:
    """Units (entrances): 2单元, 2门."""

    name: str = "units"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "单元", "en": "Units"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers before 单元, 门 or 梯; 1801单元 of an office tower is a room."""
        del profile, options
        other = "口|诊|牌|卫|市|面|头|峡|店|路|街|大|江|海|山|村|镇|乡"
        gate = f"(?:0+号?|[A-Z]|{CHINESE})门(?!{other})"
        return RuleParts(
            tokens=(
                Token.of(f"0{{3,4}}(?:-0{{3,4}})?单元(?:之{NUMBER})?", "room"),
                Token.of(f"(?:{LABEL}|[东南西北中])单元", "unit"),
                Token.of(gate, "unit"),
                Token.of("0{1,2}梯(?![田级台队])", "unit"),
            )
        )


PLUGIN: Rule = Units()
