"""Neighbourhoods and groups of a village: 6邻, 3组, 5队."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import CHINESE, Rule, RuleParts, Token


@dataclass(frozen=True, slots=True)
class Groups:
    """Neighbourhoods and groups of a village: 6邻, 3组, 5队."""

    name: str = "groups"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "组与邻", "en": "Groups"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers before 邻, 组, 队, 社, 委; regiments and companies of Xinjiang's 兵团."""
        del profile, options
        words = "邻|村民小组|居民小组|村民组|居民组|小组|组(?!团)|队|社(?!区)"
        han = "[\u4e00-\u9fff]"
        number = f"(?:0+|{CHINESE})"
        return RuleParts(
            tokens=(
                Token.of(f"第?{number}(?:{words})", "group"),
                Token.of(f"[东南西北中]队(?!{han})", "group"),
                Token.of(f"{number}委(?!员|会|书)", "community"),
                Token.of("0{1,3}团(?![结队体购])", "township"),
                Token.of("0{1,2}连(?![锁接云山])", "community"),
            )
        )


PLUGIN: Rule = Groups()
