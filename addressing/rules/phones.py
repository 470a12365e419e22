"""Telephone numbers are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Phones:
    """Telephone numbers are no part of the address."""

    name: str = "phones"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "电话剔除", "en": "Telephone numbers"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Seven or eight digits with or without area code, or eleven."""
        del profile, options
        words = "(?:(?:联系)?电话|手机号?|TEL|电联) *"
        return RuleParts(
            noise=(
                f"(?:{words})?(?<![0A-Z-])(?:0{{3,4}}-)?0{{7,8}}(?![0A-Z-])",
                f"(?:{words})?(?<!0)(?:[+]?00[- ]?)?0{{11}}(?!0)",
                f"(?:{words})?(?<!0)000[- ]0000[- ]0000(?!0)",
                f"{words}0{{7,12}}(?!0)|(?<![0A-Z-])0{{10}}(?![0A-Z-])",
            ),
            signs="0{7}|000[- ]0000",
        )


PLUGIN: Rule = Phones()
