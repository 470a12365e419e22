"""Buildings of a layer, the doors that belong to them, and the report of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from addressing.assigning import Assignment, Footprints, assign
from addressing.cities import parser_for
from addressing.model import Link
from addressing.registry.linking import (
    drop_links,
    main_holders,
    open_doors,
    write_codes,
    write_links,
)
from addressing.registry.store import Registry
from cim.arrays import Objects
from cim.crs import CITY_CRS, transform
from cim.errors import InputError
from cim.store.base import Store

_AREAS = (3, 6)
"""Shapely's numbers of polygon and multipolygon."""


@dataclass(frozen=True, slots=True)
class AssignOptions:
    """How doors find their buildings."""

    layer: str
    """Of the buildings."""

    who: str
    why: str = ""
    number_field: str = ""
    """Field with the number or name that a building is called by; the layer's own otherwise."""

    streets: str = ""
    """Layer of street lines: a building across a street is none of the door's."""

    within_m: float = 20.0
    renew: bool = False
    """Whether doors that are linked already are assigned anew."""

    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class AssignReport:
    """What became of the doors."""

    layer: str
    dry_run: bool
    buildings: int
    doors: int
    """Valid addresses with a place, those linked before left out."""

    already_linked: int
    linked: int
    inside: int
    """Of these, doors on their building's footprint."""

    ambiguous: int
    without_building: int
    other_number: int
    across_street: int
    main: int
    """Buildings that got a main address."""

    rows_changed: int
    """Buildings whose `address_code` changed."""


class _DryRun(Exception):  # noqa: N818 - ends a transaction, no error
    """Ends a transaction without its changes."""


def assign_layer(registry: Registry, store: Store, options: AssignOptions) -> AssignReport:
    """Link the addresses of a city with the buildings of a layer, in one transaction.

    Raises:
        NotFoundError: There is no such layer, or no addresses.
        InputError: The layer holds no areas, or the distance is not legal.
        BackendError: The store refuses; nothing is changed.
    """
    if not 0 <= options.within_m <= 1000:  # noqa: PLR2004 - metres
        raise InputError(f"--within-m {options.within_m:g}; legal: 0 to 1000")
    footprints = read_footprints(store, options.layer, options.number_field)
    streets = _lines(store, options.streets) if options.streets else None
    why = options.why or f"doors assigned to layer {options.layer}"
    report: AssignReport | None = None
    try:
        with registry.changing("assigned", options.who, why, None) as (addresses, reason):
            if options.renew:
                drop_links(addresses, options.layer)
            found = open_doors(addresses, options.layer, renew=options.renew)
            made = assign(found.doors, footprints, within_m=options.within_m, streets=streets)
            held = main_holders(addresses, options.layer)
            links, mains = _links(found.doors.codes, footprints, made, held)
            write_links(addresses, links)
            origin = f"addresses assigned by {reason.who}"
            changed = write_codes(addresses, options.layer, origin)
            detail = {"layer": options.layer, "linked": len(links), "main": mains}
            addresses.event("linked", reason, detail=detail)
            report = _report(options, footprints, made, found.linked, mains, changed)
            _end(dry_run=options.dry_run)
    except _DryRun:
        pass
    if report is None:  # a transaction that ends has made one
        raise AssertionError("the transaction ended without a report")
    return report


def _end(*, dry_run: bool) -> None:
    if dry_run:
        raise _DryRun


def read_footprints(store: Store, layer: str, number_field: str = "") -> Footprints:
    """The buildings of a layer that have an area and an entity id.

    Raises:
        NotFoundError: There is no such layer.
        InputError: It has no such field, or no areas.
    """
    known = store.layer(layer)
    field = number_field or known.name_field or ""
    names = [one.name for one in known.fields]
    if field and field not in names:
        raise InputError(f"--number-field {field!r}; layer {layer!r} has: {', '.join(names)}")
    entities: list[str] = []
    polygons: list[Objects] = []
    called: list[str] = []
    columns = ("entity_id", field) if field else ("entity_id",)
    for batch in store.read(layer, columns=columns):
        ids = batch.attributes.column("entity_id").to_pylist()
        area = np.isin(shapely.get_type_id(batch.geometry), _AREAS)
        keep = area & np.array([bool(one) for one in ids], np.bool_)
        polygons.append(_in_city_crs(batch.geometry[keep], batch.crs))
        entities += [one for one, kept in zip(ids, keep, strict=True) if kept]
        texts = batch.attributes.column(field).to_pylist() if field else [None] * len(ids)
        called += [str(one or "") for one, kept in zip(texts, keep, strict=True) if kept]
    if not entities:
        raise InputError(f"layer {layer!r} holds no areas with an entity id")
    return Footprints(tuple(entities), np.concatenate(polygons), building_numbers(called))


def building_numbers(names: Sequence[str]) -> tuple[str, ...]:
    """The number of the building in each name, empty where there is none: 阳光花园3栋 is 3."""
    parser = parser_for("mainland")

    def number(name: str) -> str:
        found = parser.parse(name).elements if name else ()
        return next((one.value for one in found if one.type == "building"), "")

    known = {name: number(name) for name in set(names)}
    return tuple(known[name] for name in names)


def _lines(store: Store, layer: str) -> Objects:
    """The lines of a layer of streets.

    Raises:
        NotFoundError: There is no such layer.
        InputError: It holds no lines.
    """
    shapes = [
        _in_city_crs(batch.geometry, batch.crs) for batch in store.read(layer, columns=())
    ] or [np.zeros(0, object)]
    every = np.concatenate(shapes)
    lines: Objects = every[np.isin(shapely.get_type_id(every), (1, 5))]
    if not len(lines):
        raise InputError(f"layer {store.layer(layer).name!r} holds no lines")
    return lines


def _in_city_crs(geometry: Objects, crs: str) -> Objects:
    flat = np.asarray(shapely.force_2d(geometry), object)
    return flat if crs == CITY_CRS else np.asarray(transform(flat, crs, CITY_CRS), object)


def _links(
    codes: Sequence[str], footprints: Footprints, made: Assignment, held: frozenset[str]
) -> tuple[list[tuple[str, Link]], int]:
    """Links by address code, and how many are main ones; a main address that is there stays."""
    links = []
    mains = 0
    rows = zip(made.doors.tolist(), made.footprints.tolist(), made.main.tolist(), strict=True)
    for door, area, first in rows:
        entity = footprints.entities[area]
        main = first and entity not in held
        mains += main
        links.append((codes[door], Link(entity, "main" if main else "auxiliary")))
    return links, mains


def _report(
    options: AssignOptions,
    footprints: Footprints,
    made: Assignment,
    before: int,
    mains: int,
    changed: int,
) -> AssignReport:
    lost = made.ambiguous + made.without_building + made.other_number + made.across_street
    return AssignReport(
        layer=options.layer,
        dry_run=options.dry_run,
        buildings=len(footprints.entities),
        doors=len(made.doors) + lost,
        already_linked=before,
        linked=len(made.doors),
        inside=made.inside,
        ambiguous=made.ambiguous,
        without_building=made.without_building,
        other_number=made.other_number,
        across_street=made.across_street,
        main=mains,
        rows_changed=changed,
    )
