"""One layer as QGIS writes it: its source, CRS, fields and renderer."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from api.ogc.crs import CRS84, is_same_ground
from api.ogc.qgis.looks import Look
from api.ogc.qgis.symbols import renderer
from api.ogc.qgis.xml import child, crs
from api.ogc.words import field_title, layer_title
from cim.catalog import Layer

PROVIDER = "OAPIF"
CHECKED = {True: "Qt::Checked", False: "Qt::Unchecked"}
GEOMETRY = {"POINT": "Point", "LINESTRING": "Line", "POLYGON": "Polygon"}
WKB = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
IN_4326 = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer with all that its element says."""

    layer: Layer
    look: Look
    base: str
    """URL of the root of the OGC API."""

    language: str
    page_size: int
    is_on: bool = True

    @property
    def key(self) -> str:
        """Its id within a project; QGIS replaces ids of less than ten signs."""
        return f"cim_layer_{self.layer.name}"

    @property
    def title(self) -> str:
        """Its title in the reader's language."""
        return layer_title(self.layer, self.language)

    @property
    def crs(self) -> str:
        """The CRS that features are asked for in, by every version of QGIS alike.

        That of the store where it is longitude and latitude. Versions before 3.28 know CRS84
        alone, so features stored in a plane come in CRS84 too.
        """
        return self.layer.crs if is_same_ground(self.layer.crs, CRS84) else IN_4326

    @property
    def source(self) -> str:
        """The data source, in the words of QGIS's provider."""
        parts = {
            "url": self.base,
            "typename": self.layer.name,
            "srsname": self.crs if self.crs != IN_4326 else CRS84,
            "restrictToRequestBBOX": "1",
            "pagingEnabled": "true",
            "pageSize": str(self.page_size),
        }
        return " ".join(f"{name}='{_quoted(value)}'" for name, value in parts.items())


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def tree_layer(parent: Element, drawn: Drawn) -> None:
    """The layer's place in a tree of layers."""
    attributes = {
        "id": drawn.key,
        "name": drawn.title,
        "source": drawn.source,
        "providerKey": PROVIDER,
        "checked": CHECKED[drawn.is_on],
        "expanded": "0",
    }
    made = SubElement(parent, "layer-tree-layer", attributes)
    SubElement(SubElement(made, "customproperties"), "Option")


def map_layer(parent: Element, drawn: Drawn) -> None:
    """The layer itself."""
    layer = drawn.layer
    attributes = {"type": "vector", "styleCategories": "AllStyleCategories"}
    kind = layer.geometry_type
    if kind in WKB:
        attributes |= {
            "geometry": GEOMETRY[kind.removeprefix("MULTI")],
            "wkbType": WKB[kind] + ("Z" if layer.has_z else ""),
        }
    made = SubElement(parent, "maplayer", attributes)
    child(made, "id", drawn.key)
    child(made, "datasource", drawn.source)
    child(made, "layername", drawn.title)
    _extent(made, layer)
    crs(SubElement(made, "srs"), drawn.crs)
    _metadata(made, drawn)
    child(made, "provider", PROVIDER, encoding="UTF-8")
    SubElement(SubElement(made, "map-layer-style-manager", current="default"), "map-layer-style")
    if (style := renderer(layer, drawn.look, drawn.language)) is not None:
        made.append(style)
    _fields(made, drawn)


def _extent(parent: Element, layer: Layer) -> None:
    if layer.bounds is None:
        return
    made = SubElement(parent, "extent")
    for side, value in zip(("xmin", "ymin", "xmax", "ymax"), layer.bounds, strict=True):
        child(made, side, repr(value))


def _metadata(parent: Element, drawn: Drawn) -> None:
    """What is known of the layer, for the panel of its properties."""
    layer = drawn.layer
    made = SubElement(parent, "resourceMetadata")
    child(made, "identifier", layer.name)
    child(made, "language", drawn.language)
    child(made, "type", "dataset")
    child(made, "title", drawn.title)
    abstracts = {"zh": layer.description_zh, "en": layer.description_en}
    said = (abstracts[drawn.language], layer.authority, layer.steward, layer.source_date)
    child(made, "abstract", "\n".join(text for text in said if text))
    links = SubElement(made, "links")
    href = f"{drawn.base}/collections/{layer.name}?f=html"
    SubElement(links, "link", name="page", type="WWW:LINK", url=href, mimeType="text/html")
    if layer.licence:
        child(made, "license", layer.licence)


def _fields(parent: Element, drawn: Drawn) -> None:
    """Names for people: of fields, and the field that names a feature."""
    aliases = SubElement(parent, "aliases")
    for number, field in enumerate(drawn.layer.fields):
        title = field_title(field, drawn.language)
        unit = f" ({field.unit})" if field.unit else ""
        alias = {"field": field.name, "index": str(number), "name": f"{title}{unit}"}
        SubElement(aliases, "alias", alias)
    if drawn.layer.name_field is not None:
        name = drawn.layer.name_field.replace('"', '""')
        child(parent, "previewExpression", f'"{name}"')
