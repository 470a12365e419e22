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
        """Numbers before 邻, 组, 队, 社."""
        del profile, options
        words = "邻|村民小组|居民小组|小组|组(?!团)|队|社(?!区)"
        return RuleParts(tokens=(Token.of(f"(?:0+|{CHINESE})(?:{words})", "group"),))


PLUGIN: Rule = Groups()
