"""The layers of a city that tell what is at a place: buildings, roads, divisions, rooms."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from cim.arrays import Objects
from cim.catalog import Layer
from cim.store.base import Store
from geocode.reverse.layers import LiveShapes, Shapes, Thing

BUILDINGS, ROADS, DIVISIONS = "BLDG", "ROAD", "DIVN"
STOREYS, SPACES = "STOR", "SPAC"
"""Classes of the layers that are looked into."""

_CLASSES: Final = frozenset((BUILDINGS, ROADS, DIVISIONS, STOREYS, SPACES))

CODE_FIELDS: Final = ("division_code", "adcode", "xzqdm", "code", "区划代码", "行政区划代码")
"""Columns that may hold the codes of divisions, the likeliest first."""

type Layers = Mapping[str, Layer]
"""Layers that the caller may see, by name."""

type Classes = Mapping[str, Sequence[Layer]]
"""Layers by class."""


class CityLayers:
    """The shapes of these layers; each answer sees every change that was committed before it.

    Args:
        store: With the layers.
        boundaries: Layer and field of division codes, as `layer.field`; guessed when empty.
    """

    def __init__(self, store: Store, boundaries: str = "") -> None:
        self._store = store
        self._boundaries = boundaries
        self._live: dict[str, LiveShapes[Any]] = {}
        self._local = threading.local()
        self._guard = threading.Lock()

    def is_current(self, layers: Layers) -> bool:
        """Whether no layer that is looked into has changed since this looked last."""
        return all(
            (live := self._live.get(layer.name)) is not None and live.is_current(layer)
            for several in self.by_class(layers).values()
            for layer in several
        )

    def all(self) -> Layers:
        """All layers of the city."""
        return self._store.layers()

    def row(self, thing: Thing, columns: tuple[str, ...]) -> dict[str, Any]:
        """Those of some columns that the layer has."""
        batches = self._store.read(thing.layer, np.array([thing.fid]), columns=columns)
        return next((row for one in batches for row in one.attributes.to_pylist()), {})

    def holding(
        self,
        class_code: str,
        make: Callable[[Objects], Any],
        lon: float,
        lat: float,
        layers: Classes,
    ) -> Iterator[Thing]:
        """The features of a class whose shapes hold a place."""
        for shapes in self.shapes(class_code, make, layers):
            for part, gone in shapes.parts():
                for place in part.shapes.holding(lon, lat):
                    if place not in gone:
                        yield shapes.thing(part, place)

    def shapes(
        self, class_code: str, make: Callable[[Objects], Any], layers: Classes
    ) -> Iterator[Shapes[Any]]:
        """The layers of a class as of now."""
        for layer in layers.get(class_code, ()):
            live = self._live.get(layer.name)
            if live is None:
                field = self._code_field(layer) if class_code == DIVISIONS else ""
                with self._guard:
                    live = self._live.setdefault(layer.name, LiveShapes(self._store, make, field))
            yield live.at(layer)

    def by_class(self, layers: Layers) -> Classes:
        """The layers that are looked into, by class; found once for each state of them."""
        kept: tuple[Layers, Classes] | None = getattr(self._local, "kept", None)
        if kept is None or kept[0] is not layers:
            found: dict[str, list[Layer]] = {}
            for layer in layers.values():
                if layer.class_code in _CLASSES and layer.item_count and self._is_used(layer):
                    found.setdefault(layer.class_code, []).append(layer)
            kept = self._local.kept = (layers, found)
        return kept[1]

    def _is_used(self, layer: Layer) -> bool:
        return layer.class_code != DIVISIONS or bool(self._code_field(layer))

    def _code_field(self, layer: Layer) -> str:
        """The column of division codes, empty when there is none."""
        name, _, field = self._boundaries.partition(".")
        if name == layer.name:
            return field
        known = {one.name.lower(): one.name for one in layer.fields}
        return next((known[one] for one in CODE_FIELDS if one in known), "")
