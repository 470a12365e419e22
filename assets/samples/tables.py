"""The layers of the sample city as tables with titles, ready for any file format."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from shapely.geometry.base import BaseGeometry

from assets.samples.landuse import USES
from assets.samples.model import City, Division
from assets.samples.names import CITY, DISTRICT

type Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column with what it is called for people."""

    name: str
    title_zh: str
    title_en: str
    values: tuple[Value, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A layer: columns and geometry in plan metres."""

    name: str
    title_zh: str
    title_en: str
    class_code: str
    id_field: str
    name_field: str
    geometry: tuple[BaseGeometry, ...]
    columns: tuple[Column, ...]
    authority: str
    height_field: str = ""


_PLANNING: Final = f"{CITY}自然资源和规划局（示例）"
_HOUSING: Final = f"{CITY}住房和城乡建设局（示例）"
_WORKS: Final = f"{CITY}城市管理局（示例）"
_CIVIL: Final = f"{CITY}民政局（示例）"
_POLICE: Final = f"{CITY}公安局{DISTRICT}分局（示例）"


def _community_columns(city: City, indices: list[int]) -> tuple[Column, Column]:
    own = [city.communities[i] for i in indices]
    names = {division.code: division.name for division in city.subdistricts}
    return (
        Column("subdistrict", "街道", "Sub-district", tuple(names[c.parent] for c in own)),
        Column("community", "社区", "Community", tuple(c.name for c in own)),
    )


def buildings_table(city: City) -> Table:
    """Buildings with storeys, height, year, structure and address."""
    rows = city.buildings
    columns = (
        Column("bldg_id", "房屋编号", "Building number", tuple(b.id for b in rows)),
        Column("name", "名称", "Name", tuple(b.name for b in rows)),
        Column("usage", "用途", "Use", tuple(b.usage for b in rows)),
        Column("floors", "地上层数", "Storeys above ground", tuple(b.floors for b in rows)),
        Column("height_m", "建筑高度", "Height", tuple(b.height_m for b in rows), "m"),
        Column("year", "建成年份", "Year of completion", tuple(b.year for b in rows)),
        Column("structure", "结构类型", "Structure", tuple(b.structure for b in rows)),
        Column("estate", "小区（院落）", "Estate or compound", tuple(b.estate for b in rows)),
        Column("street", "街路巷", "Street", tuple(b.street for b in rows)),
        Column("number", "门牌号", "House number", tuple(b.number for b in rows)),
        Column("address", "地址", "Address", tuple(b.address for b in rows)),
        *_community_columns(city, [b.community for b in rows]),
        Column("parcel", "宗地代码", "Parcel code", tuple(city.parcel_codes[b.lot] for b in rows)),
    )
    shapes = tuple(b.shape for b in rows)
    return Table(
        "buildings",
        "建筑",
        "Buildings",
        "BLDG",
        "bldg_id",
        "name",
        shapes,
        columns,
        _HOUSING,
        "height_m",
    )


def _built(city: City) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Floor area and covered area on each lot, square metres."""
    lots = np.array([b.lot for b in city.buildings])
    area = np.array([b.shape.area for b in city.buildings])
    floors = np.array([b.floors for b in city.buildings])
    size = len(city.lots)
    return np.bincount(lots, area * floors, size), np.bincount(lots, area, size)


def parcels_table(city: City) -> Table:
    """Lots with the column names of a land survey: initials of the Chinese words."""
    lots = city.lots
    uses = [USES[lot.parcel.use] for lot in lots]
    ground = np.array([lot.parcel.shape.area for lot in lots])
    floor_area, covered = _built(city)
    ratio = np.round(floor_area / ground * [use.ratio_scale for use in uses], 2)
    density = np.round(100 * covered / ground, 1)
    communities = [city.communities[lot.community] for lot in lots]
    columns = (
        Column("ZDDM", "宗地代码", "Parcel code", city.parcel_codes),
        Column("DKMC", "地块名称", "Parcel name", tuple(lot.parcel.name for lot in lots)),
        Column("YDDM", "用地代码", "Land use code", tuple(use.code for use in uses)),
        Column("YDMC", "用地名称", "Land use", tuple(use.name for use in uses)),
        Column("MJ", "面积", "Area", tuple(float(a) for a in np.round(ground, 1)), "m2"),
        Column("RJL", "容积率", "Floor area ratio", tuple(float(r) for r in ratio)),
        Column("JZMD", "建筑密度", "Site coverage", tuple(float(d) for d in density), "%"),
        Column("SQMC", "所属社区", "Community", tuple(c.name for c in communities)),
    )
    shapes = tuple(lot.parcel.shape for lot in lots)
    return Table("parcels", "地块", "Parcels", "PARC", "ZDDM", "DKMC", shapes, columns, _PLANNING)


def roads_table(city: City) -> Table:
    """Middle lines of streets from junction to junction."""
    rows = city.stretches
    classes = [row.street.road_class for row in rows]
    columns = (
        Column("road_id", "路段编号", "Stretch number", tuple(row.id for row in rows)),
        Column("name", "道路名称", "Road name", tuple(row.street.name for row in rows)),
        Column("class", "道路等级", "Road class", tuple(c.name for c in classes)),
        Column(
            "width_m",
            "路面宽度",
            "Carriageway width",
            tuple(c.carriageway_m for c in classes),
            "m",
        ),
        Column(
            "red_line_m",
            "红线宽度",
            "Width between red lines",
            tuple(c.corridor_m for c in classes),
            "m",
        ),
        Column("lanes", "车道数", "Lanes", tuple(c.lanes for c in classes)),
        Column("speed_km_h", "限速", "Speed limit", tuple(c.speed_km_h for c in classes), "km/h"),
        Column(
            "bridge",
            "是否桥梁",
            "On a bridge",
            tuple("是" if row.bridge else "否" for row in rows),
        ),
        Column(
            "length_m", "长度", "Length", tuple(round(row.line.length, 1) for row in rows), "m"
        ),
    )
    shapes = tuple(row.line for row in rows)
    return Table("roads", "道路", "Roads", "ROAD", "road_id", "name", shapes, columns, _PLANNING)


def water_table(city: City) -> Table:
    """Rivers, canals and lakes."""
    rows = city.water
    columns = (
        Column(
            "water_id",
            "水体编号",
            "Water number",
            tuple(f"W{i:03d}" for i in range(1, len(rows) + 1)),
        ),
        Column("name", "名称", "Name", tuple(row.name for row in rows)),
        Column("kind", "类型", "Kind", tuple(row.kind for row in rows)),
        Column("area_m2", "面积", "Area", tuple(round(row.shape.area, 1) for row in rows), "m2"),
    )
    shapes = tuple(row.shape for row in rows)
    return Table(
        "water", "水域", "Water bodies", "WATR", "water_id", "name", shapes, columns, _WORKS
    )


def greens_table(city: City) -> Table:
    """Parks, gardens, belts and sports grounds."""
    rows = city.greens
    columns = (
        Column(
            "green_id",
            "绿地编号",
            "Green number",
            tuple(f"G{i:04d}" for i in range(1, len(rows) + 1)),
        ),
        Column("name", "名称", "Name", tuple(row.name for row in rows)),
        Column("kind", "类型", "Kind", tuple(row.kind for row in rows)),
        Column("area_m2", "面积", "Area", tuple(round(row.shape.area, 1) for row in rows), "m2"),
    )
    shapes = tuple(row.shape for row in rows)
    return Table(
        "greens", "绿地", "Green space", "GREN", "green_id", "name", shapes, columns, _WORKS
    )


def devices_table(city: City) -> Table:
    """Devices with kind, date and state."""
    rows = city.devices
    columns = (
        Column("device_id", "设备编号", "Device number", tuple(d.id for d in rows)),
        Column("kind", "设备类型", "Kind", tuple(d.kind for d in rows)),
        Column("place", "安装位置", "Place", tuple(d.place for d in rows)),
        Column("installed", "安装日期", "Date of installation", tuple(d.installed for d in rows)),
        Column("status", "状态", "State", tuple(d.status for d in rows)),
    )
    points = tuple(d.point for d in rows)
    return Table(
        "devices", "物联感知设备", "Devices", "DEVC", "device_id", "place", points, columns, _WORKS
    )


def doorplates_table(city: City) -> Table:
    """Door plates with the full address and its parts."""
    rows = city.plates
    columns = (
        Column("plate_id", "门牌编号", "Plate number", tuple(p.id for p in rows)),
        Column("kind", "门牌类型", "Kind of plate", tuple(p.kind for p in rows)),
        Column("city", "市", "City", (CITY,) * len(rows)),
        Column("district", "区", "District", (DISTRICT,) * len(rows)),
        *_community_columns(city, [p.community for p in rows]),
        Column("street", "街路巷", "Street", tuple(p.street for p in rows)),
        Column("number", "门牌号", "House number", tuple(f"{p.number}号" for p in rows)),
        Column(
            "sub_address", "小区楼栋", "Estate and building", tuple(p.sub_address for p in rows)
        ),
        Column("full_address", "标准地址", "Full address", tuple(p.text for p in rows)),
        Column("bldg_id", "房屋编号", "Building number", tuple(p.building for p in rows)),
    )
    points = tuple(p.point for p in rows)
    return Table(
        "doorplates",
        "门牌",
        "Door plates",
        "DOOR",
        "plate_id",
        "full_address",
        points,
        columns,
        _POLICE,
    )


def pipes_table(city: City) -> Table:
    """Pipes with diameter, material and depth."""
    rows = city.pipes
    ids = tuple(f"GX{i:05d}" for i in range(1, len(rows) + 1))
    columns = (
        Column("pipe_id", "管段编号", "Pipe number", ids),
        Column("name", "名称", "Name", tuple(f"{p.street}{p.kind}管" for p in rows)),
        Column("kind", "管线类别", "Kind", tuple(p.kind for p in rows)),
        Column("diameter_mm", "管径", "Diameter", tuple(p.diameter_mm for p in rows), "mm"),
        Column("material", "材质", "Material", tuple(p.material for p in rows)),
        Column("depth_m", "埋深", "Depth of cover", tuple(p.depth_m for p in rows), "m"),
        Column("year", "埋设年份", "Year laid", tuple(p.year for p in rows)),
        Column(
            "laying",
            "敷设方式",
            "Way of laying",
            tuple("随桥" if p.depth_m < 0 else "直埋" for p in rows),
        ),
    )
    lines = tuple(p.line for p in rows)
    return Table(
        "pipes", "地下管线", "Underground pipes", "PIPE", "pipe_id", "name", lines, columns, _WORKS
    )


def _divisions_table(
    name: str, title_zh: str, title_en: str, rows: tuple[Division, ...], level: str
) -> Table:
    columns = (
        Column("code", "区划代码", "Division code", tuple(d.code for d in rows)),
        Column("name", "名称", "Name", tuple(d.name for d in rows)),
        Column("level", "级别", "Level", (level,) * len(rows)),
        Column("parent", "上级代码", "Code of parent", tuple(d.parent for d in rows)),
    )
    shapes = tuple(d.shape for d in rows)
    return Table(name, title_zh, title_en, "DIVN", "code", "name", shapes, columns, _CIVIL)


def subdistricts_table(city: City) -> Table:
    """Sub-districts (街道)."""
    return _divisions_table("subdistricts", "街道", "Sub-districts", city.subdistricts, "街道")


def communities_table(city: City) -> Table:
    """Communities (社区)."""
    return _divisions_table("communities", "社区", "Communities", city.communities, "社区")
