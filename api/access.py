"""Who may see what: until access keys exist, every caller sees the public layers and no others."""

from collections.abc import Iterable

from cim.catalog import Layer

PUBLIC = "public"


def is_visible(layer: Layer) -> bool:
    """Whether a caller may see a layer; what may not be seen does not exist for the caller."""
    return layer.classification == PUBLIC


def visible_names(layers: Iterable[Layer]) -> frozenset[str]:
    """Names of the layers that a caller may see."""
    return frozenset(layer.name for layer in layers if is_visible(layer))
