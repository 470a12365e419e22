"""Ids and codes of stored features: where features are born, and what others added or moved."""

import numpy as np
import shapely

from cim.arrays import Float64
from cim.coding import CodeLevels, code
from cim.crs import CITY_CRS, transform
from cim.features import FeatureBatch
from cim.geometry import representative_points
from cim.store.base import Store


def recode(store: Store, layer: str, levels: CodeLevels) -> tuple[int, int]:
    """Give ids and fresh codes to the features that other programs added or moved.

    Returns:
        Number of features coded, and of those that got a new id.
    """
    fids = store.uncoded_fids(layer)
    issued = 0
    for batch in store.read(layer, fids, columns=()) if len(fids) else ():
        issued += store.write_codes(layer, code(batch, birthplaces(batch), levels))
    return len(fids), issued


def birthplaces(batch: FeatureBatch) -> Float64:
    """(n, 2) longitude and latitude of the features' representative points."""
    points = representative_points(batch.geometry)
    if batch.crs == CITY_CRS:
        return points
    placed = transform(shapely.points(points), batch.crs, CITY_CRS)
    return np.asarray(shapely.get_coordinates(placed))
