"""Notes in brackets are no part of the address, but for rooms: 255号(7-3)室."""

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
        """A note of two characters or more; of a single one and of a room only the signs go."""
        del profile, options
        room = r"(?<=[号栋幢楼元层])\((?:0+(?:-0+){1,3}\)|0{3,4}\)[室号])"
        return RuleParts(noise=(rf"(?!{room})\([^()]{{2,60}}\)?", r"[()]"), signs="[()]")


PLUGIN: Rule = Brackets()
