"""The list of layers as people read it: searched, by theme, one page at a time."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.errors import ParameterError
from api.ogc import parameters as params
from api.ogc.html.words import class_title
from api.ogc.words import layer_title
from cim.catalog import Layer

PAGE = 50
"""Layers on a page."""

QUERY, THEME, PAGE_NUMBER = "q", "theme", "page"
PARAMETERS = (*params.COMMON, QUERY, THEME, PAGE_NUMBER)
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader looks for."""

    query: str = ""
    theme: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of layers to choose from."""

    code: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list."""

    asked: Asked
    layers: tuple[Layer, ...]
    found: int
    total: int
    first: int
    """Place of the first layer of the page, counted from 1."""

    pages: int
    themes: tuple[Theme, ...]


def parse(values: Mapping[str, str]) -> Asked:
    """What the parameters of the page ask for.

    Raises:
        ParameterError: A parameter is unknown, too long or out of range.
    """
    params.refuse_unknown(values, PARAMETERS)
    page = params.integer(values, PAGE_NUMBER, 1, least=1)
    query = values.get(QUERY, "").strip()
    if len(query) > LONGEST_QUERY:
        raise ParameterError(QUERY, f"{len(query)} characters; at most {LONGEST_QUERY}")
    return Asked(query, values.get(THEME, "").strip(), page)


def find(layers: Mapping[str, Layer], asked: Asked, language: str) -> Listing:
    """The layers that fit, one page of them; the themes count what the words alone find."""
    found = [layer for layer in layers.values() if _fits(layer, asked.query)]
    themes = _themes(found, language)
    if asked.theme:
        found = [layer for layer in found if theme_of(layer) == asked.theme]
    found.sort(key=lambda layer: _order(layer, language))
    pages = max(1, math.ceil(len(found) / PAGE))
    start = (min(asked.page, pages) - 1) * PAGE
    page = tuple(found[start : start + PAGE])
    shown = Asked(asked.query, asked.theme, start // PAGE + 1)
    return Listing(shown, page, len(found), len(layers), start + 1, pages, themes)


def theme_of(layer: Layer) -> str:
    """Code of the group that a layer belongs to."""
    return layer.class_code


def _themes(layers: Iterable[Layer], language: str) -> tuple[Theme, ...]:
    counts = Counter(theme_of(layer) for layer in layers)
    themes = (Theme(code, class_title(code, language), count) for code, count in counts.items())
    return tuple(sorted(themes, key=lambda theme: (-theme.count, theme.code)))


def _fits(layer: Layer, query: str) -> bool:
    """Whether every word of the query is somewhere in what is said about the layer."""
    if not query:
        return True
    said = (layer.name, layer.title_zh, layer.title_en, layer.authority, layer.steward)
    text = plain("\n".join((*said, class_title(layer.class_code, "zh"))))
    text += plain(class_title(layer.class_code, "en"))
    return all(word in text for word in plain(query).split())


def plain(text: str) -> str:
    """Text as it is compared: full-width letters as plain ones, without case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _order(layer: Layer, language: str) -> tuple[str, str]:
    return layer_title(layer, language), layer.name
