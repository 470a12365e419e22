"""Divisions that the lexicon does not know, by their last words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.numerals import LETTERS
from addressing.profile import Profile
from addressing.rules.base import NameEnd, Rule, RuleParts

_TOWNSHIPS = ("地区办事处", "办事处", "街道", "镇", "乡", "苏木")
_OFFICE = "(?:办(?:事处|(?!公)))?"
"""What may follow 街道: the office stands for what it administers."""
_HAMLETS = ("村", "屯", "庄", "寨", "塘", "埭", "湾", "围", "厝", "宅", "片")
_NO_GROUP = ".*(?:[公报学茶]|旅行|出版|供销|合作|通讯|杂志|信用|福利)社"
_COMMITTEES = (
    "社区居民委员会",
    "社区居委会",
    "居民委员会",
    "村民委员会",
    "居委会",
    "村委会",
    "社区",
    "行政村",
    "嘎查",
)
_NONE = (
    ".*(?:[小社园校院库厂东西南北中景矿期活属宅置住一二三四五六七八九十A-Z0]区|[超商菜城都夜门]市)"
)
"""Endings like those of divisions on names of other things."""


@dataclass(frozen=True, slots=True)
class Settlements:
    """Divisions that the lexicon does not know, by their last words."""

    name: str = "settlements"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "行政区划通名", "en": "Divisions by their last words"}
    )

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Province to community; 小区, 园区 and 超市 are no divisions."""
        committees = (*_COMMITTEES, *profile.communities)
        return RuleParts(
            names=(
                NameEnd("province", ("特别行政区", "自治区", "省"), 1.7, refused=_NONE),
                NameEnd("city", ("自治州", "地区", "市", "盟"), 1.7, refused=_NONE),
                NameEnd("county", ("自治县", "自治旗", "区", "县", "旗"), 1.2, refused=_NONE),
                NameEnd("county", tuple(options["zones"]), 0.9),
                NameEnd("township", _TOWNSHIPS, 1.1, tail=_OFFICE),
                NameEnd("community", committees, 1.1),
                NameEnd("community", ("村",), 1.15),
                NameEnd("natural_village", ("自然村",), 1.0),
                NameEnd("natural_village", _HAMLETS, 1.5),
                NameEnd("community", ("委",), 1.6, stem=2, refused=".*[党市县区省建政编]委"),
                NameEnd("group", ("村民小组", "居民小组", "村民组", "居民组"), 1.2),
                NameEnd("group", ("组",), 1.3, refused=f".*[小班机项课{LETTERS}]组"),
                NameEnd("group", ("社",), 1.5, refused=_NO_GROUP),
            )
        )


PLUGIN: Rule = Settlements()
