"""Points of interest and named buildings by their last words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import NameEnd, Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Places:
    """Points of interest and named buildings by their last words."""

    name: str = "places"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "兴趣点与楼宇", "en": "Places and named buildings"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Office towers, schools, hospitals and the like; 东楼 and 主楼 are buildings."""
        del profile
        return RuleParts(
            names=(
                NameEnd("building", tuple(options["buildings"]), 1.0, stem=0),
                NameEnd("estate", tuple(options["parks"]), 0.9),
                NameEnd("poi", tuple(options["words"]), 1.1, tail="[一二三四五六七八九十]$"),
                NameEnd("poi", tuple(options["letters"]), 1.6, stem=2),
            )
        )


PLUGIN: Rule = Places()
