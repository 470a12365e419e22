"""Words for near, opposite and beside are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts

_HAN = "[\u4e00-\u9fff]"


@dataclass(frozen=True, slots=True)
class Vicinity:
    """Words for near, opposite and beside are no part of the address."""

    name: str = "vicinity"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "方位附注剔除", "en": "Words of nearness"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """At the end of the address or before a separator."""
        del profile, options
        sides = "附近|斜?对面|[后前里背]面|对过|旁边|[东南西北]边|隔壁|旁|门口"
        words = f"{sides}|以[东南西北]|内侧?|往[东南西北]"
        places = "区园苑庭府城里场厦学院村"
        joins = "(?:[与及]|和(?![平谐睦顺兴美义瑞风畅]))"
        crossing = "交叉路口|交叉口|交汇处|交汇口|交界处|交口|交汇|交叉|路口"
        return RuleParts(
            noise=(
                f"(?<=[路街道巷])(?<!街道){joins}(?={_HAN}{{2,8}}[路街道巷])",
                f"(?<=[^ ])(?:{words})(?= |;|[(]|$)",
                f"(?<=[路街道巷线])(?:{crossing})(?:[东南西北]{{1,2}}[角侧])?",
                "(?<=[路街道巷线号楼层段])[东南西北]{1,2}侧(?![路街])",
                f"(?<={_HAN}[{places}])(?:[东南西北]{{1,2}}|[正侧旁大])门(?= |;|[(]|$)",
                "(?<=[路街道段])路[东南西北]侧?(?= |;|[(]|$)",
                "(?<=[号院])内(?=0)",
                "沿街(?=门[市面]|商[铺服]|店面|网点)",
                "[往向][东南西北]{1,2}(?:行|走)?(?:约)?0+米(?:处)?(?:路[东南西北]侧?)?",
            ),
            signs="沿街|[近面过边壁旁口处汇叉侧内与和及往向门]|以[东西南北]|路[东西南北]",
        )


PLUGIN: Rule = Vicinity()
