"""`manifest.json`: what each file holds and how to load it."""

from typing import Final

from assets.samples.frame import LON_LAT_CRS, SEED
from assets.samples.model import City
from assets.samples.names import CITY, DISTRICT, DISTRICT_CODE
from assets.samples.tables import Column, Table
from assets.samples.write import CSV, DAY, Format, geometry_type, in_crs

type Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

_TYPES: Final = {str: "string", int: "integer", float: "number"}


def _field(column: Column) -> Json:
    return {
        "name": column.name,
        "type": _TYPES[type(column.values[0])],
        "title_zh": column.title_zh,
        "title_en": column.title_en,
        "unit": column.unit,
    }


def table_entry(table: Table, form: Format) -> dict[str, Json]:
    """The entry of a layer that stands in a table."""
    text = form is CSV
    fields: list[Json] = [_field(column) for column in table.columns]
    return {
        "file": f"{table.name}.{form.suffix}",
        "layer": table.name,
        "title_zh": f"{table.title_zh}（示例数据）",
        "title_en": f"{table.title_en} (sample data)",
        "class_code": table.class_code,
        "id_field": table.id_field,
        "name_field": table.name_field,
        "height_field": table.height_field or None,
        "crs": form.crs,
        "encoding": form.encoding,
        "lon_field": "lon" if text else None,
        "lat_field": "lat" if text else None,
        "geometry_type": geometry_type(table),
        "feature_count": len(table.geometry),
        "source_date": DAY,
        "authority": table.authority,
        "fields": fields,
    }


def model_entry(file: str, city: City) -> dict[str, Json]:
    """The entry of the building model."""
    return {
        "file": file,
        "layer": "service_centre",
        "title_zh": f"{city.site.name} BIM 模型（示例数据）",
        "title_en": "BIM model of a community service centre (sample data)",
        "class_code": "BLDG",
        "id_field": None,
        "name_field": None,
        "height_field": None,
        "crs": "EPSG:4547",
        "encoding": "UTF-8",
        "lon_field": None,
        "lat_field": None,
        "geometry_type": None,
        "feature_count": 1,
        "source_date": DAY,
        "authority": f"{CITY}住房和城乡建设局（示例）",
        "fields": [],
    }


def manifest(city: City, entries: list[dict[str, Json]]) -> dict[str, Json]:
    """The whole manifest."""
    shapes = in_crs(tuple(division.shape for division in city.subdistricts), LON_LAT_CRS)
    boxes = [shape.bounds for shape in shapes]
    lows = [min(box[i] for box in boxes) for i in (0, 1)]
    highs = [max(box[i] for box in boxes) for i in (2, 3)]
    bounds: list[Json] = [round(value, 6) for value in (*lows, *highs)]
    layers: list[Json] = [*entries]
    return {
        "title_zh": f"示例数据：{CITY}{DISTRICT}",
        "title_en": "Sample data: an invented city district",
        "notice_zh": "本数据由程序生成，地名、单位、地址均为虚构，与真实地点无关。",
        "notice_en": "Made by a program. All names and addresses are invented.",
        "city": CITY,
        "district": DISTRICT,
        "division_code": DISTRICT_CODE,
        "licence": "Apache-2.0",
        "seed": SEED,
        "date": DAY,
        "crs": LON_LAT_CRS,
        "bounds": bounds,
        "layers": layers,
    }
