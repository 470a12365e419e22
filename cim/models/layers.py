"""The layers of building models: their names, titles and columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from cim.bim.model import Kind
from cim.catalog import Field, LayerDraft

PREFIX: Final = "bim"
"""Of the layers' names where the user gives none."""


@dataclass(frozen=True, slots=True)
class ModelLayer:
    """A layer of models."""

    suffix: str
    class_code: str
    title_zh: str
    title_en: str


BUILDINGS: Final = ModelLayer("buildings", "BLDG", "BIM 建筑", "BIM buildings")
STOREYS: Final = ModelLayer("storeys", "STOR", "BIM 楼层", "BIM storeys")
SPACES: Final = ModelLayer("spaces", "SPAC", "BIM 空间（房间）", "BIM spaces")
ELEMENTS: Final = ModelLayer("elements", "ELEM", "BIM 构件", "BIM elements")
LAYERS: Final = (BUILDINGS, STOREYS, SPACES, ELEMENTS)

LAYER_OF: Final[Mapping[Kind, ModelLayer]] = {
    "building": BUILDINGS,
    "storey": STOREYS,
    "part": STOREYS,
    "space": SPACES,
    "site": ELEMENTS,
    "element": ELEMENTS,
}
"""Which layer an object stands in. Parts of facilities (bridges, roads) are what storeys are to
buildings; the site stands among the elements, as ground."""

_TEXT, _NUMBER = pa.string(), pa.float64()

_COLUMNS: Final[tuple[tuple[str, pa.DataType, str, str, str], ...]] = (
    ("global_id", _TEXT, "IFC 全局标识", "GlobalId", ""),
    ("ifc_class", _TEXT, "IFC 类", "IFC class", ""),
    ("predefined_type", _TEXT, "预定义类型", "Predefined type", ""),
    ("name", _TEXT, "名称", "Name", ""),
    ("long_name", _TEXT, "全称", "Long name", ""),
    ("description", _TEXT, "说明", "Description", ""),
    ("object_type", _TEXT, "对象类型", "Object type", ""),
    ("tag", _TEXT, "标记", "Tag", ""),
    ("type_name", _TEXT, "类型", "Type", ""),
    ("material", _TEXT, "材料", "Material", ""),
    ("classification", _TEXT, "分类编码", "Classification", ""),
    ("storey", _TEXT, "所在楼层", "Storey", ""),
    ("storey_id", _TEXT, "楼层全局标识", "Key of the storey", ""),
    ("storey_number", pa.int64(), "楼层序号", "Storey number", ""),
    ("storey_elevation_m", _NUMBER, "楼层标高", "Storey elevation", "m"),
    ("building", _TEXT, "所属建筑", "Building", ""),
    ("building_id", _TEXT, "建筑全局标识", "Key of the building", ""),
    ("parent_id", _TEXT, "上级全局标识", "Key of the parent", ""),
    ("place_basis", _TEXT, "位置依据", "What the place rests on", ""),
    ("ground_elevation_m", _NUMBER, "底面大地高", "Ellipsoidal height of the base", "m"),
    ("height_m", _NUMBER, "高度", "Height", "m"),
    ("area_m2", _NUMBER, "面积", "Area", "m2"),
    ("area_source", _TEXT, "面积依据", "Where the area stands", ""),
    ("outline_area_m2", _NUMBER, "轮廓面积", "Area of the outline", "m2"),
    ("beidou_3d_code", _TEXT, "北斗三维网格位置码", "BeiDou 3D grid code", ""),
)
SCHEMA: Final = pa.schema([(name, kind) for name, kind, *_ in _COLUMNS])
_REFERENCE_FIELDS: Final = (
    Field("parent_entity_id", "string", "上级实体编码", "Entity id of the parent"),
    Field("storey_entity_id", "string", "楼层实体编码", "Entity id of the storey"),
    Field("building_entity_id", "string", "建筑实体编码", "Entity id of the building"),
)
_FIELDS: Final = tuple(Field(name, "", zh, en, unit) for name, _, zh, en, unit in _COLUMNS)


def name_of(layer: ModelLayer, prefix: str) -> str:
    """The layer's name in the store."""
    return f"{prefix}_{layer.suffix}"


def draft_of(layer: ModelLayer, given: LayerDraft, prefix: str) -> LayerDraft:
    """The layer as it is to be.

    Args:
        layer: One of `LAYERS`.
        given: What the user says of all of them: steward, licence, date, titles, CRS.
        prefix: Of their names.
    """
    return LayerDraft(
        name=name_of(layer, prefix),
        class_code=layer.class_code,
        crs=given.crs,
        title_zh=_title(given.title_zh, layer.title_zh),
        title_en=_title(given.title_en, layer.title_en),
        name_field="name",
        height_field="height_m",
        authority=given.authority,
        steward=given.steward,
        licence=given.licence,
        source_date=given.source_date,
        fields=(*_FIELDS, *_REFERENCE_FIELDS),
        geometry_type="GEOMETRY",
    )


def _title(given: str, own: str) -> str:
    """A title that tells the layers of one prefix apart."""
    return f"{given} {own.removeprefix('BIM ')}" if given else own
