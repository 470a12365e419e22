"""Names of persons who receive something are no part of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import Rule, RuleParts


@dataclass(frozen=True, slots=True)
class Recipients:
    """Names of persons who receive something are no part of the address."""

    name: str = "recipients"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "收件人剔除", "en": "Recipients"})

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """A labelled name, or a name before 收 or with 先生 or 女士.

        After a number, the unit word of the number is no name.
        """
        del profile, options
        han = "[\u4e00-\u9fff]"
        label = "(?:收件人|收货人|联系人|姓名|户主|申请人)"
        title = "(?:先生|女士|小姐|老师)"
        begin = "(?:(?<= )|(?<=0)|(?<=室))(?![号栋幢座楼层室户])"
        name = f"(?:(?![楼层室户号]){han}){{1,3}}"
        return RuleParts(
            noise=(
                f"(?:^|(?<=[ 0])){han}{{2,3}}(?= *0{{11}}(?!0))",
                f"(?<=0{{11}}) *(?!{han}{{1,2}}[省市区县]){han}{{2,3}}(?= |$)",
                f"{label} *{han}{{2,4}}(?!{han})",
                f"{begin}{name}{title}? *[(]?(?:亲?收|启)[)]?(?= |$)",
                f"{begin}{han}{{1,3}}{title}(?= |$|0)",
                "(?<=[号室户房楼层院])(?:[(]亲?[收启][)]|亲?收(?= |$))",
            ),
            signs="0{11}|系人|货人|件人|请人|姓名|户主|[收启]|先生|女士|小姐|老师",
        )


PLUGIN: Rule = Recipients()
