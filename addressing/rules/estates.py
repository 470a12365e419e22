"""Estates: names that end in 小区, 花园, 苑 and their like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import NameEnd, Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Estates:
    """Estates: names that end in 小区, 花园, 苑 and their like."""

    name: str = "estates"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "小区", "en": "Estates"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Long words cheaply; single characters are dearer."""
        return RuleParts(
            names=(
                NameEnd("estate", tuple(options["words"]), 1.0),
                NameEnd("estate", tuple(options["letters"]), 1.4),
                NameEnd("estate", profile.estates, 0.8),
            )
        )


PLUGIN: Rule = Estates()
