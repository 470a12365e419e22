"""What lies under the features of a small map: the city's outline, water, green, roads, houses."""

from collections.abc import Iterator, Mapping

import numpy as np
import shapely

from api.ogc import crs as systems
from api.ogc.html.maps import Shape
from api.ogc.html.sampling import read
from api.security.sight import kept_by_sight
from cim.arrays import Objects
from cim.catalog import Bounds, Layer
from cim.store.base import ItemQuery, Store

STYLES: Mapping[str, str] = {"WATR": "water", "GREN": "green", "ROAD": "road", "BLDG": "house"}
"""CSS class by entity class, from the bottom up."""

DIVISION = "DIVN"
MOST_FEATURES = 700
"""Of one layer: where there are more, the map shows too much of the city for them to be seen."""

MOST_DIVISIONS = 300
MOST_LAYERS = 12
"""Layers that are asked; a city with many of a class shows the first of them."""

KEPT = 16


class Backdrop:
    """Draws from the layers that the caller may see. Safe for use from several threads."""

    def __init__(self, store: Store) -> None:
        """Draw from `store`."""
        self._store = store
        self._outline = kept_by_sight(KEPT, self._outline_at)

    def outline(self) -> Objects:
        """Polygons of the city, from its layer with the fewest divisions; else of its extent."""
        layers = self._store.layers()
        divisions = [
            layer
            for layer in layers.values()
            if layer.class_code == DIVISION and 0 < layer.item_count <= MOST_DIVISIONS
        ]
        if divisions:
            layer = min(divisions, key=lambda one: one.item_count)
            return self._outline(layer.name, layer.version)
        return _box(whole(layers))

    def shapes(self, bounds: Bounds, without: str) -> Iterator[Shape]:
        """Features of the city within the bounds, but none of the layer `without`."""
        asked = 0
        for code, style in STYLES.items():
            for layer in self._store.layers().values():
                if layer.class_code != code or layer.name == without or asked >= MOST_LAYERS:
                    continue
                if not _overlap(layer.bounds, bounds):
                    continue
                asked += 1
                yield from self._of_layer(layer, bounds, style)

    def _of_layer(self, layer: Layer, bounds: Bounds, style: str) -> Iterator[Shape]:
        box = systems.box_to(bounds, systems.crs_of(systems.CRS84), layer.crs)
        if box is None:
            return
        query = ItemQuery(bounds=box.bounds, limit=MOST_FEATURES + 1)
        fids = self._store.fids(layer.name, query)
        if len(fids) <= MOST_FEATURES:
            for geometry in read(self._store, layer, fids).geometry:
                yield Shape(geometry, style=style)

    def _outline_at(self, name: str, _version: int) -> Objects:
        layer = self._store.layer(name)
        fids = self._store.fids(name, ItemQuery(limit=MOST_DIVISIONS))
        polygons = shapely.make_valid(read(self._store, layer, fids).geometry)
        areas: Objects = polygons[shapely.get_dimensions(polygons) == 2]  # noqa: PLR2004 - areas
        return areas


def whole(layers: Mapping[str, Layer]) -> Bounds | None:
    """Bounds of all layers together, None when none has any."""
    known = [layer.bounds for layer in layers.values() if layer.bounds is not None]
    if not known:
        return None
    corners = np.array(known)
    west, south = corners[:, :2].min(axis=0).tolist()
    east, north = corners[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _box(bounds: Bounds | None) -> Objects:
    shapes = [] if bounds is None else [shapely.box(*bounds)]
    return np.array(shapes, dtype=object)


def _overlap(one: Bounds | None, other: Bounds) -> bool:
    if one is None:
        return False
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
