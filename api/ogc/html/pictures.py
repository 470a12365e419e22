"""The maps on the pages: of the city, of a layer, of some features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from api.ogc.html import backdrop, maps
from api.ogc.html.maps import Map, Shape
from api.ogc.html.sampling import Sample, sample
from api.security.sight import kept_by_sight
from cim.catalog import Bounds, Layer
from cim.store.base import Store

KEPT = 64
"""Maps of layers that are kept ready, about 100 kB each at most."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A map, and how many features it shows."""

    svg: Markup
    drawn: int


class Pictures:
    """Makes the maps from what the caller may see. Safe for use from several threads."""

    def __init__(self, store: Store) -> None:
        """Draw from `store`."""
        self._store = store
        self._backdrop = backdrop.Backdrop(store)
        self._layer = kept_by_sight(KEPT, self._layer_at)

    def of_city(self, label: str) -> Picture | None:
        """The city with its water, green, roads and houses; None for an empty city."""
        bounds = backdrop.whole(self._store.layers())
        if bounds is None:
            return None
        outline = self._backdrop.outline()
        around = maps.extent(outline) or bounds
        below = tuple(self._backdrop.shapes(around, without=""))
        return Picture(maps.draw(Map((), around, label, outline, below)), 0)

    def of_layer(self, layer: Layer, label: str) -> Picture | None:
        """A sample of a layer's features; None when it has no extent."""
        return self._layer(layer.name, layer.version, label)

    def of_features(self, layer: Layer, shapes: Sequence[Shape], label: str) -> Picture | None:
        """Some features of a layer; None when none of them has a geometry."""
        bounds = maps.extent(np.array([shape.geometry for shape in shapes], dtype=object))
        if bounds is None:
            return None
        around = maps.Frame.around(bounds).bounds
        outline = self._backdrop.outline()
        without = layer.name if len(shapes) > 1 else ""
        below = tuple(self._backdrop.shapes(around, without=without))
        return Picture(maps.draw(Map(shapes, bounds, label, outline, below)), len(shapes))

    def _layer_at(self, name: str, _version: int, label: str) -> Picture | None:
        layer = self._store.layer(name)
        if layer.bounds is None:
            return None
        chosen: Sample = sample(self._store, layer)
        shapes = [Shape(geometry) for geometry in chosen.geometry]
        bounds: Bounds = layer.bounds
        below = tuple(self._backdrop.shapes(bounds, without=name))
        drawn = Map(shapes, bounds, label, self._backdrop.outline(), below)
        return Picture(maps.draw(drawn), len(shapes))
