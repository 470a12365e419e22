"""Properties that elements of building models carry in tiles, for picking and for styles."""

from typing import Final

from tiles.gltf.metadata import Property

NO_NUMBER: Final = -9999
PART: Final = "part"

GLOBAL_ID = Property("global_id", "STRING", "全局标识", "GlobalId")
IFC_CLASS = Property("ifc_class", "STRING", "IFC 类", "IFC class")
TYPE = Property("type", "STRING", "类型", "Type", column="type_name")
MATERIAL = Property("material", "STRING", "材料", "Material")
STOREY = Property("storey", "STRING", "楼层", "Storey")
STOREY_NUMBER = Property(
    "storey_number", "INT32", "楼层序号", "Number of the storey", no_data=NO_NUMBER
)
STOREY_ELEVATION = Property(
    "storey_elevation_m", "FLOAT32", "楼层标高(米)", "Elevation of the storey in metres",
    no_data=float(NO_NUMBER), unit="metre",
)  # fmt: skip
BUILDING = Property("building", "STRING", "建筑", "Building")
PART_OF = Property(PART, "STRING", "组成部分", "Part: outline, shell, interior or space")

MODEL_PROPERTIES: Final = (
    GLOBAL_ID, IFC_CLASS, TYPE, MATERIAL, STOREY, STOREY_NUMBER, STOREY_ELEVATION, BUILDING,
    PART_OF,
)  # fmt: skip
