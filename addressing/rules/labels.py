"""Labels such as 地址: and the name of the country are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels such as 地址: and the name of the country are no part of the address."""

    name: str = "labels"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "标签剔除", "en": "Labels"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """At the beginning of the text; 自编 (a number of its owner's) before any number."""
        del profile, options
        kinds = "收货|收件|详细|联系|家庭|通讯|注册|办公|现住"
        return RuleParts(
            noise=(
                f"(?:^| ) *(?:{kinds})?(?:地址|住址|住所)(?= )",
                "^ *(?:中华人民共和国|中国)(?=[ \u4e00-\u9fff])",
                "之?自编号?(?=第?[0A-Z])",
            ),
            signs="址|住所|^ *中|自编",
        )


PLUGIN: Rule = Labels()
