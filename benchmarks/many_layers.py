"""A city of as many layers as a prefecture publishes: small ones, with themes and stewards.

    python -m benchmarks.many_layers DIR [COUNT [FEATURES]]

makes the workspace DIR with COUNT layers (1,162: what Quzhou publishes) of FEATURES features each.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import shapely

from api.settings import Settings
from cim import plugins
from cim.catalog import Field, LayerDraft, LayerWorkspace, NewLayer, Origin, SourceRecord
from cim.coding import CodeLevels, code
from cim.features import FeatureBatch
from cim.geometry import representative_points
from cim.store.base import Store, StoreFactory

COUNT: Final = 1_162
FEATURES: Final = 10
CRS: Final = "EPSG:4490"
CENTRE: Final = (118.87, 28.94)
"""Longitude and latitude, degrees CGCS2000."""

COUNTIES: Final = (
    *(("kc", "柯城区", "Kecheng"), ("qj", "衢江区", "Qujiang"), ("ls", "龙游县", "Longyou")),
    *(("js", "江山市", "Jiangshan"), ("cs", "常山县", "Changshan"), ("kh", "开化县", "Kaihua")),
)
SUBJECTS: Final = (
    ("boundary", "行政区界线", "Administrative boundary", "base.divisions", "POLYGON", "DIVN"),
    ("town", "乡镇街道", "Towns and subdistricts", "base.divisions", "POLYGON", "DIVN"),
    ("building", "建筑轮廓", "Building footprints", "base.models", "POLYGON", "BLDG"),
    ("road", "道路中心线", "Road centre lines", "base.maps", "LINESTRING", "ROAD"),
    ("land_use", "国土变更调查地类", "Land use survey", "resources.land", "POLYGON", "PARC"),
    ("farmland", "永久基本农田", "Permanent farmland", "resources.farmland", "POLYGON", "FEAT"),
    ("hazard", "地质灾害隐患点", "Geological hazards", "resources.geology", "POINT", "FEAT"),
    ("reservoir", "水库山塘", "Reservoirs and ponds", "resources.water", "POLYGON", "WATR"),
    ("manhole", "市政井盖", "Manhole covers", "resources.components", "POINT", "FURN"),
    ("lamp", "路灯", "Street lamps", "resources.components", "POINT", "FURN"),
    (
        "red_line",
        "生态保护红线",
        "Ecological red line",
        "planning.control_lines",
        "POLYGON",
        "FEAT",
    ),
    ("detailed", "控制性详细规划", "Detailed plan", "planning.territorial", "POLYGON", "PARC"),
    ("permit", "建设工程规划许可", "Building permits", "construction.permits", "POLYGON", "FEAT"),
    ("site", "在建工地", "Building sites", "construction.building", "POINT", "FEAT"),
    ("company", "企业法人", "Companies", "public.legal_entities", "POINT", "FEAT"),
    ("poi", "兴趣点", "Points of interest", "public.poi", "POINT", "FEAT"),
    ("water_pipe", "供水管线", "Water mains", "sensing.utilities", "LINESTRING", "PIPE"),
    ("gas_pipe", "燃气管线", "Gas mains", "sensing.utilities", "LINESTRING", "PIPE"),
    ("rain_gauge", "雨量监测站", "Rain gauges", "sensing.weather", "POINT", "DEVC"),
    ("air", "空气质量监测站", "Air quality stations", "sensing.environment", "POINT", "DEVC"),
)
"""Name, titles, theme, geometry type and class."""

STEWARDS: Final = ("自然资源和规划局", "住房和城乡建设局", "水利局", "大数据发展管理局")
FIELDS: Final = (
    Field("name", "string", "名称", "Name"),
    Field("kind", "string", "类型", "Kind"),
    Field("size", "number", "规模", "Size", "m²"),
    Field("year", "integer", "年份", "Year"),
    Field("note", "string", "备注", "Note"),
)


def layers(count: int = COUNT) -> Iterator[NewLayer]:
    """New layers, each of a subject in a county in a year."""
    for number in range(count):
        subject, place = divmod(number, len(COUNTIES))
        edition, subject = divmod(subject, len(SUBJECTS))
        code_of, zh, en = COUNTIES[place]
        name, title_zh, title_en, theme, kind, class_code = SUBJECTS[subject]
        year = 2025 - edition
        entry = {
            "title_zh": f"{zh}{title_zh}（{year}年）",
            "title_en": f"{title_en} of {en}, {year}",
            "description_zh": f"{zh}{year}年{title_zh}数据，由主管部门汇交。",
            "keywords": [zh, title_zh, str(year)],
            "class_code": class_code,
            "theme": theme,
            "workspaces": [code_of],
            "authority": f"{zh}{STEWARDS[number % len(STEWARDS)]}",
            "steward": "衢州市大数据发展管理局",
            "licence": "CC-BY-4.0",
            "source_date": f"{year}-06-30",
            "update_cycle": "P1Y",
            "name_field": "name",
        }
        yield NewLayer(f"{code_of}_{name}_{year}", entry, kind, fields=FIELDS)


def publish(store: Store, count: int = COUNT) -> tuple[str, ...]:
    """Publish them in one transaction; their names."""
    for code_of, zh, en in COUNTIES:
        store.put_workspace(LayerWorkspace(code_of, zh, en))
    made = store.publish(list(layers(count)), Origin("benchmark", "many layers"))
    return tuple(layer.name for layer in made)


def fill(store: Store, names: tuple[str, ...], features: int = FEATURES) -> None:
    """Load some features into each layer."""
    random = np.random.default_rng(1)
    for name in names:
        layer = store.layer(name)
        batch = _batch(layer.geometry_type, features, random)
        coded = code(batch, representative_points(batch.geometry), CodeLevels())
        draft = LayerDraft(name, layer.class_code, CRS)
        source = SourceRecord("survey", f"{name}.geojson", "00", CRS, "field id")
        store.load(draft, source, iter([coded]))


def make(folder: Path, count: int = COUNT, features: int = FEATURES) -> Store:
    """The workspace in a new folder; its store is open."""
    folder.mkdir(parents=True)
    (folder / "cim.toml").write_text(Settings().to_toml(), encoding="utf-8")
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    factory.create(folder / "city.gpkg", CRS)
    store = factory.open(folder / "city.gpkg")
    names = publish(store, count)
    if features:
        fill(store, names, features)
    return store


def _batch(kind: str, count: int, random: np.random.Generator) -> FeatureBatch:
    middle = np.array(CENTRE) + random.uniform(-0.3, 0.3, 2)
    points = middle + random.uniform(-0.02, 0.02, (count, 2))
    shapes = shapely.points(points)
    if kind == "LINESTRING":
        shapes = shapely.linestrings(np.stack((points, points + 0.001), axis=1))
    elif kind == "POLYGON":
        shapes = shapely.box(*points.T, *(points.T + 0.0005))
    columns = {
        "name": [f"{n}号" for n in range(count)],
        "kind": ["现状"] * count,
        "size": random.uniform(10, 1000, count),
        "year": [2020 + n % 6 for n in range(count)],
        "note": [None] * count,
    }
    return FeatureBatch(
        crs=CRS,
        geometry=np.asarray(shapes, dtype=object),
        attributes=pa.table(columns),
        source_ids=tuple(str(n) for n in range(count)),
        records=np.arange(1, count + 1),
    )


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[2:]]
    make(Path(sys.argv[1]), *numbers).close()
