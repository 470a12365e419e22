"""Coordinates in GML 3.1 and 3.2, and how messages name the elements that hold them."""

from typing import Final

from cim.readers._city_rings import BrokenGeometryError
from cim.readers._citygml_documents import Element, id_of, local

_TEXTS: Final = frozenset({"posList", "pos", "coordinates"})
_SHOWN: Final = 60


def shown(text: str) -> str:
    """A text as a message shows it."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else line[:_SHOWN] + "…")


def name_of(element: Element) -> str:
    """Name of an element, and the nearest gml:id at or above it."""
    node = element
    while node is not None:
        found = id_of(node)
        if found is not None:
            return f"{local(element.tag)} in {found}"
        node = node.getparent()
    return local(element.tag)


def numbers_of(element: Element) -> list[float]:
    """Coordinates of a ring, line or point, three to a corner.

    Raises:
        BrokenGeometryError: They are not triples of numbers.
    """
    texts = [child for child in element.iter() if local(child.tag) in _TEXTS]
    if len(texts) == 1:
        text = texts[0].text or ""
    else:
        text = " ".join([child.text or "" for child in texts])
    if texts and local(texts[0].tag) == "coordinates":
        text = text.replace(",", " ")
    values = floats_of(text, element)
    if len(values) % 3 or (texts and _dimension(texts[0]) != "3"):
        count = f"{len(values)} numbers in {_dimension(element)} dimensions"
        raise BrokenGeometryError(f"{name_of(element)}: {count}; wanted three for each corner")
    return values


def floats_of(text: str, element: Element) -> list[float]:
    """The numbers of a text.

    Raises:
        BrokenGeometryError: One is none; the message names the element.
    """
    try:
        return list(map(float, text.split()))
    except ValueError as error:
        raise BrokenGeometryError(f"{name_of(element)}: {error}") from error


def _dimension(element: Element) -> str:
    """The srsDimension of the element or the nearest one around it; 3 when none says."""
    node = element
    while node is not None:
        told = node.get("srsDimension")
        if told is not None:
            return str(told).strip()
        node = node.getparent()
    return "3"
