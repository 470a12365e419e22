"""The whole sample city, from the seed alone."""

import shapely

from assets.samples.addresses import number_fronts
from assets.samples.buildings import address_prefixes, build_buildings, sort_numbers
from assets.samples.devices import build_devices
from assets.samples.divisions import build_divisions
from assets.samples.greens import build_greens
from assets.samples.ground import east_angle
from assets.samples.lots import build_lots, name_lanes
from assets.samples.model import WALK, City, Division, Lot, Site, Street
from assets.samples.names import LAKE
from assets.samples.network import build_network
from assets.samples.parcels import build_parcels
from assets.samples.pipes import build_pipes
from assets.samples.plates import build_plates
from assets.samples.roads import build_stretches
from assets.samples.waters import lake_walk, water_bodies


def parcel_codes(lots: tuple[Lot, ...], communities: tuple[Division, ...]) -> tuple[str, ...]:
    """19-character codes of lots: county, cadastral area and sub-area, feature, sequence.

    Source: GB/T 37346-2019, the parcel part of the real property unit code; JC is a homestead of
    collective land, GB a right to use state land for construction.
    """
    codes = []
    for index, lot in enumerate(lots, start=1):
        feature = "JC" if lot.parcel.use == "village" else "GB"
        codes.append(f"{communities[lot.community].code}{feature}{index:05d}")
    return tuple(codes)


def find_site(lots: tuple[Lot, ...], addresses: dict[int, str]) -> Site:
    """The lot kept free for the IFC building."""
    index = next(i for i, lot in enumerate(lots) if lot.parcel.use == "site")
    parcel = lots[index].parcel
    centre = parcel.shape.centroid
    return Site((centre.x, centre.y), east_angle(parcel.shape), parcel.name, addresses[index])


def build_city() -> City:
    """Everything, in plan metres."""
    network = build_network()
    subdistricts, communities = build_divisions(network.blocks)
    lots = build_lots(build_parcels(network), communities)
    lanes = name_lanes(lots)
    prefixes = address_prefixes(communities, subdistricts)
    numbers = sort_numbers(number_fronts(lots, network.streets, lanes))
    buildings = build_buildings(lots, numbers, prefixes)
    plates = build_plates(lots, buildings, numbers, prefixes)
    water = water_bodies(network.district)
    wet = shapely.union_all([body.shape for body in water])
    walk = Street(f"{LAKE}环湖步道", WALK, lake_walk())
    all_lanes = (*(lane for lot_lanes in lanes for lane in lot_lanes), walk)
    gates = {
        i: f"{prefixes[lots[i].community]}{gate.front.street.name}{gate.number}号"
        for i, gate in numbers.gates.items()
    }
    return City(
        stretches=build_stretches(network.streets, all_lanes, wet),
        water=water,
        greens=build_greens(network, lots),
        lots=lots,
        parcel_codes=parcel_codes(lots, communities),
        buildings=buildings,
        plates=plates,
        subdistricts=subdistricts,
        communities=communities,
        devices=build_devices(network.streets, lots),
        pipes=build_pipes(network.streets, wet),
        site=find_site(lots, gates),
    )
