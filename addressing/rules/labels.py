"""Labels such as 地址: and the name of the country are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts

_PROVINCES = (
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|"
    "陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|北京|天津|上海(?!自由)|重庆|香港|澳门"
)
"""中国 before one of these is the country; in 中国银行 it is part of a name."""


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
                f"^ *(?:中华人民共和国|中国(?= |{_PROVINCES}))",
                "之?自编号?(?=第?[0A-Z])",
            ),
            signs="址|住所|^ *中|自编",
        )


PLUGIN: Rule = Labels()
