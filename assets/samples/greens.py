"""Green ground: parks and gardens of the lots, and belts on the ground nobody else uses."""

from dataclasses import replace
from typing import Final

import shapely
from shapely import Polygon

from assets.samples.ground import corridors, polygons
from assets.samples.model import Green, Lot
from assets.samples.names import CANAL
from assets.samples.network import Network
from assets.samples.waters import canal_polygon, lake_polygon, river_polygon

_BELT_M2: Final = 400.0
_HALF_WIDTH_M: Final = 2.5


def _of_lots(lots: tuple[Lot, ...]) -> list[Green]:
    water = shapely.union_all([lake_polygon(), river_polygon(), canal_polygon()])
    return [
        replace(green, name=lot.parcel.name + green.name, shape=green.shape - water)
        for lot in lots
        for green in lot.layout.greens
    ]


def _belts(network: Network, lots: tuple[Lot, ...]) -> list[Green]:
    """Strips between streets, lots and water."""
    used = [lot.parcel.shape for lot in lots]
    wet = [river_polygon(), canal_polygon(), lake_polygon()]
    free = network.district - shapely.union_all([corridors(network.streets), *wet, *used])
    open_ground = free.buffer(-_HALF_WIDTH_M).buffer(_HALF_WIDTH_M, quad_segs=2)
    return [
        Green(_belt_name(shape), "防护绿地", shape.simplify(0.1))
        for shape in polygons(open_ground)
        if shape.area > _BELT_M2
    ]


def _belt_name(shape: Polygon) -> str:
    return f"{CANAL}绿带" if shape.distance(canal_polygon()) < 15.0 else "道路防护绿带"


def build_greens(network: Network, lots: tuple[Lot, ...]) -> tuple[Green, ...]:
    """All green ground."""
    return (*_of_lots(lots), *_belts(network, lots))
