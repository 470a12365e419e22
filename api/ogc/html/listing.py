"""The list of layers as people read it: searched, by theme and class, one page at a time."""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from api.errors import ParameterError
from api.ogc import parameters as params
from api.ogc.html.words import class_title
from api.ogc.words import layer_title
from cim.catalog import Layer, LayerWorkspace
from cim.themes import is_within, themes

PAGE = 50
"""Layers on a page."""

QUERY, THEME, CLASS, PAGE_NUMBER = "q", "theme", "class", "page"
PARAMETERS = (*params.COMMON, QUERY, THEME, CLASS, PAGE_NUMBER)
LONGEST = 200
"""Characters of a parameter."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader looks for."""

    query: str = ""
    theme: str = ""
    class_code: str = ""
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.query or self.theme or self.class_code)

    def parameters(self, **changes: object) -> dict[str, object]:
        """Parameters of the list, with changes; those of a page only where they are given."""
        own = {QUERY: self.query, THEME: self.theme, CLASS: self.class_code}
        return own | changes


@dataclass(frozen=True, slots=True)
class Choice:
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
    themes: tuple[Choice, ...]
    classes: tuple[Choice, ...]


def parse(values: Mapping[str, str]) -> Asked:
    """What the parameters of the page ask for.

    Raises:
        ParameterError: A parameter is unknown, too long or out of range.
    """
    params.refuse_unknown(values, PARAMETERS)
    texts = {name: values.get(name, "").strip() for name in (QUERY, THEME, CLASS)}
    for name, text in texts.items():
        if len(text) > LONGEST:
            raise ParameterError(name, f"{len(text)} characters; at most {LONGEST}")
    page = params.integer(values, PAGE_NUMBER, 1, least=1)
    return Asked(texts[QUERY], texts[THEME], texts[CLASS], page)


def find(layers: Mapping[str, Layer], asked: Asked, language: str) -> Listing:
    """The layers that fit, one page of them; groups count what the words alone find."""
    said = [layer for layer in layers.values() if _fits(layer, asked.query)]
    found = [layer for layer in said if _is_chosen(layer, asked)]
    found.sort(key=lambda layer: (layer_title(layer, language), layer.name))
    pages = max(1, math.ceil(len(found) / PAGE))
    number = min(asked.page, pages)
    start = (number - 1) * PAGE
    return Listing(
        Asked(asked.query, asked.theme, asked.class_code, number),
        tuple(found[start : start + PAGE]),
        len(found),
        len(layers),
        start + 1,
        pages,
        _themes(said, language),
        _classes(said, language),
    )


def workspaces(
    layers: Mapping[str, Layer], known: Mapping[str, LayerWorkspace], language: str
) -> tuple[Choice, ...]:
    """The workspaces that hold some of these layers."""
    counts = Counter(name for layer in layers.values() for name in layer.workspaces)
    return tuple(
        Choice(name, (one.title_zh if language == "zh" else one.title_en) or name, counts[name])
        for name, one in known.items()
        if counts[name]
    )


def theme_title(code: str, language: str) -> str:
    """What a theme is called; its code where it is none that is known."""
    known = themes().get(code)
    if known is None:
        return code
    return known.title_zh if language == "zh" else known.title_en


def _is_chosen(layer: Layer, asked: Asked) -> bool:
    is_of_theme = not asked.theme or is_within(layer.theme, asked.theme)
    return is_of_theme and asked.class_code in {"", layer.class_code}


def _themes(layers: Iterable[Layer], language: str) -> tuple[Choice, ...]:
    """The classes of the data catalogue that have layers, in its order."""
    counts = Counter(layer.theme.partition(".")[0] for layer in layers if layer.theme)
    ordered = (code for code, theme in themes().items() if theme.is_class and counts[code])
    return tuple(Choice(code, theme_title(code, language), counts[code]) for code in ordered)


def _classes(layers: Iterable[Layer], language: str) -> tuple[Choice, ...]:
    """The entity classes that have layers, the most frequent first."""
    counts = Counter(layer.class_code for layer in layers)
    made = (Choice(code, class_title(code, language), count) for code, count in counts.items())
    return tuple(sorted(made, key=lambda choice: (-choice.count, choice.code)))


def _fits(layer: Layer, query: str) -> bool:
    """Whether every word of the query is somewhere in what is said about the layer."""
    if not query:
        return True
    said = (
        layer.name,
        layer.title_zh,
        layer.title_en,
        layer.description_zh,
        layer.description_en,
        layer.authority,
        layer.steward,
        *layer.keywords,
        *(title(code, language) for language in ("zh", "en") for title, code in _groups(layer)),
    )
    text = plain("\n".join(said))
    return all(word in text for word in plain(query).split())


def _groups(layer: Layer) -> tuple[tuple[Callable[[str, str], str], str], ...]:
    return (class_title, layer.class_code), (theme_title, layer.theme)


def plain(text: str) -> str:
    """Text as it is compared: full-width letters as plain ones, without case."""
    return unicodedata.normalize("NFKC", text).casefold()
