"""Numbered compounds: 12号院, which is not number 12."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import NUMBER, Rule, RuleParts, Token


@dataclass(frozen=True, slots=True)
class Compounds:
    """Numbered compounds: 12号院, which is not number 12."""

    name: str = "compounds"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "号院", "en": "Numbered compounds"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers before 号院."""
        del profile, options
        number = f"[甲乙丙丁临特]?{NUMBER}(?:[-之附]{NUMBER})*[甲乙丙丁]?"
        return RuleParts(tokens=(Token.of(f"{number}号(?:大|小)?院(?!子|校|士)", "compound"),))


PLUGIN: Rule = Compounds()
