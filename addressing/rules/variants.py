"""Variants of a character in place names become one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Variants:
    """Variants of a character in place names become one."""

    name: str = "variants"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "异体字归并", "en": "Variants of characters"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Those of the option `characters`, and the city's own."""
        common: Mapping[str, str] = options.get("characters", {})
        return RuleParts(characters={**common, **profile.characters})


PLUGIN: Rule = Variants()
