"""Catalogue: the layers of a city and the sources they came from."""

from dataclasses import dataclass
from typing import Final

type Bounds = tuple[float, float, float, float]
"""West, south, east, north; degrees CGCS2000 unless a CRS is named beside it."""

CLASSIFICATIONS: Final = ("public", "internal", "restricted")
"""Classes of layers and attributes (数据分级分类), from the least to the most secret."""

SYSTEM_FIELDS = (
    "entity_id",
    "source",
    "source_id",
    "beidou_code",
    "geosot_code",
    "h3_code",
    "valid_from",
    "valid_to",
)
"""Columns every layer has, in this order, before the source's own."""

SYSTEM_TITLES: Final = {
    "entity_id": ("实体编码", "Entity id"),
    "source": ("数据来源", "Source"),
    "source_id": ("来源标识", "Id in the source"),
    "beidou_code": ("北斗网格位置码", "BeiDou grid code"),
    "geosot_code": ("GeoSOT 网格码", "GeoSOT code"),
    "h3_code": ("H3 网格码", "H3 cell"),
    "valid_from": ("有效期起", "Valid from"),
    "valid_to": ("有效期止", "Valid to"),
}
"""Their titles, Chinese and English."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a layer, geometry and row number not among them."""

    name: str
    type: str
    """`string`, `integer`, `number`, `boolean`, `date`, `datetime` or `binary`."""

    title_zh: str = ""
    title_en: str = ""
    unit: str = ""
    classification: str = "public"
    """One of `CLASSIFICATIONS`; who may not see it does not learn that the column exists."""


@dataclass(frozen=True, slots=True)
class LayerDraft:
    """What is said about a layer before it is written; empty texts keep what is known."""

    name: str
    class_code: str = ""
    crs: str = ""
    title_zh: str = ""
    title_en: str = ""
    name_field: str = ""
    height_field: str = ""
    authority: str = ""
    steward: str = ""
    licence: str = ""
    source_date: str = ""
    fields: tuple[Field, ...] = ()
    """Titles and units of columns; columns not named here keep theirs."""

    geometry_type: str = ""
    """Type of a new layer; empty: that of its first features."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where a load comes from."""

    name: str
    """Key of the source within its layer: loading it again updates what it brought before."""

    file: str
    """File name, without folders."""

    digest: str
    """blake2b of the file."""

    crs: str
    """CRS the source was read in."""

    id_rule: str
    """Where its ids come from, in words."""

    loaded_at: str = ""
    """When it was last loaded, ISO 8601 UTC."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as the catalogue knows it."""

    name: str
    """Table name and path segment: lower-case ASCII letters, digits and `_`, a letter first."""

    title_zh: str
    title_en: str
    class_code: str
    """Entity class of the features, four characters, such as `BLDG`."""

    geometry_type: str
    """Simple-features name in capitals, such as `POINT` or `MULTIPOLYGON`."""

    crs: str
    """Storage CRS, such as `EPSG:4490`; x is east or longitude."""

    fields: tuple[Field, ...]
    """System fields, then the source's own."""

    item_count: int
    """Features valid now."""

    bounds: Bounds | None
    """Longitude/latitude bounds of the features valid now, None when there are none."""

    name_field: str | None = None
    """Column that names a feature for people."""

    height_field: str | None = None
    """Column with the height above ground in metres."""

    classification: str = "public"
    """`public`, `internal` or `restricted`."""

    authority: str = ""
    """The authoritative source of the data (一数一源)."""

    steward: str = ""
    licence: str = ""
    source_date: str = ""
    """ISO date the source states, empty when unknown."""

    version: int = 0
    """Journal sequence of the layer's latest change."""
