"""Numbered lanes and alleys: 143巷, 20弄, 支弄, 衖; sections: 二段."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import ARABIC, CHINESE, NUMBER, Rule, RuleParts, Token


@dataclass(frozen=True, slots=True)
class Lanes:
    """Numbered lanes and alleys: 143巷, 20弄, 支弄, 衖; sections: 二段."""

    name: str = "lanes"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "巷弄段", "en": "Lanes, alleys, sections"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers before 段, 巷, 弄, 支弄, 衖."""
        del profile, options
        one = f"(?:{ARABIC}(?:[-之附]{NUMBER})*|{CHINESE})"
        lane = f"(?:[东南西北中]?(?:0+|{CHINESE})|{one})"
        return RuleParts(
            tokens=(
                Token.of(f"[东南西北]?(?:0+|{CHINESE})段(?!山|村)", "section"),
                Token.of(f"{one}(?:支弄|衖)", "sub_alley"),
                Token.of(f"{one}弄(?!堂|口)", "alley"),
                Token.of(f"{lane}(?:巷|胡同)(?!子|口)", "lane"),
            )
        )


PLUGIN: Rule = Lanes()
