"""Lots: blocks divided by what stands on them, with schools and the like where they are needed."""

from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from assets.samples.frame import grid_point, rng_for
from assets.samples.ground import blocks_of, carve, corridors, divide
from assets.samples.model import Cell, Parcel
from assets.samples.names import LAKE
from assets.samples.network import Network
from assets.samples.waters import canal_polygon, lake_polygon, river_polygon

_POCKET_M2: Final = 4200.0
_SCRAP_M2: Final = 900.0
_LOT_LIMIT_M2: Final = {
    "estate": 62_000.0,
    "centre": 21_000.0,
    "works": 52_000.0,
    "old_town": 1e9,
    "village": 1e9,
    "campus": 1e9,
    "park": 1e9,
    "lake": 1e9,
}
_FACILITIES: Final = (
    ("site", 5200.0, ((60.0, 640.0),)),
    ("hospital", 42_000.0, ((-650.0, 350.0), (1200.0, -1250.0))),
    ("government", 26_000.0, ((120.0, 800.0),)),
    ("culture", 27_000.0, ((-480.0, 700.0),)),
    ("sports", 52_000.0, ((-1200.0, 820.0),)),
    ("mall", 26_000.0, ((500.0, 430.0), (-200.0, 430.0), (-640.0, -800.0), (1600.0, -760.0))),
    ("hotel", 11_000.0, ((700.0, 260.0), (950.0, -800.0))),
    (
        "school_middle",
        38_000.0,
        ((-1250.0, 300.0), (1150.0, 850.0), (60.0, -900.0), (-1600.0, -1000.0), (1650.0, -1100.0)),
    ),
    (
        "school_primary",
        19_000.0,
        (
            (-500.0, 850.0),
            (600.0, 700.0),
            (-1700.0, 150.0),
            (-100.0, -350.0),
            (1100.0, -300.0),
            (-1100.0, -1250.0),
            (400.0, -1350.0),
            (-1600.0, 1250.0),
            (300.0, 1300.0),
        ),
    ),
    (
        "kindergarten",
        6600.0,
        tuple(
            (float(u), float(v))
            for v in (-1300, -800, 380, 900, 1350)
            for u in (-1500, -500, 450, 1350)
        ),
    ),
    ("clinic", 5200.0, ((-1700.0, -350.0), (-700.0, -1200.0), (1250.0, 350.0), (700.0, 1250.0))),
    ("market", 8600.0, ((-1150.0, -350.0), (-750.0, 900.0), (550.0, -480.0), (1800.0, -850.0))),
    ("fire", 5600.0, ((-1050.0, 620.0), (1350.0, -700.0))),
    ("power", 4600.0, ((-1750.0, 700.0), (1750.0, 250.0), (-400.0, -1250.0))),
    ("bus", 13_000.0, ((1000.0, 1150.0), (-1000.0, -1000.0))),
    ("water_works", 24_000.0, ((-1850.0, -250.0),)),
)
"""Use, ground it needs in square metres, and the grid points it serves."""

_HOSTS: Final = frozenset({"estate_old", "estate_mid", "estate_high", "office"})


def ground_taken(network: Network) -> BaseGeometry:
    """What no lot may use: streets, and water with its banks."""
    wet = (river_polygon(), canal_polygon().buffer(13.0, cap_style="flat"), lake_polygon())
    return shapely.union_all([corridors(network.streets), *wet])


def _estate_use(u: float, v: float, rng: np.random.Generator) -> str:
    """Older estates lie nearer to the centre."""
    if 880 < u < 1480 and -1080 < v < -560:
        return "villa" if rng.random() < 0.55 else "estate_high"
    reach = float(np.hypot(u / 2050, v / 1550))
    old, mid = max(0.55 - 0.5 * reach, 0.05), 0.35
    pick = rng.random()
    return "estate_old" if pick < old else "estate_mid" if pick < old + mid else "estate_high"


def _first_use(block: Polygon, zone: str, rng: np.random.Generator) -> str:
    if zone in {"lake", "park", "campus", "centre"}:
        return {"lake": "park", "campus": "college", "centre": "office"}.get(zone, zone)
    if block.area < _POCKET_M2 or zone == "river":
        return "park"
    if zone == "works":
        return "warehouse" if rng.random() < 0.22 else "works"
    return _estate_use(*grid_point(block), rng) if zone == "estate" else zone


def _cell_parcels(index: int, cell: Cell, taken: BaseGeometry) -> list[Parcel]:
    rng = rng_for("parcels", index)
    limit = _LOT_LIMIT_M2.get(cell.zone, 1e9)
    return [
        Parcel(lot, _first_use(lot, cell.zone, rng), cell.shape)
        for block in blocks_of(cell.shape, taken)
        for lot in divide(block, limit, rng)
        if lot.area > _SCRAP_M2
    ]


def _host(parcels: list[Parcel], need_m2: float, target: tuple[float, float]) -> int:
    """Index of the nearest lot that may give up that much ground."""
    away = [
        np.hypot(*np.subtract(grid_point(lot.shape), target))
        if lot.use in _HOSTS and lot.shape.area > need_m2 * 0.92
        else np.inf
        for lot in parcels
    ]
    return int(np.argmin(away))


def _place(
    parcels: list[Parcel], use: str, need_m2: float, target: tuple[float, float]
) -> list[Parcel]:
    """The lots after one of them has given ground to a facility."""
    index = _host(parcels, need_m2, target)
    host = parcels[index]
    if need_m2 > 0.7 * host.shape.area:
        return [*parcels[:index], replace(host, use=use), *parcels[index + 1 :]]
    first, *rest = carve(host.shape, need_m2)
    new = [replace(host, shape=first, use=use), *(replace(host, shape=part) for part in rest)]
    return [*parcels[:index], *new, *parcels[index + 1 :]]


def build_parcels(network: Network) -> tuple[Parcel, ...]:
    """All lots of the district."""
    taken = ground_taken(network)
    shapely.prepare(taken)
    parcels = [
        parcel
        for index, cell in enumerate(network.cells)
        for parcel in _cell_parcels(index, cell, taken)
    ]
    for use, need_m2, targets in _FACILITIES:
        for target in targets:
            parcels = _place(parcels, use, need_m2, target)
    return tuple(_christen(parcel) for parcel in parcels)


def _christen(parcel: Parcel) -> Parcel:
    """The park around the lake and the island have their own names."""
    lake = lake_polygon()
    if parcel.use != "park" or not parcel.shape.convex_hull.intersects(lake.convex_hull):
        return parcel
    island = Polygon(lake.exterior).contains(parcel.shape)
    return replace(parcel, name=f"{LAKE}湖心岛" if island else f"{LAKE}公园")
