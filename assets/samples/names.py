"""Names: invented, but made the way such names are made."""

from typing import Final

CITY: Final = "示例市"
DISTRICT: Final = "云杉区"
DISTRICT_CODE: Final = "990101"
"""No province has the number 99, so the code can belong to no real place."""

RIVER: Final = "杉江"
LAKE: Final = "鹭鸣湖"
CANAL: Final = "柳溪渠"
RING: Final = "云杉环路"

NORTH_SOUTH: Final = ("西屏路", "松岭路", "鹤鸣路", "云杉大道", "锦杉路", "东屏路")
EAST_WEST: Final = ("南屏路", "沁园路", "星河路", "北屏路")
DIAGONALS: Final = ("望岳路", "迎曦路", "听涛路", "揽月路")


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


STREETS: Final = words(
    """
    栖霞 青松 白桦 银杏 香樟 梧桐 海棠 丹桂 紫藤 玉兰 石榴 乌桕 红枫 翠柏 榆荫
    槐香 桑梓 柘林 文澜 学海 书院 翰林 棋盘 砚池 墨香 弘文 崇实 致远 明德 思源
    励耘 求索 博观 厚积 金穗 丰泽 永兴 广济 安康 和顺 泰宁 新民 团结 建设 工农
    向阳 朝晖 光华 曙光 先锋 云帆 长风 凌波 碧潭 清涟 芦荻 鸥鹭 观澜 听雨 望江
    沙洲 渡口 码头 船厂 古渡 月湖 科创 创新 数谷 智汇 启航 腾飞 高新 瑞祥 锦绣
    嘉禾 春晓 夏荷 秋实 冬青 竹影 兰亭 松涛 柏园 枫林 杏坛 桃源 李园 梨苑 橘洲
    茶山 药圃 稻香 麦浪 菱塘 荷塘 莲池 苇岸
    """
)
"""Names of local streets without the ending."""

OLD_LANES: Final = words(
    """
    打铁巷 染坊巷 豆腐巷 竹器巷 油坊巷 当铺巷 盐仓巷 米市巷 银匠巷 剪刀巷 酱园巷
    茶馆巷 书铺巷 灯笼巷 马号巷 井泉巷 双槐巷 石板巷 牌坊巷 文庙巷 城隍巷 财神巷
    观音巷 太平巷 福寿巷 仁厚巷 礼让巷 积善巷 同春巷 永庆巷 长乐巷 安定巷 三元巷
    状元巷 进士巷 桂花巷 枣树巷 梅枝巷 松针巷 柳叶巷 箍桶巷 织机巷 纸坊巷 糖坊巷
    醋坊巷 线铺巷 鞋铺巷 帽儿巷 鼓楼巷 更鼓巷 瓦窑巷 石桥巷 半边巷 口袋巷 扁担巷
    青果巷
    """
)
VILLAGES: Final = words(
    """
    杨家湾 何家塘 周家墩 陈家咀 罗家坳 彭家畈
    """
)
ESTATES: Final = words(
    """
    云杉 青松 杉江 鹭鸣湖 栖霞 银杏 丹桂 玉兰 海棠 紫藤 梧桐 望江 听涛 观澜 揽月
    枫林 翠柏 竹影 兰亭 春晓 荷塘 锦绣 嘉禾 瑞祥 和顺 泰宁 安康 金穗 丰泽 永兴
    朝晖 曙光 向阳 新民 建设 团结 文澜 书院 翰林 砚池 明德 思源 致远 长风 云帆
    碧潭 清涟 月湖 桃源 梨苑 橘洲 稻香 菱塘 莲池 苇岸 松涛 杏坛 柏园 秋实 冬青
    凌波 沙洲 古渡 曦城 星河 澜庭 景和 悦江 麓园 锦杉 鹤鸣 晴川 汀兰 溪岸 浅山
    云栖 雅筑 天悦 时代 都会
    """
)
ESTATE_ENDS: Final = {
    "estate_old": words("小区 新村 宿舍 里 新苑"),
    "estate_mid": words("花园 家园 苑 花苑 新城"),
    "estate_high": words("府 华庭 名邸 公馆 雅苑 国际"),
    "villa": words("山庄 别墅 溪谷"),
}
"""Endings of the names of estates, by their kind."""

OFFICES: Final = words(
    """
    云杉金融中心 杉江国际大厦 示例环球广场 星河中心 鹤鸣大厦 云帆商务中心 启航大厦
    数谷科技大厦 汇通大厦 长风广场 致远大厦 新民保险大厦 丰泽银行大厦 瑞祥中心 锦绣国际
    金穗大厦 望江中心 博观大厦 腾飞大厦 广济大厦 和顺商务楼 天悦中心 都会广场 朝晖大厦
    嘉禾大厦 凌波中心 永兴大厦 曦城中心 景和大厦 文澜传媒大厦 智汇中心 泰宁大厦
    光华大厦 思源大厦 春晓商务楼 晴川大厦 汀兰中心 云栖大厦 时代中心 秋实大厦
    """
)
MALLS: Final = words(
    """
    云杉天地购物中心 星河广场 杉江万象城 锦杉生活广场 鹤鸣百货 悦江汇
    """
)
HOTELS: Final = words(
    """
    杉江大酒店 云杉国际酒店 鹭鸣湖宾馆
    """
)
WORKS: Final = words(
    """
    示例机床厂 云杉汽车零部件公司 杉江造船修造厂 星河电子工业园 青松家具公司 金穗食品公司
    清涟水处理设备公司 云帆物流园 启航新材料公司 永兴纺织公司 瑞祥包装公司
    数谷智能装备公司 广济制药公司 丰泽农机公司 长风风电叶片公司 建设混凝土公司
    光华玻璃公司 腾飞模具公司 嘉禾冷链物流中心 科创孵化园 泰宁电缆公司 安康医疗器械公司
    """
)
COMMUNITIES: Final = {
    "松岭街道": words("松岭 西屏 望岳 白桦 翠柏 致远 明德 栖霞 枫林 竹影 兰亭 杏坛"),
    "云杉街道": words("云杉 鹤鸣 星河 北屏 文澜 海棠 玉兰 书院 锦杉 丹桂"),
    "晨曦街道": words("晨曦 迎曦 东屏 科创 工农 曙光 启航 数谷"),
    "古渡街道": words("古渡 沙洲 揽月 船厂 碧潭 云帆 望江 西滩"),
    "柳溪街道": words("柳溪 沁园 莲池 南屏 和顺 鼓楼 文庙 双槐 荷塘 桃源 橘洲 梨苑"),
    "鹭鸣街道": words("鹭鸣 月湖 听涛 杨湾 稻香 春晓 紫藤 银杏 菱塘 苇岸"),
}
"""Names of communities without the ending, by sub-district."""

SUBDISTRICTS: Final = tuple(COMMUNITIES)
DIGITS: Final = "零一二三四五六七八九十"


def chinese_number(value: int) -> str:
    """A number from 1 to 99 in Chinese figures, such as 二十三."""
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones else "")


def take(pool: tuple[str, ...], index: int) -> str:
    """A name of a pool; from the second round on a number is added to keep it unique."""
    turn, place = divmod(index, len(pool))
    name = pool[place]
    return name if turn == 0 else f"{name}{chinese_number(turn + 1)}"


def lane_name(index: int) -> str:
    """Name of the index-th lane of the old town."""
    turn, place = divmod(index, len(OLD_LANES))
    return ("", "小", "后", "里")[turn] + OLD_LANES[place]


def estate_name(use: str, index: int) -> str:
    """Name of the index-th estate; the ending fits its age."""
    ends = ESTATE_ENDS[use]
    turn, place = divmod(index, len(ESTATES))
    return ESTATES[place] + ends[(place + turn * 2) % len(ends)]


def street_name(index: int) -> str:
    """Name of the index-th local street."""
    turn, place = divmod(index, len(STREETS))
    name = STREETS[place * 37 % len(STREETS)]
    return name + ("路" if turn == 0 else "支路")
