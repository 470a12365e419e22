"""Door plates: large ones at gates, small ones at houses and shops, and plates of buildings."""

from dataclasses import replace
from typing import Final

import shapely
from shapely import Point

from assets.samples.addresses import Numbered
from assets.samples.buildings import Addressed
from assets.samples.model import Building, DoorPlate, Lot
from assets.samples.names import DISTRICT_CODE

GATE: Final = "大门牌"
HOUSE: Final = "小门牌"
BLOCK: Final = "楼栋牌"


def _street_plate(
    numbered: Numbered, lot: Lot, building: Building | None, prefix: str
) -> DoorPlate:
    """The plate of a gate, or of a house or shop on the street."""
    front = numbered.front
    place = "" if building else lot.parcel.name
    return DoorPlate(
        id="",
        point=front.point,
        kind=HOUSE if building else GATE,
        street=front.street.name,
        number=numbered.number,
        sub_address=place,
        text=f"{prefix}{front.street.name}{numbered.number}号{place}",
        building=building.id if building else "",
        community=lot.community,
    )


def _block_plate(building: Building, gate: Numbered) -> DoorPlate:
    """The plate of a building inside a lot, on the wall that looks to the gate."""
    wall = shapely.shortest_line(gate.front.point, building.shape.boundary)
    return DoorPlate(
        id="",
        point=Point(wall.coords[-1]),
        kind=BLOCK,
        street=building.street,
        number=gate.number,
        sub_address=building.name,
        text=building.address,
        building=building.id,
        community=building.community,
    )


def build_plates(
    lots: tuple[Lot, ...],
    buildings: tuple[Building, ...],
    numbers: Addressed,
    prefixes: tuple[str, ...],
) -> tuple[DoorPlate, ...]:
    """All plates, lot by lot: the gate first, then the buildings."""
    plates: list[DoorPlate] = []
    rest = iter(buildings)
    for index, lot in enumerate(lots):
        gate, prefix = numbers.gates.get(index), prefixes[lot.community]
        if gate:
            plates.append(_street_plate(gate, lot, None, prefix))
        for i in range(len(lot.layout.drafts)):
            building, own = next(rest), numbers.own.get((index, i))
            if own:
                plates.append(_street_plate(own, lot, building, prefix))
            elif gate:
                plates.append(_block_plate(building, gate))
    return tuple(
        replace(plate, id=f"{DISTRICT_CODE}M{i:06d}") for i, plate in enumerate(plates, start=1)
    )
