"""Catalogue: the layers of a city and the sources they came from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as member
from typing import Any, Final

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


DESCRIPTIVE: Final = (
    "title_zh",
    "title_en",
    "description_zh",
    "description_en",
    "keywords",
    "class_code",
    "name_field",
    "height_field",
    "classification",
    "theme",
    "workspaces",
    "authority",
    "steward",
    "licence",
    "attribution",
    "source_date",
    "update_cycle",
    "status",
    "retired_at",
    "retire_reason",
)
"""What a catalogue entry says of a layer besides its name, its fields and its geometry; the names
are those of `Layer` and of the columns of `cim_layer`."""

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
RETIRED: Final = "retired"
STATUSES: Final = (DRAFT, PUBLISHED, RETIRED)
"""Life of a layer: prepared, open to readers, taken back."""


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
class LayerQuality:
    """What was found when a layer's features were looked at, all that were valid then."""

    measured_at: str
    """ISO 8601 UTC."""

    version: int
    """The layer's version that was looked at."""

    features: int
    valid: float
    """Share of geometries that are there, not empty and valid (OGC 06-103r4), 0 to 1."""

    complete: float
    """Share of attribute values that are filled, over the layer's own fields, 0 to 1."""

    completeness: Mapping[str, float]
    """That share for each of the layer's own fields."""

    invalid: Mapping[str, int] = member(default_factory=dict)
    """Number of features for each reason why a geometry is not sound."""

    examples: tuple[int, ...] = ()
    """Row numbers of the first features whose geometry is not sound."""


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """One load into a layer: its part in the layer's lineage."""

    source: str
    file: str
    digest: str
    crs: str
    id_rule: str
    loaded_at: str
    inserted: int | None = None
    """Features; None for loads of before these numbers were kept."""

    updated: int | None = None
    unchanged: int | None = None
    retired: int | None = None
    restored: int | None = None


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """A catalogue entry as it was from one change to the next."""

    layer: str
    version: int
    """1 for the first."""

    changed_at: str
    who: str
    why: str
    entry: Mapping[str, Any]
    """What the entry said: all that `describe` gives."""


@dataclass(frozen=True, slots=True)
class LayerWorkspace:
    """A workspace: layers that are offered together, under a path of their own."""

    name: str
    """Path segment: lower-case ASCII letters, digits, `_` and `-`, a letter first."""

    title_zh: str
    title_en: str


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

    description_zh: str = ""
    description_en: str = ""
    keywords: tuple[str, ...] = ()
    theme: str = ""
    """Code of the data catalogue, as `cim.themes` lists them; empty when none is given."""

    workspaces: tuple[str, ...] = ()
    attribution: str = ""
    """What maps that show the layer must say."""

    update_cycle: str = ""
    """ISO 8601 duration, or a word of ISO 19115 (`cim.life_cycle`)."""

    status: str = PUBLISHED
    retired_at: str = ""
    retire_reason: str = ""
    updated: str = ""
    """When a feature last changed, ISO 8601 UTC."""

    quality: LayerQuality | None = None
    """None until it was measured."""

    entry_version: int = 0
    """Version of this entry of the catalogue."""

    has_z: bool = False
    """Whether its geometries may have heights."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who changes something, and why."""

    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class NewLayer:
    """A layer to publish: a new and empty one, a draft, or a table that another program made."""

    name: str
    entry: Mapping[str, Any] = member(default_factory=dict)
    """What is said of it, by the members of `cim.layer_rules`."""

    geometry_type: str = ""
    """Of a new layer."""

    crs: str = ""
    """Of a new layer; empty: the store's."""

    fields: tuple[Field, ...] = ()
    """Columns of a new layer, besides those that every layer has."""

    table: str = ""
    """The table to take into the catalogue, when it has another name."""


def describe(layer: Layer) -> dict[str, Any]:
    """What a catalogue entry says of its layer, in JSON's types: no counts, nothing measured."""
    said = {name: getattr(layer, name) for name in DESCRIPTIVE}
    fields = [asdict(one) for one in layer.fields if one.name not in SYSTEM_FIELDS]
    return {
        **said,
        "keywords": list(layer.keywords),
        "workspaces": list(layer.workspaces),
        "geometry_type": layer.geometry_type,
        "has_z": layer.has_z,
        "crs": layer.crs,
        "fields": fields,
    }
