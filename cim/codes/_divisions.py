"""Division codes of six digits: province, prefecture, county.

Source: GB/T 2260-2007, first two digits.
"""

from types import MappingProxyType

from cim.codes._texts import quoted
from cim.codes.base import CodeError

PROVINCES = MappingProxyType(
    {
        "11": "北京市",
        "12": "天津市",
        "13": "河北省",
        "14": "山西省",
        "15": "内蒙古自治区",
        "21": "辽宁省",
        "22": "吉林省",
        "23": "黑龙江省",
        "31": "上海市",
        "32": "江苏省",
        "33": "浙江省",
        "34": "安徽省",
        "35": "福建省",
        "36": "江西省",
        "37": "山东省",
        "41": "河南省",
        "42": "湖北省",
        "43": "湖南省",
        "44": "广东省",
        "45": "广西壮族自治区",
        "46": "海南省",
        "50": "重庆市",
        "51": "四川省",
        "52": "贵州省",
        "53": "云南省",
        "54": "西藏自治区",
        "61": "陕西省",
        "62": "甘肃省",
        "63": "青海省",
        "64": "宁夏回族自治区",
        "65": "新疆维吾尔自治区",
        "71": "台湾省",
        "81": "香港特别行政区",
        "82": "澳门特别行政区",
    }
)
"""Names of the divisions of the first level by their two digits."""


def require_division(title: str, code: str) -> None:
    """Refuse a code whose first six digits cannot be a division.

    Raises:
        CodeError: There is no such province, or a county without a prefecture.
    """
    if code[:2] not in PROVINCES:
        known = ", ".join(PROVINCES)
        raise CodeError(
            f"{title} {quoted(code)}: characters 1 to 2 are {code[:2]!r}, no province; "
            f"legal: {known}"
        )
    if code[2:4] == "00" != code[4:6]:
        raise CodeError(
            f"{title} {quoted(code)}: characters 5 to 6 are {code[4:6]!r} under a whole province; "
            f"legal: 00"
        )
