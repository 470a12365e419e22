"""Words of the DGGS documents and pages, in the two languages that every page has."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "systems": "离散全球格网",
        "systems_about": (
            "按北斗网格位置码、GeoSOT、H3 查询格网单元，并按单元汇总图层数据（OGC API - DGGS）。"
        ),
        "zones": "格网单元",
        "zone": "格网单元",
        "definition": "格网参考系统定义",
        "levels": "层级",
        "level": "层级",
        "default_depth": "默认相对深度",
        "max_depth": "最大相对深度",
        "area": "面积（m²）",
        "centroid": "中心点（经纬度）",
        "bounds": "范围（经纬度）",
        "parent": "父单元",
        "children": "子单元",
        "neighbors": "相邻单元",
        "data": "数据",
        "matched": "共 {0} 个格网单元，本页 {1} 个，本页面积 {2} m²",
        "statistics": "统计",
        "minimum": "最小值",
        "maximum": "最大值",
        "average": "平均值",
        "stdDev": "标准差",
        "none": "没有格网单元。",
        "dataset": "全市数据",
    },
    "en": {
        "systems": "Discrete global grids",
        "systems_about": (
            "Zones of the BeiDou, GeoSOT and H3 grids, and the data of the layers by zone "
            "(OGC API - DGGS)."
        ),
        "zones": "Zones",
        "zone": "Zone",
        "definition": "Definition of the DGGRS",
        "levels": "Levels",
        "level": "Level",
        "default_depth": "Default relative depth",
        "max_depth": "Largest relative depth",
        "area": "Area (m²)",
        "centroid": "Centre (lon/lat)",
        "bounds": "Extent (lon/lat)",
        "parent": "Parent",
        "children": "Children",
        "neighbors": "Neighbours",
        "data": "Data",
        "matched": "{0} zones, {1} on this page, which cover {2} m²",
        "statistics": "Statistics",
        "minimum": "Minimum",
        "maximum": "Maximum",
        "average": "Mean",
        "stdDev": "Standard deviation",
        "none": "There are no zones.",
        "dataset": "The whole city",
    },
}
