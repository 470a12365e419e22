"""Streets: names that end in 路, 街, 大道, 巷 and their like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.numerals import LETTERS
from addressing.profile import Profile
from addressing.rules.base import NameEnd, Rule, RuleParts

_TAIL = "(?:[东南西北中]段|[辅支]路|[东南西北]?延长线|[东南西北]?延[长伸]段|[东南西北](?=0))?"
"""What may follow a street's last word: 中段, or a side before the number."""

_NO_STREET = ".*[街隧通河航跑轨管渠频味高地报人步国省县乡村]道"
"""Names that end in 道 and are no streets."""


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
                NameEnd("road", common, 1.0, tail=_TAIL, refused=refused),
                NameEnd("road", rare, 1.6, refused=refused),
                NameEnd("road", ("道",), 1.15, refused=f"{refused}|{_NO_STREET}"),
                NameEnd("lane", ("巷子", "巷", "胡同"), 0.95),
            )
        )


PLUGIN: Rule = Streets()
