"""Zones and phases of an estate: 二期, A区, 东区."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import LABEL, Rule, RuleParts, Token

_NOT_NAMED = "(?<![江城河岭海湖山西东华云淮济湘苏滇闽])"
"""江南一区 is zone 1 of 江南, 花园东一区 is zone 东1 of an estate."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Zones and phases of an estate: 二期, A区, 东区."""

    name: str = "zones"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "分区分期", "en": "Zones"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers, letters and directions before 期, 区, 组团."""
        del profile, options
        words = "期|部位|区(?!间)|组团|地块|坊(?![路街巷])"
        side = "[东南西北中](?:区|组团|苑|园)(?![\u4e00-\u9fff]*[路街道])"
        return RuleParts(
            tokens=(
                Token.of(
                    f"(?:第|{_NOT_NAMED}[东南西北中])?{LABEL}(?:{words})|{side}", "zone", cost=0.4
                ),
            )
        )


PLUGIN: Rule = Zones()
