"""What a caller sees of one state of the catalogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from api.security.rights import LayerRight, Rights
from cim.catalog import CLASSIFICATIONS, DRAFT, PUBLISHED, Layer


@dataclass(frozen=True, slots=True)
class Seen:
    """What was made of one snapshot of the catalogue."""

    catalogue: Mapping[str, Layer]
    layers: Mapping[str, Layer]
    """Those that are in lists."""

    rights: Mapping[str, LayerRight]
    """On all that may be read, retired ones too."""

    whole: frozenset[str] = frozenset()
    """Layers in lists all of whose features and attributes are seen."""

    restricted: frozenset[str] = frozenset()
    """Layers in lists that hold restricted data."""


NOTHING_SEEN = Seen({}, {}, {})


@dataclass(frozen=True, slots=True)
class Watcher:
    """How snapshots are looked at."""

    rights: Rights
    holds: Callable[[Layer], bool]
    """Takes the layers that the view has."""

    look: Callable[[Layer, LayerRight], Layer]
    """A layer as a caller with a right sees it."""

    def follow(self, catalogue: Mapping[str, Layer], held: Seen) -> Seen:
        """What is seen of a catalogue; layers that are what they were are not looked at again."""
        found: dict[str, LayerRight] = {}
        seen: dict[str, Layer] = {}
        restricted: set[str] = set()
        for name, layer in catalogue.items():
            is_held = held.catalogue.get(name) is layer
            right = held.rights.get(name) if is_held else self.rights.of(layer)
            if right is None or not self.holds(layer):
                continue
            found[name] = right
            if layer.status == PUBLISHED or (layer.status == DRAFT and "publish" in right.areas):
                seen[name] = held.layers[name] if is_held else self.look(layer, right)
                if name in held.restricted if is_held else is_restricted(seen[name]):
                    restricted.add(name)
        return Seen(
            catalogue,
            MappingProxyType(seen),
            MappingProxyType(found),
            frozenset(name for name in seen if is_all(found[name])),
            frozenset(restricted),
        )


def is_all(right: LayerRight) -> bool:
    """Whether all features and attributes of a layer are seen."""
    return not right.hidden and right.areas["read"] is None


def is_restricted(layer: Layer) -> bool:
    """Whether a layer, or an attribute that is seen of it, is of the most secret class."""
    worst = CLASSIFICATIONS[-1]
    return layer.classification == worst or any(
        field.classification == worst for field in layer.fields
    )
