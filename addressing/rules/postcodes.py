"""Postcodes are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Postcodes:
    """Postcodes are no part of the address."""

    name: str = "postcodes"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "邮编剔除", "en": "Postcodes"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Six digits in front, behind or labelled; three or five in Taiwan."""
        del options
        lengths = "0{3}|0{5,6}" if profile.script == "hant" else "0{6}"
        return RuleParts(
            noise=(
                "邮(?:政编)?编?码? *0{6}(?!0)",
                f"^ *(?:{lengths})(?= |[\u4e00-\u9fff](?<![号弄巷室栋幢座楼国省县乡路街]))",
                "(?<= )0{6}(?= |$)",
            ),
            signs="0{5}|^ *000",
        )


PLUGIN: Rule = Postcodes()
