"""Layers by word, theme, workspace and status."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from cim.catalog import STATUSES, Layer
from cim.entities.classes import CLASSES
from cim.layer_rules import EntryError
from cim.themes import is_within, themes


@dataclass(frozen=True, slots=True)
class LayerQuery:
    """Which layers are wanted; empty: all."""

    words: str = ""
    """Each of them stands somewhere in what is said of the layer."""

    theme: str = ""
    """A class of the data catalogue with its groups, or one group."""

    workspace: str = ""
    status: str = ""

    def __post_init__(self) -> None:
        """Refuse what no layer can have.

        Raises:
            InputError: Theme or status is unknown.
        """
        if self.theme and self.theme not in themes():
            raise EntryError("theme", f"{self.theme!r} is unknown; known: {', '.join(themes())}")
        if self.status and self.status not in STATUSES:
            raise EntryError("status", f"{self.status!r}; legal: {', '.join(STATUSES)}")


def find_layers(layers: Iterable[Layer], query: LayerQuery) -> list[Layer]:
    """The layers that fit, in the order given."""
    words = plain(query.words).split()
    return [layer for layer in layers if _is_among(layer, query) and _has_words(layer, words)]


def plain(text: str) -> str:
    """Text as it is compared: full-width letters as plain ones, without case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _is_among(layer: Layer, query: LayerQuery) -> bool:
    return (
        (not query.theme or is_within(layer.theme, query.theme))
        and (not query.workspace or query.workspace in layer.workspaces)
        and (not query.status or layer.status == query.status)
    )


def _has_words(layer: Layer, words: list[str]) -> bool:
    if not words:
        return True
    said = [layer.name, layer.title_zh, layer.title_en, layer.description_zh]
    said += [layer.description_en, layer.authority, layer.steward, *layer.keywords]
    theme, kind = themes().get(layer.theme), CLASSES.get(layer.class_code)
    for one in (theme, kind):
        if one is not None:
            said += (one.title_zh, one.title_en)
    text = plain("\n".join(said))
    return all(word in text for word in words)
