"""Latin letters become capitals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Capitals:
    """Latin letters become capitals."""

    name: str = "capitals"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "拉丁字母大写", "en": "Capital letters"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """A to z."""
        del profile, options
        return RuleParts(characters=dict(zip(ascii_lowercase, ascii_uppercase, strict=True)))


PLUGIN: Rule = Capitals()
