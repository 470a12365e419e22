"""Full-width letters, digits and signs become half-width."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Width:
    """Full-width letters, digits and signs become half-width."""

    name: str = "width"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "全角转半角", "en": "Full width to half width"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """The 94 full-width signs, and circled digits."""
        del profile, options
        wide = {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}
        circled = {chr(0x2460 + i): str(i + 1) for i in range(9)}
        return RuleParts(characters=wide | circled)


PLUGIN: Rule = Width()
