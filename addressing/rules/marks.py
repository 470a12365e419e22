"""Punctuation becomes a few signs: space, hyphen, bracket, semicolon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.numerals import LETTERS
from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts

_SIGNS = {
    " ": "\t\u3000\xa0,，、。.．:：\"“”‘’'`!！?？*=_…<>《》「」『』\n\r|｜",
    "·": "・•‧∙・",
    "-": "－—–−‐‑‒―~～/\\",
    "(": "（[【〔﹙{",
    ")": "）]】〕﹚}",
    ";": "；",
}
"""What each sign stands for; a semicolon parts two addresses."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Punctuation becomes a few signs: space, hyphen, bracket, semicolon."""

    name: str = "marks"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "标点归一", "en": "Punctuation"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Every sign to the one that stands for it; a hyphen between names parts: 浙江-杭州."""
        del profile, options
        name = f"[^0A-Z \\-()#+;{LETTERS}号楼层栋幢座室房户]"
        return RuleParts(
            characters={sign: to for to, signs in _SIGNS.items() for sign in signs},
            noise=(f"(?<={name})-(?=(?!地下|底)[\u4e00-\u9fff])(?=[^{LETTERS}])",),
            signs="-[\u4e00-\u9fff]",
        )


PLUGIN: Rule = Marks()
