"""Attributes of city objects: leaves of the XML, generic attributes, addresses, ADE values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from cim.readers._citygml_documents import Element, local

_DEEPEST: Final = 5
_WHOLE: Final = frozenset({"storeysAboveGround", "storeysBelowGround", "yearOfConstruction"})
_MEASURES: Final = frozenset({"measuredHeight"})

type Values = dict[str, Any]


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


_GENERIC: Final[Mapping[str, Callable[[str], object]]] = {
    "stringattribute": str,
    "intattribute": _whole,
    "doubleattribute": _number,
    "dateattribute": str,
    "uriattribute": str,
    "codeattribute": str,
    "measureattribute": _number,
}


def attributes_of(properties: Iterable[Element]) -> Values:
    """The attributes that properties of a city object tell; what occurs more than once is a list.

    Simple elements keep their name. Values inside others, as ADEs and CityGML 3 have them, are
    named after the property and the leaf: `buildingDetails.surveyYear`. Elements with a unit
    (`uom`) are numbers; codes stay text.
    """
    values: Values = {}
    for prop in properties:
        for name, value in _values(prop, local(prop.tag)):
            _add(values, name, value)
    return values


def _add(values: Values, name: str, value: object) -> None:
    before = values.get(name)
    if before is None:
        values[name] = value
    else:
        values[name] = [*(before if isinstance(before, list) else [before]), value]


def _values(element: Element, name: str) -> Iterator[tuple[str, object]]:
    kind = name.lower()
    if kind in _GENERIC or kind in ("genericattribute", "genericattributeset"):
        yield from _generic(element, "", 0)
    elif kind == "address":
        text = _address(element)
        if text:
            yield "address", text
    elif not len(element):
        value = _simple(element, name)
        if value is not None:
            yield name, value
    else:
        for path, leaf in _leaves(element, 0):
            value = _simple(leaf, path)
            if value is not None:
                yield f"{name}.{path}", value


def _simple(element: Element, name: str) -> object | None:
    """The value of an element without children; None when it is blank."""
    text = (element.text or "").strip()
    if not text:
        return None
    if name in _WHOLE:
        return _whole(text)
    return _number(text) if name in _MEASURES or element.get("uom") is not None else text


def _leaves(element: Element, depth: int) -> Iterator[tuple[str, Element]]:
    """Elements without children below one, and their names."""
    for child in element:
        if not len(child):
            yield local(child.tag), child
        elif depth < _DEEPEST:
            yield from _leaves(child, depth + 1)


def _generic(element: Element, prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    """Name and value of a generic attribute of any version; those of a set follow its name."""
    kind = local(element.tag).lower()
    name, value = element.get("name"), None
    for child in element:
        part = local(child.tag)
        if part == "name":
            name = (child.text or "").strip()
        elif part == "value":
            value = (child.text or "").strip()
    if kind in _GENERIC:
        if name and value:
            yield prefix + name, _GENERIC[kind](value)
        return
    inner = f"{prefix}{name}." if name else prefix
    for child in element:
        if len(child) and depth < _DEEPEST:
            yield from _generic(child, inner, depth + 1)


def _address(element: Element) -> str:
    """The parts of an xAL address in file order; its geometry is not among them."""
    parts = []
    for child in element.iter():
        text = (child.text or "").strip()
        if text and not len(child) and local(child.tag) not in ("pos", "posList"):
            parts.append(text)
    return ", ".join(parts)
