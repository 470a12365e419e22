"""Buildings and door plates from lots and their numbers."""

from dataclasses import dataclass, replace
from typing import Final

from assets.samples.addresses import LANE_USES, Numbered
from assets.samples.frame import rng_for
from assets.samples.model import Building, Division, Draft, Lot
from assets.samples.names import CITY, DISTRICT, DISTRICT_CODE

_YARD_NOUNS: Final = {"工业": "号厂房", "仓储": "号库"}
_STEEL: Final = frozenset({"工业", "仓储", "体育"})


@dataclass(frozen=True, slots=True)
class Addressed:
    """The numbers by what they belong to."""

    gates: dict[int, Numbered]
    """By index of the lot."""

    own: dict[tuple[int, int], Numbered]
    """By index of the lot and of the draft."""


def sort_numbers(numbered: tuple[Numbered, ...]) -> Addressed:
    """Numbers of gates, and of buildings with their own."""
    gates = {n.front.lot: n for n in numbered if n.front.draft is None}
    own = {(n.front.lot, n.front.draft): n for n in numbered if n.front.draft is not None}
    return Addressed(gates, own)


def structure_of(draft: Draft, year: int) -> str:
    """What carries a building, after its use, height and age."""
    if draft.usage in _STEEL and draft.floors <= 2:
        return "钢结构"
    if year < 1965:
        return "砖木结构"
    if draft.floors <= 7 and year < 2001:
        return "砖混结构"
    if draft.floors > 35:
        return "钢-混凝土组合结构"
    return "剪力墙结构" if draft.floors > 10 else "框架结构"


def height_of(draft: Draft) -> float:
    """Height above ground in metres, with the parapet or the ridge."""
    return round(draft.floors * draft.storey_m + (0.6 if draft.floors < 8 else 1.5), 1)


def _sub_address(draft: Draft, ordinal: int) -> str:
    """What stands after the name of the lot: 3号楼, 教学楼, or nothing."""
    if draft.numbered:
        return f"{ordinal}{_YARD_NOUNS.get(draft.usage, '号楼')}"
    return draft.label


def _ordinals(lot: Lot) -> list[int]:
    """Building numbers within the lot, in S order from the north-west."""
    shapes = [draft.shape.centroid for draft in lot.layout.drafts]
    rows = [-round(point.y / 26.0) for point in shapes]
    order = sorted(
        (i for i, draft in enumerate(lot.layout.drafts) if draft.numbered),
        key=lambda i: (rows[i], shapes[i].x if rows[i] % 2 == 0 else -shapes[i].x),
    )
    numbers = {i: n for n, i in enumerate(order, start=1)}
    return [numbers.get(i, 0) for i in range(len(shapes))]


def address_prefixes(
    communities: tuple[Division, ...], subdistricts: tuple[Division, ...]
) -> tuple[str, ...]:
    """City, district and sub-district of each community."""
    names = {division.code: division.name for division in subdistricts}
    return tuple(f"{CITY}{DISTRICT}{names[division.parent]}" for division in communities)


def _building(lot: Lot, draft: Draft, numbered: Numbered, sub: str, year: int) -> Building:
    """A building without its id and its full address."""
    door = f"{numbered.front.street.name}{numbered.number}号"
    shop = draft.own_number and lot.parcel.use not in LANE_USES
    return Building(
        id="",
        shape=draft.shape,
        name=f"{door}商铺" if shop else sub or door,
        usage=draft.usage,
        floors=draft.floors,
        height_m=height_of(draft),
        year=year,
        structure=structure_of(draft, year),
        estate=lot.parcel.name,
        street=numbered.front.street.name,
        number=f"{numbered.number}号",
        address=f"{door}{sub}",
        community=lot.community,
        lot=numbered.front.lot,
    )


def _lot_buildings(index: int, lot: Lot, numbers: Addressed) -> list[Building]:
    rng, ordinals = rng_for("years", index), _ordinals(lot)
    spread = 25 if lot.parcel.use in LANE_USES else 3
    result = []
    for i, draft in enumerate(lot.layout.drafts):
        own = numbers.own.get((index, i))
        sub = "" if own else lot.parcel.name + _sub_address(draft, ordinals[i])
        year = min(lot.year + int(rng.integers(0, spread)), 2024)
        result.append(_building(lot, draft, own or numbers.gates[index], sub, year))
    return result


def build_buildings(
    lots: tuple[Lot, ...], numbers: Addressed, prefixes: tuple[str, ...]
) -> tuple[Building, ...]:
    """All buildings, lot by lot, in the order of the drafts."""
    plain = [
        building
        for index, lot in enumerate(lots)
        for building in _lot_buildings(index, lot, numbers)
    ]
    return tuple(
        replace(b, id=f"{DISTRICT_CODE}B{i:06d}", address=prefixes[b.community] + b.address)
        for i, b in enumerate(plain, start=1)
    )
