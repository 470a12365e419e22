"""Words for near, opposite and beside are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts

_HAN = "[\u4e00-\u9fff]"


@dataclass(frozen=True, slots=True)
class Vicinity:
    """Words for near, opposite and beside are no part of the address."""

    name: str = "vicinity"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "方位附注剔除", "en": "Words of nearness"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """At the end of the address or before a separator."""
        del profile, options
        words = "附近|斜?对面|对过|旁边|隔壁|旁|门口|交叉口|交汇处|路口|以[东南西北]|内侧?"
        return RuleParts(
            noise=(
                f"(?<=[路街道巷])[与和及](?={_HAN}{{2,8}}[路街道巷])",
                f"(?<=[^ ])(?:{words})(?= |;|[(]|$)",
                "[往向][东南西北]{1,2}(?:行|走)?(?:约)?0+米(?:处)?",
            )
        )


PLUGIN: Rule = Vicinity()
