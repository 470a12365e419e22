"""Words of the page behind a plate, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "plate_damaged": ("门牌破损、脱落或看不清", "The plate is damaged, missing or unreadable"),
        "number_wrong": ("门牌号与实际不符", "The number is not right"),
        "name_wrong": ("路名、小区名等不正确", "A name is not right"),
        "place_wrong": ("地图上的位置不对", "The place on the map is not right"),
        "gone": ("该处已拆除或不存在", "The place is no more"),
        "other": ("其他", "Something else"),
    }
)
"""What a report may be about, Chinese and English."""

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": {
            "standard_address": "标准地址",
            "code": "地址编码",
            "status": "状态",
            "valid": "有效",
            "draft": "待核定",
            "retired": "已注销",
            "since": "启用日期",
            "until": "注销日期",
            "path": "区划与要素",
            "division_code": "区划代码",
            "old_names": "曾用名",
            "now": "现名",
            "until_day": "至 {0}",
            "position": "位置",
            "position_about": "CGCS2000 经纬度，精确到约 1 米",
            "grid": "北斗网格位置码",
            "map": "周边示意图",
            "map_about": "上北下南，宽约 220 米。圆点为本门牌。数据来自本市公开图层。",
            "services": "相关服务",
            "report": "问题上报",
            "report_about": "无需填写个人信息，请勿填写姓名、电话、身份证号。",
            "report_kind": "问题类型",
            "report_note": "说明（可不填，最多 500 字）",
            "send": "提交",
            "thanks": "已收到，感谢您的反馈。",
            "later": "上报过多，本条未受理，请稍后再试。",
            "sample": "示例数据",
            "other_language": "English",
            "draft_title": "该地址尚未生效",
            "draft_about": "编码已预留，地址核定后即可查询。",
            "retired_title": "该地址已注销",
            "retired_about": "门牌可能尚未更换。",
            "successors": "现地址",
            "no_successor": "没有接替的地址。",
            "unknown_title": "未找到该地址",
            "unknown_about": "编码格式正确，但本市没有登记该编码。请核对门牌上的 16 位数字。",
            "wrong_title": "编码有误",
            "wrong_about": "门牌二维码下方印有 16 位数字，请对照重新输入。",
            "perhaps": "您要找的可能是",
            "digit": "第 {0} 位不同",
            "type_code": "输入 16 位地址编码",
            "look_up": "查询",
        },
        "en": {
            "standard_address": "Standard address",
            "code": "Address code",
            "status": "Status",
            "valid": "valid",
            "draft": "not yet in force",
            "retired": "retired",
            "since": "Since",
            "until": "Until",
            "path": "Divisions and elements",
            "division_code": "division code",
            "old_names": "Former names",
            "now": "now",
            "until_day": "until {0}",
            "position": "Place",
            "position_about": "CGCS2000 longitude and latitude, to about 1 m",
            "grid": "BeiDou grid code",
            "map": "Surroundings",
            "map_about": "North is up, about 220 m across. The dot is this door. From the city's "
            "public layers.",
            "services": "Services",
            "report": "Report a fault",
            "report_about": "No personal data is needed; please give no name, telephone or "
            "identity number.",
            "report_kind": "What is wrong",
            "report_note": "Details (optional, at most 500 characters)",
            "send": "Send",
            "thanks": "Received. Thank you for telling us.",
            "later": "Too many reports have come; this one was not taken. Please try later.",
            "sample": "Sample data",
            "other_language": "中文",
            "draft_title": "This address is not in force yet",
            "draft_about": "The code is reserved; the address can be looked up once it is "
            "approved.",
            "retired_title": "This address is retired",
            "retired_about": "The plate may not have been replaced yet.",
            "successors": "The address today",
            "no_successor": "No address took its place.",
            "unknown_title": "No such address",
            "unknown_about": "The code is well formed, but the city has no such address. Please "
            "compare the 16 digits on the plate.",
            "wrong_title": "The code is not right",
            "wrong_about": "The 16 digits stand below the QR code on the plate; please type them "
            "again.",
            "perhaps": "Perhaps you want",
            "digit": "digit {0} differs",
            "type_code": "The 16 digits of the address code",
            "look_up": "Look up",
        },
    }
)
