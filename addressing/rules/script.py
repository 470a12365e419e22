"""Traditional characters become simplified ones, character by character."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@cache
def _table() -> Mapping[str, str]:
    """OpenCC's characters; of several simplified ones the first."""
    folder = files("opencc").joinpath("dictionary")
    lines = folder.joinpath("TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line)
    return {old: new.split(" ")[0] for old, new in pairs if old != new.split(" ")[0]}


@dataclass(frozen=True, slots=True)
class Script:
    """Traditional characters become simplified ones, character by character."""

    name: str = "script"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "繁体转简体", "en": "Traditional to simplified"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """All characters of the OpenCC table but those of the option `keep`."""
        del profile
        kept = set(options.get("keep", ""))
        return RuleParts(characters={a: b for a, b in _table().items() if a not in kept})


PLUGIN: Rule = Script()
