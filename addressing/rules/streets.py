"""Streets: names that end in 路, 街, 大道, 巷 and their like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.numerals import LETTERS
from addressing.profile import Profile
from addressing.rules.base import NameEnd, Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Streets:
    """Streets: names that end in 路, 街, 大道, 巷 and their like."""

    name: str = "streets"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "街路巷", "en": "Streets"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """The words of all cities and the city's own; a bare direction or number is no name."""
        common = tuple(word for word in options["words"] if word not in profile.roads)
        rare = (*options["rare"], *profile.roads)
        words = "|".join((*common, *rare))
        refused = f"[东南西北中上下前后](?:路|道|线|条|弄|巷)|[{LETTERS}](?:{words})|{words}"
        return RuleParts(
            names=(
                NameEnd("road", common, 1.0, tail="(?:[东南西北中]段|辅路)?", refused=refused),
                NameEnd("road", rare, 1.6, refused=refused),
                NameEnd("lane", ("巷", "胡同"), 0.95),
            )
        )


PLUGIN: Rule = Streets()
