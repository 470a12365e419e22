"""Notes in brackets are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Brackets:
    """Notes in brackets are no part of the address."""

    name: str = "brackets"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "括注剔除", "en": "Notes in brackets"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """A note of two characters or more; round a single one only the brackets go."""
        del profile, options
        return RuleParts(noise=(r"\([^()]{2,60}\)?", r"[()]"), signs="[()]")


PLUGIN: Rule = Brackets()
