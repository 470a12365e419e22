"""Layers of which a caller sees the features of an area only."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from cim.arrays import Bool
from cim.catalog import Bounds, Layer
from cim.crs import CITY_CRS, transform
from cim.features import FeatureBatch
from cim.filters.model import GEOMETRY, Expression, Property, Shape, Spatial

DENSE_DEG: Final = 0.01
"""Edges are cut to this before they are projected: straight lines in degrees are curves there."""


def stored(area: BaseGeometry, layer: Layer) -> BaseGeometry:
    """An area in degrees CGCS2000 in the storage CRS of a layer."""
    if layer.crs == CITY_CRS:
        return area
    dense = np.array([shapely.segmentize(area, DENSE_DEG)], dtype=object)
    moved: BaseGeometry = transform(dense, CITY_CRS, layer.crs)[0]
    return moved if moved.is_valid else shapely.make_valid(moved)


def condition(area: BaseGeometry) -> Expression:
    """That a feature meets an area, both in the storage CRS."""
    return Spatial("s_intersects", Property(GEOMETRY), Shape(area))


def meets(batch: FeatureBatch, area: BaseGeometry) -> Bool:
    """(n,) which features meet an area in the CRS of the batch; those without geometry do not."""
    shapely.prepare(area)
    found: Bool = np.asarray(shapely.intersects(area, batch.geometry), np.bool_)
    return found


def within(layer: Layer, area: BaseGeometry, count: Callable[[Expression], int]) -> Layer:
    """The layer as it looks from an area: nothing tells of features outside.

    Args:
        layer: The whole of it.
        area: Degrees CGCS2000.
        count: Number of its valid features of which a condition is true.
    """
    number = count(condition(stored(area, layer)))
    box: Bounds | None = tuple(area.bounds) if number else None
    return replace(layer, item_count=number, bounds=box, quality=None)
