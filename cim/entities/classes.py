"""Entity classes: the four characters that begin an entity id."""

from dataclasses import dataclass

from cim.errors import InputError


@dataclass(frozen=True, slots=True)
class EntityClass:
    """A kind of thing in the city."""

    code: str
    """Four characters `A`-`Z` or `0`-`9`; the first four of every id of the class."""

    title_zh: str
    title_en: str


REGISTERED = "ADDR"
"""The class that a registry keeps: its features have codes of their own and no entity ids."""

CLASSES = {
    entity_class.code: entity_class
    for entity_class in (
        EntityClass(REGISTERED, "标准地址", "Standard address"),
        EntityClass("BLDG", "建筑", "Building"),
        EntityClass("BRDG", "桥梁", "Bridge"),
        EntityClass("DEVC", "物联感知设备", "Device"),
        EntityClass("DIVN", "行政区划", "Administrative division"),
        EntityClass("DOOR", "门牌", "Door plate"),
        EntityClass("ELEM", "建筑构件", "Building element"),
        EntityClass("FEAT", "一般要素", "Feature"),
        EntityClass("FURN", "城市部件", "City furniture"),
        EntityClass("GREN", "绿地", "Green space"),
        EntityClass("GRID", "网格单元", "Grid cell"),
        EntityClass("PARC", "地块", "Parcel"),
        EntityClass("PIPE", "管线", "Pipe"),
        EntityClass("ROAD", "道路", "Road"),
        EntityClass("SPAC", "建筑空间", "Space"),
        EntityClass("STOR", "楼层", "Storey"),
        EntityClass("TUNL", "隧道", "Tunnel"),
        EntityClass("VEGT", "植被", "Vegetation"),
        EntityClass("WATR", "水域", "Water body"),
    )
}
"""The known classes by code."""


def entity_class(code: str) -> EntityClass:
    """The class of a code.

    Raises:
        InputError: The code is not known; the message lists the known ones.
    """
    found = CLASSES.get(code.upper())
    if found is None:
        raise InputError(f"entity class {code!r} is unknown; known: {', '.join(CLASSES)}")
    return found
