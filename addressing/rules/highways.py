"""Highways by number and doors by kilometre: 107国道1254公里, S253省道K12+300."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts, Token


@dataclass(frozen=True, slots=True)
class Highways:
    """Highways by number and doors by kilometre: 107国道1254公里, S253省道K12+300."""

    name: str = "highways"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "公路编号与里程桩号", "en": "Highways and kilometres"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers before 国道 and its like or 街, and kilometres behind a road."""
        del profile, options
        words = "国道|省道|县道|乡道|村道|高速公路|高速"
        return RuleParts(
            tokens=(
                Token.of(f"(?<![A-Z])(?:[GSXYC]?0{{1,4}}(?:{words})|[GSXYC]0{{3,4}}线)", "road"),
                Token.of("0{1,3}(?:大街|街(?![坊道区]))", "road"),
                Token.of("0+(?:公里|KM)(?:0+米)?处?", "number"),
                Token.of("(?<=[道速线路段])K0+[+]0+处?", "number"),
            )
        )


PLUGIN: Rule = Highways()
