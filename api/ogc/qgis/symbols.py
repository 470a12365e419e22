"""Renderers of QGIS from looks: one symbol, or classes of height for buildings.

Options are those of QGIS 3.22; later versions read them.
"""

from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from api.ogc.qgis.looks import Look, facts
from api.ogc.qgis.xml import options
from cim.catalog import Layer

WORDS = {
    "zh": {"unknown": "高度未知", "other": "其他"},
    "en": {"unknown": "Height unknown", "other": "Other"},
}
NO_SCALE = "3x:0,0,0,0,0,0"
VISIBLE = "3x:0,0,1,0.3,0,0"
"""Widths on the ground, but never below 0.3 mm on the map."""

CASING = "#9c978c"
CASING_WIDTH = 1.25
"""Lines as wide as on the ground have an edge, or white roads would vanish on white paper."""

MARKER_MM = "2.2"
EDGE = "#ffffff"
BOTTOMLESS = 1e9
KINDS = {"POINT": "marker", "LINESTRING": "line", "POLYGON": "fill"}


def symbol_kind(layer: Layer) -> str | None:
    """QGIS's name of the symbols of a layer; None where types are mixed."""
    return KINDS.get(layer.geometry_type.removeprefix("MULTI"))


def renderer(layer: Layer, look: Look, language: str) -> Element | None:
    """The renderer of a layer; None where QGIS must see for itself what types come."""
    kind = symbol_kind(layer)
    if kind is None:
        return None
    if kind == "fill" and layer.height_field is not None:
        return _height_classes(layer.height_field, look, language)
    levels = "1" if look.line_width_m else "0"
    made = Element("renderer-v2", {"type": "singleSymbol", "symbollevels": levels})
    _symbol(SubElement(made, "symbols"), "0", kind, look)
    return made


def _height_classes(field: str, look: Look, language: str) -> Element:
    """Rules by height, as on the map page."""
    made = Element("renderer-v2", {"type": "RuleRenderer", "symbollevels": "0"})
    rules, symbols = SubElement(made, "rules", {"key": "heights"}), SubElement(made, "symbols")
    column = f'"{field.replace(chr(34), 2 * chr(34))}"'
    ends = [*(each.from_m for each in facts().heights), BOTTOMLESS]
    spans = zip(facts().heights, pairwise(ends), strict=True)
    parts = [
        (_span_filter(column, low, high), _span_label(low, high), each.color)
        for each, (low, high) in spans
    ]
    parts.append(("ELSE", WORDS[language]["unknown"], facts().no_height))
    for number, (condition, label, color) in enumerate(parts):
        attributes = {
            "key": f"height-{number}",
            "filter": condition,
            "label": label,
            "symbol": str(number),
        }
        SubElement(rules, "rule", attributes)
        _layer(_empty(symbols, str(number), "fill"), "SimpleFill", _fill(look, color))
    return made


def _span_filter(column: str, low: float, high: float) -> str:
    above = f"{column} >= {low:g}" if low else f"{column} IS NOT NULL"
    return above if high == BOTTOMLESS else f"{above} AND {column} < {high:g}"


def _span_label(low: float, high: float) -> str:
    if high == BOTTOMLESS:
        return f"≥ {low:g} m"
    return f"{low:g}–{high:g} m"


def _symbol(symbols: Element, name: str, kind: str, look: Look) -> None:
    made = _empty(symbols, name, kind)
    if kind == "marker":
        _layer(made, "SimpleMarker", _marker(look))
    elif kind == "line":
        if look.line_width_m:
            _layer(made, "SimpleLine", _line(CASING, look, CASING_WIDTH))
        _layer(made, "SimpleLine", _line(_any_color(look), look), level=1)
    else:
        _layer(made, "SimpleFill", _fill(look, look.fill))


def _empty(symbols: Element, name: str, kind: str) -> Element:
    attributes = {"type": kind, "name": name, "alpha": "1", "clip_to_extent": "1"}
    return SubElement(symbols, "symbol", attributes)


def _layer(symbol: Element, name: str, values: dict[str, str], *, level: int = 0) -> None:
    """A layer of a symbol; edges are drawn below the middles of all lines, so that these join."""
    attributes = {"class": name, "enabled": "1", "pass": str(level), "locked": "0"}
    options(SubElement(symbol, "layer", attributes), values)


def _marker(look: Look) -> dict[str, str]:
    return {
        "name": "circle",
        "color": _rgba(_any_color(look)),
        "size": MARKER_MM,
        "size_unit": "MM",
        "outline_color": _rgba(EDGE),
        "outline_style": "solid",
        "outline_width": "0.2",
        "outline_width_unit": "MM",
    }


def _line(color: str, look: Look, factor: float = 1.0) -> dict[str, str]:
    on_ground = bool(look.line_width_m)
    width = look.line_width_m if on_ground else look.line_width_px or 1.0
    return {
        "line_color": _rgba(color),
        "line_style": "solid",
        "line_width": f"{width * factor:g}",
        "line_width_unit": "RenderMetersInMapUnits" if on_ground else "Pixel",
        "width_map_unit_scale": VISIBLE if on_ground else NO_SCALE,
        "capstyle": "round",
        "joinstyle": "round",
    }


def _fill(look: Look, color: str) -> dict[str, str]:
    """Inside and edge; a look without an inside, such as of divisions, is an edge alone."""
    edge = look.line if look.line and not look.line_width_m else ""
    return {
        "color": _rgba(color or EDGE),
        "style": "solid" if color else "no",
        "outline_color": _rgba(edge or color or EDGE),
        "outline_style": "solid" if edge or not color else "no",
        "outline_width": f"{(look.line_width_px or 1.0) / 2:g}",
        "outline_width_unit": "Pixel",
        "joinstyle": "round",
    }


def _any_color(look: Look) -> str:
    """What the look has of colours, the strongest first."""
    return look.point or look.line or look.fill


def _rgba(color: str) -> str:
    """`#rrggbb` as QGIS writes colours."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"
