"""Which layout builds up which use of land, and how old it may be."""

from collections.abc import Callable
from typing import Final

import numpy as np
import shapely
from shapely import Point, Polygon

from assets.samples.frame import TURN_RAD
from assets.samples.ground import east_angle, turn
from assets.samples.layouts import campus, centre, dense, housing, works
from assets.samples.layouts.housing import Fronts
from assets.samples.layouts.rows import usable
from assets.samples.model import Draft, Green, Layout, Parcel

_STREET_M: Final = 36.0
_SUN_RAD: Final = float(np.radians(25.0))

type Builder = Callable[[Polygon, np.random.Generator], Layout]
type EstateBuilder = Callable[[Polygon, np.random.Generator, Fronts], Layout]

_ESTATES: Final[dict[str, tuple[EstateBuilder, tuple[int, int]]]] = {
    "estate_old": (housing.estate_old, (1983, 1999)),
    "estate_mid": (housing.estate_mid, (2000, 2011)),
    "estate_high": (housing.estate_high, (2009, 2024)),
    "villa": (housing.villa, (2004, 2016)),
}
_BUILDERS: Final[dict[str, tuple[Builder, tuple[int, int]]]] = {
    "old_town": (dense.old_town, (1920, 1960)),
    "village": (dense.village, (1988, 2012)),
    "site": (works.empty, (2024, 2024)),
    "government": (campus.government, (2006, 2010)),
    "culture": (campus.culture, (2012, 2018)),
    "college": (campus.college, (1998, 2012)),
    "school_middle": (campus.school_middle, (1986, 2019)),
    "school_primary": (campus.school_primary, (1984, 2021)),
    "kindergarten": (campus.kindergarten, (1995, 2022)),
    "sports": (campus.sports, (2008, 2014)),
    "hospital": (campus.hospital, (1996, 2018)),
    "clinic": (campus.clinic, (2003, 2021)),
    "mall": (centre.mall, (2008, 2021)),
    "market": (centre.market, (1996, 2012)),
    "hotel": (centre.hotel, (1999, 2016)),
    "office": (centre.office, (2003, 2024)),
    "works": (works.works, (1978, 2018)),
    "warehouse": (works.warehouse, (2005, 2022)),
    "bus": (works.bus, (2004, 2016)),
    "water_works": (works.water_works, (1992, 2010)),
    "power": (works.power, (1998, 2020)),
    "fire": (works.fire, (2002, 2018)),
    "park": (works.park, (1985, 2020)),
    "belt": (works.belt, (2000, 2020)),
}


def build_up(parcel: Parcel, rng: np.random.Generator) -> tuple[Layout, int]:
    """What stands on a lot, in the plan, and the year most of it was built."""
    angle = _own_east(parcel)
    ground = turn(parcel.shape, -angle)
    if parcel.use in _ESTATES:
        estate, years = _ESTATES[parcel.use]
        layout = estate(ground, rng, _fronts(ground, turn(parcel.cell, -angle)))
    else:
        builder, years = _BUILDERS[parcel.use]
        layout = builder(ground, rng)
    return _turn(layout, parcel.shape, angle), int(rng.integers(years[0], years[1] + 1))


def _own_east(parcel: Parcel) -> float:
    """The lot's own east, but housing turns no further from the south than sunlight allows."""
    angle = east_angle(parcel.shape)
    return TURN_RAD if parcel.use in _ESTATES and abs(angle) > _SUN_RAD else angle


def _fronts(ground: Polygon, cell: Polygon) -> Fronts:
    """Which edges lie on a street: those near the middle lines of streets around the cell."""
    south, north = usable(ground, 0.5)
    middle = ground.centroid.x
    away = [float(cell.exterior.distance(Point(middle, y))) for y in (south, north)]
    return Fronts(away[0] < _STREET_M, away[1] < _STREET_M)


def _turn(layout: Layout, ground: Polygon, angle: float) -> Layout:
    """A layout turned into the plan; greens are cut off at the lot's border."""
    drafts = tuple(
        Draft(
            turn(d.shape, angle), d.usage, d.floors, d.storey_m, d.label, d.numbered, d.own_number
        )
        for d in layout.drafts
    )
    shapes = [shapely.intersection(turn(green.shape, angle), ground) for green in layout.greens]
    greens = tuple(
        Green(green.name, green.kind, shape)
        for green, shape in zip(layout.greens, shapes, strict=True)
        if shape.area > 50.0
    )
    return Layout(drafts, tuple(turn(lane, angle) for lane in layout.lanes), greens)
