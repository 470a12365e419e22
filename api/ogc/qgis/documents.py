"""A layer definition and a project, as files that QGIS 3.22 and later open."""

import io
import zipfile
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from api.ogc.qgis.layers import CHECKED, Drawn, map_layer, tree_layer
from api.ogc.qgis.symbols import symbol_kind
from api.ogc.qgis.xml import child, crs, document
from cim.catalog import Bounds, Layer
from cim.entities.classes import CLASSES, EntityClass
from cim.themes import Theme, themes

VERSION = "3.22.0"
"""The oldest QGIS that knows all that is written here."""

CITY_CRS = "EPSG:4490"
ELLIPSOID = "EPSG:1024"
"""That of CGCS2000."""

PAPER = (240, 238, 232)
"""Red, green, blue of the ground on which a city is drawn."""

MARGIN = 0.05
"""Share of its size that is shown around the city."""

SMALLEST_DEG = 0.002
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of the file in the archive, so that the same project makes the same bytes."""

OTHERS = {"zh": "其他", "en": "Other"}
UPPERMOST = {"marker": 3, "line": 2, "fill": 1, None: 0}


def layer_definition(drawn: Drawn) -> bytes:
    """The `.qlr` of one layer."""
    root = Element("qlr")
    tree = SubElement(root, "layer-tree-group", name="", checked=CHECKED[True], expanded="1")
    tree_layer(tree, drawn)
    map_layer(SubElement(root, "maplayers"), drawn)
    return document(root, "qgis-layer-definition")


def project(title: str, layers: Sequence[Drawn], language: str) -> bytes:
    """The `.qgz` of some layers, in groups."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        inside = zipfile.ZipInfo("city.qgs", EPOCH)
        inside.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(inside, _project(title, layers, language))
    return packed.getvalue()


def _project(title: str, layers: Sequence[Drawn], language: str) -> bytes:
    root = Element("qgis", projectname=title, version=VERSION)
    child(root, "title", title)
    crs(SubElement(root, "projectCrs"), CITY_CRS)
    _tree(root, layers, language)
    _canvas(root, layers)
    made = SubElement(root, "projectlayers")
    for drawn in layers:
        map_layer(made, drawn)
    order = SubElement(root, "layerorder")
    for drawn in _from_above(layers):
        SubElement(order, "layer", id=drawn.key)
    _properties(root)
    return document(root, "qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'")


def _tree(root: Element, layers: Sequence[Drawn], language: str) -> None:
    """Layers in groups by theme; what is drawn above what is said apart from that."""
    tree = SubElement(root, "layer-tree-group")
    SubElement(SubElement(tree, "customproperties"), "Option")
    groups: dict[tuple[str, ...], Element] = {(): tree}
    for drawn in sorted(layers, key=lambda drawn: _rank(drawn.layer)):
        tree_layer(_group(groups, groups_of(drawn.layer, language)), drawn)
    order = SubElement(tree, "custom-order", enabled="1")
    for drawn in _from_above(layers):
        child(order, "item", drawn.key)


def _group(groups: dict[tuple[str, ...], Element], path: tuple[str, ...]) -> Element:
    """The group at a path of titles, made with those above it if it is not there."""
    if path not in groups:
        attributes = {"name": path[-1], "checked": CHECKED[True], "expanded": "1"}
        above = _group(groups, path[:-1])
        groups[path] = SubElement(above, "layer-tree-group", attributes)
    return groups[path]


def groups_of(layer: Layer, language: str) -> tuple[str, ...]:
    """Titles of the groups in which a layer stands, the outermost first.

    Those of its theme; layers without a theme stand by entity class.
    """
    theme = themes().get(layer.theme)
    if theme is not None:
        own = () if theme.is_class else (theme,)
        return tuple(_title(each, language) for each in (themes()[theme.parent], *own))
    known = CLASSES.get(layer.class_code)
    return (_title(known, language) if known else layer.class_code or OTHERS[language],)


def _title(named: Theme | EntityClass, language: str) -> str:
    return named.title_zh if language == "zh" else named.title_en


def _rank(layer: Layer) -> int:
    """Place of a layer's theme in the catalogue; layers without one come last."""
    codes = list(themes())
    return codes.index(layer.theme) if layer.theme in themes() else len(codes)


def _from_above(layers: Sequence[Drawn]) -> list[Drawn]:
    """Points before lines before areas, higher ones first."""
    return sorted(
        layers,
        key=lambda drawn: (UPPERMOST[symbol_kind(drawn.layer)], drawn.look.lift_m),
        reverse=True,
    )


def _canvas(root: Element, layers: Sequence[Drawn]) -> None:
    """What is seen when the project is opened."""
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    child(canvas, "units", "degrees")
    shown = [drawn.layer for drawn in layers if drawn.is_on] or [d.layer for d in layers]
    extent = SubElement(canvas, "extent")
    for side, value in zip(("xmin", "ymin", "xmax", "ymax"), _around(shown), strict=True):
        child(extent, side, repr(value))
    child(canvas, "rotation", 0)
    crs(SubElement(canvas, "destinationsrs"), CITY_CRS)


def _around(layers: Sequence[Layer]) -> Bounds:
    """Bounds of layers with a margin; of the whole world where nothing is."""
    boxes = [layer.bounds for layer in layers if layer.bounds is not None]
    if not boxes:
        return (-180.0, -90.0, 180.0, 90.0)
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    margin = max(MARGIN * max(east - west, north - south), SMALLEST_DEG)
    return (west - margin, south - margin, east + margin, north + margin)


def _properties(root: Element) -> None:
    properties = SubElement(root, "properties")
    gui = SubElement(properties, "Gui")
    for name, value in zip(("Red", "Green", "Blue"), PAPER, strict=True):
        child(gui, f"CanvasColor{name}Part", value, type="int")
    child(SubElement(properties, "Paths"), "Absolute", "false", type="bool")
    child(SubElement(properties, "Measure"), "Ellipsoid", ELLIPSOID, type="QString")
    systems = SubElement(properties, "SpatialRefSys")
    child(systems, "ProjectionsEnabled", 1, type="int")
