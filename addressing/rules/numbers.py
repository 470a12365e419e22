"""Door numbers: 28号, 甲3号, 9之2号, 9号附2, 28# after a street."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import (
    ARABIC,
    CHINESE,
    NUMBER,
    STREET_NUMBER,
    Reading,
    Rule,
    RuleParts,
    Token,
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Door numbers: 28号, 甲3号, 9之2号, 9号附2, 28# after a street."""

    name: str = "numbers"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "门牌号", "en": "Door numbers"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """Numbers before 号 with stems and sub-numbers; 五号路 is a street."""
        del options
        stem = "[甲乙丙丁戊己庚辛]"
        front = f"(?:{stem}|临时|临|特|附|增|新|老)?"
        body = f"{front}{NUMBER}(?:[-之附]{NUMBER})*(?:{stem}|[A-Z])?号"
        named = "(?<!丁(?=[香字兰桥山家庄丁村]))(?<![甲乙](?=[天秀第烯]))"
        named += "(?<![戊己庚辛](?=[\u4e00-\u9fff]))"
        plain = f"(?![座栋幢单子丑寅卯辰巳午未申酉戌亥]){named}"
        whole = "(?!号|室|栋|幢|单元|层|楼|F)"
        after = (
            f"(?:[之附增]{ARABIC}(?:-0+)*号?{whole}|[之附]{CHINESE}(?![楼层号])"
            f"|-0{{1,2}}(?![0至到-]){whole})*(?:{stem}{plain})?"
        )
        shop = "(?:商铺|[铺摊店]|档(?!案))(?!位?第?0)"
        end = "$|[^\u4e00-\u9fff]"
        built = f"[线桥井坑矿](?={end}|[站头边旁附村社口路街])|[房室](?={end})"
        other = f"{built}|{shop}|公路|国道|大街|大道|路(?:[0东南西北]|$)"
        pattern = f"{body}(?!{other}){after}"
        if profile.building_in_alley:
            building = Reading(("building",), 0.25)
        else:
            building = Reading(("building",), 1.6)
        readings = (Reading(("number",)), Reading(("room",), 0.9), building)
        span = f"{ARABIC}号[-至到]{ARABIC}号(?!室|栋|幢|单元|层|楼|院|弄|{other})"
        tower = f"(?<=大[厦楼])0+(?:-0{{1,2}})?号{whole}(?!{other}|院|弄|#)"
        room = (Reading(("room",), 0.2), Reading(("number",), 0.6))
        return RuleParts(
            tokens=(
                Token(span, (Reading(("number",)),)),
                Token(tower, room),
                Token(pattern, readings),
                Token(STREET_NUMBER, (Reading(("number",)),)),
            )
        )


PLUGIN: Rule = Numbers()
