"""Words of the OGC pages and documents, in the two languages that every page has."""

from collections.abc import Mapping
from typing import Any

from cim.catalog import SYSTEM_TITLES, Field, Layer

WORDS: Mapping[str, dict[str, str]] = {
    "zh": {
        "home": "首页",
        "collections": "图层",
        "collections_about": "各图层的要素，支持按范围、时间、属性查询。",
        "dggs": "离散全球格网",
        "qgis_project": "QGIS 工程（全市）",
        "conformance": "符合性声明",
        "conformance_about": "本服务所满足的 OGC API 一致性类。",
        "api": "接口说明",
        "api_about": "接口定义（OpenAPI 3.0），可离线查阅与试用。",
        "features": "要素",
        "feature": "要素",
        "schema": "数据结构",
        "queryables": "可查询字段",
        "sortables": "可排序字段",
        "map": "时空一张图",
        "field": "字段",
        "title": "名称",
        "type": "类型",
        "unit": "单位",
        "value": "值",
        "class": "实体类别",
        "geometry": "几何类型",
        "count": "要素数",
        "extent": "范围（经纬度）",
        "crs": "坐标参考系",
        "storage_crs": "存储坐标参考系",
        "authority": "权威来源",
        "steward": "数据管理单位",
        "licence": "许可",
        "source_date": "数据日期",
        "previous": "上一页",
        "next": "下一页",
        "matched": "共 {0} 个要素，本页 {1} 个",
        "none": "没有要素。",
        "error": "请求未能完成",
        "parameters": "参数",
        "parameter": "参数",
        "required": "必填",
        "description": "说明",
        "try": "试用",
        "send": "发送",
        "response": "响应",
        "sample": "示例数据",
        "entity": "实体",
        "other_language": "English",
        "geometry_omitted": "几何数据见 GeoJSON。",
    },
    "en": {
        "home": "Home",
        "collections": "Layers",
        "collections_about": "The features of each layer, by extent, time and attribute.",
        "dggs": "Discrete global grids",
        "qgis_project": "QGIS project (whole city)",
        "conformance": "Conformance",
        "conformance_about": "The OGC API conformance classes this service meets.",
        "api": "API documentation",
        "api_about": "The interface (OpenAPI 3.0), to read and to try, offline.",
        "features": "Features",
        "feature": "Feature",
        "schema": "Schema",
        "queryables": "Queryables",
        "sortables": "Sortables",
        "map": "City map",
        "field": "Field",
        "title": "Title",
        "type": "Type",
        "unit": "Unit",
        "value": "Value",
        "class": "Entity class",
        "geometry": "Geometry",
        "count": "Features",
        "extent": "Extent (lon/lat)",
        "crs": "Coordinate reference systems",
        "storage_crs": "Storage CRS",
        "authority": "Authoritative source",
        "steward": "Steward",
        "licence": "Licence",
        "source_date": "Date of the data",
        "previous": "Previous",
        "next": "Next",
        "matched": "{0} features, {1} on this page",
        "none": "There are no features.",
        "error": "The request could not be answered",
        "parameters": "Parameters",
        "parameter": "Parameter",
        "required": "required",
        "description": "Description",
        "try": "Try it",
        "send": "Send",
        "response": "Response",
        "sample": "Sample data",
        "entity": "Entity",
        "other_language": "中文",
        "geometry_omitted": "The geometry is in the GeoJSON.",
    },
}


OPENAPI_ZH: Mapping[str, str] = {
    "Landing page": "首页",
    "Conformance classes": "符合性声明",
    "This document": "本文档",
    "Layers": "图层列表",
    "One layer": "单个图层",
    "Fields to filter by": "可查询字段",
    "Fields to sort by": "可排序字段",
    "Structure of the features": "要素的数据结构",
    "Features of a layer": "图层的要素",
    "One feature": "单个要素",
    "Name of the layer": "图层名",
    "Row number of the feature": "要素行号",
    "Form of the answer": "返回格式",
    "Language of the answer": "返回语言",
    "Characters of a file of CSV (f=csv): UTF-8, or GBK for old programs": (
        "CSV 文件（f=csv）的字符编码：UTF-8，或供旧软件使用的 GBK"
    ),
    "With f=csv, what becomes of texts that a spreadsheet would run: guarded or kept": (
        "f=csv 时，对电子表格会当作公式执行的文本：加保护（guarded）或原样保留（kept）"
    ),
    "Most features on the page": "每页要素数上限",
    "Features to skip": "跳过的要素数",
    "Where the page begins; as in a `next` link": "本页起点，取自 `next` 链接",
    "Only features that meet this box": "仅返回与该范围相交的要素",
    "CRS of bbox, one of the collection's": "bbox 的坐标参考系，取图层所列之一",
    "Only features valid at this instant or in this interval": "仅返回该时刻或时段内有效的要素",
    "CRS of the answer, one of the collection's": "结果的坐标参考系，取图层所列之一",
    "Only these fields": "仅返回这些字段",
    "Leave geometry out": "不返回几何",
    "Any queryable of the layer by its own name: the value it must equal": (
        "以任一可查询字段名为参数名，值须相等"
    ),
    "A parameter is not legal": "参数不合法",
    "There is no such layer or feature": "图层或要素不存在",
    "The answer would be too large": "结果过大",
    "The answer or the body is too large": "结果或请求正文过大",
    "A key or token is needed": "需要密钥或令牌",
    "The caller may not do this": "无权进行此操作",
    "Nobody may do this here": "此处不支持该操作",
    "It contradicts what is there": "与现有内容冲突",
    "The feature has changed since": "要素已被他人修改",
    "If-Match is needed": "须提供 If-Match",
    "The body is of a kind that is not read": "不支持的正文类型",
    "The body cannot be used; all faults are told": "正文不可用，并列出全部错误",
    "Add features": "新增要素",
    "Replace a feature": "替换要素",
    "Change parts of a feature": "修改要素的部分内容",
    "Retire a feature": "停用要素",
    "Many edits, all or none": "批量编辑，全部成功或全部不做",
    "The feature was made": "要素已建立",
    "It is done": "已完成",
    "Tag of the version that is changed": "所修改版本的标签（ETag）",
    "CRS of the body, one of the collection's, as <URI>": (
        "正文的坐标参考系，取图层所列之一，写作 <URI>"
    ),
    "return=representation or return=minimal; handling=strict or lenient": (
        "return=representation 或 return=minimal；handling=strict 或 lenient"
    ),
    "The server failed": "服务器错误",
    "Grid systems": "格网参考系统列表",
    "One grid system": "单个格网参考系统",
    "Zones": "格网单元列表",
    "One zone": "单个格网单元",
    "Data of a zone": "格网单元的数据",
    "The zone holds no data": "该格网单元内没有数据",
    "Id of the grid system": "格网参考系统标识",
    "Id of the zone": "格网单元编码",
    "Refinement level of the zones": "格网单元的层级",
    "Whether whole families stand as their parent": "子单元齐全时是否以父单元代替",
    "Only this zone and those below it": "仅返回该单元及其下级单元",
    "Lat(low:high),Lon(low:high),time(...)": "按轴取子集：Lat(低:高),Lon(低:高),time(…)",
    "CRS of subset": "subset 的坐标参考系",
    "Most zones on the page": "每页格网单元数上限",
    "Geometry of zones": "格网单元的几何形式",
    "Relative depths: 2, 0-2 or 0,2": "相对深度，写作 2、0-2 或 0,2",
    "All but these properties": "不返回这些属性",
    "What features stand for": "返回要素的含义",
    "Condition on the features (CQL2)": "要素过滤条件（CQL2）",
    "CRS of coordinates in the filter, one of the collection's": (
        "过滤条件中坐标的坐标参考系，取图层所列之一"
    ),
    "Fields to sort by; - before a field turns its order round": "排序字段，字段前加 - 为降序",
    "Coordinate system of Chinese web maps, in place of a CRS": (
        "以国内互联网地图坐标系代替 crs：gcj02、bd09 等"
    ),
    "All fields but these": "不返回这些字段",
    "Decimals of coordinates": "坐标小数位数",
    "Metres by which lines may be simplified": "几何化简的最大偏移（米）",
    "The answer is not offered in any form that is accepted": "不提供客户端所要求的格式",
    "The layer was taken back; the reason is told": "图层已停用，并说明原因",
    "Language of the filter": "过滤条件的语言",
    "RFC 9457 problem details": "RFC 9457 问题说明",
}
"""Chinese for what the OpenAPI document says."""


def in_chinese(document: Any) -> Any:  # noqa: ANN401 - JSON
    """An OpenAPI document with its summaries and descriptions in Chinese."""
    if isinstance(document, list):
        return [in_chinese(part) for part in document]
    if not isinstance(document, dict):
        return document
    return {
        key: OPENAPI_ZH.get(part, part)
        if key in {"summary", "description"} and isinstance(part, str)
        else in_chinese(part)
        for key, part in document.items()
    }


def layer_title(layer: Layer, language: str) -> str:
    """Title of a layer; the other language's, or the name, where there is none."""
    titles = (layer.title_zh, layer.title_en)
    first, second = titles if language == "zh" else titles[::-1]
    return first or second or layer.name


def field_title(field: Field, language: str) -> str:
    """Title of a field; the other language's, or the name, where there is none."""
    titles = SYSTEM_TITLES.get(field.name) or (field.title_zh, field.title_en)
    first, second = titles if language == "zh" else titles[::-1]
    return first or second or field.name
