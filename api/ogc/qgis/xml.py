"""Pieces of XML that QGIS writes and reads: elements with text, maps of options, CRSs."""

import functools
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

import pyproj

GEOGRAPHIC = "longlat"


def child(parent: Element, name: str, text: object = "", **attributes: str) -> Element:
    """A new element in another, with a text."""
    made = SubElement(parent, name, attributes)
    made.text = str(text)
    return made


def options(parent: Element, values: Mapping[str, str]) -> None:
    """A map of texts, as symbol layers have it."""
    made = SubElement(parent, "Option", {"type": "Map"})
    for name, value in values.items():
        SubElement(made, "Option", {"type": "QString", "name": name, "value": value})


def crs(parent: Element, code: str) -> None:
    """A CRS by its authority code; the rest is for programs that do not know the code."""
    system = _system(code)
    made = SubElement(parent, "spatialrefsys", {"nativeFormat": "Wkt"})
    child(made, "wkt", system.to_wkt())
    child(made, "srid", code.partition(":")[2] if code.startswith("EPSG:") else 0)
    child(made, "authid", code)
    child(made, "description", system.name)
    child(made, "projectionacronym", GEOGRAPHIC if system.is_geographic else "")
    child(made, "ellipsoidacronym", "")
    child(made, "geographicflag", "true" if system.is_geographic else "false")


@functools.lru_cache(maxsize=256)
def _system(code: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(code)


def document(root: Element, kind: str) -> bytes:
    """The whole document, UTF-8."""
    text: bytes = tostring(root, "utf-8", xml_declaration=False)
    return f"<!DOCTYPE {kind}>\n".encode() + text
