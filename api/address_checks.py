"""Checks of a city's addresses: the evidence out of its store, the findings as rows."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely

from addressing.boundaries import Boundaries
from addressing.checking import Outcome, load_checks, run_checks
from addressing.checks.base import Buildings, Evidence, Limits
from addressing.cities import profile_for
from addressing.profile import Profile
from addressing.registry.census import Census, census_version, take_census
from addressing.registry.store import Registry
from addressing.resources import load_profile
from api.settings import Settings
from cim.arrays import Objects
from cim.crs import CITY_CRS, transform
from cim.errors import ConfigError
from cim.store.base import Store

BUILDING = "BLDG"
DECIMALS = 7
"""Of degrees: about a centimetre."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Outcomes of checks with what they were made on."""

    evidence: Evidence
    outcomes: tuple[Outcome, ...]

    def rows(self, outcome: Outcome) -> Iterator[dict[str, Any]]:
        """Findings of one check as plain values, places among them."""
        found = outcome.findings
        if found is None:
            return
        for row, detail in zip(found.rows.tolist(), found.details, strict=True):
            yield self._row(outcome, row, dict(detail))

    def _row(self, outcome: Outcome, row: int, detail: dict[str, Any]) -> dict[str, Any]:
        name = outcome.check.name
        if outcome.check.about == "buildings" and self.evidence.buildings is not None:
            place = shapely.point_on_surface(self.evidence.buildings.polygons[row])
            at = _degrees(shapely.get_x(place), shapely.get_y(place))
            return {"rule": name, "address_code": None, "text": None, **at, "detail": detail}
        addresses = self.evidence.addresses
        return {
            "rule": name,
            "address_code": addresses.codes[row],
            "text": addresses.texts[row],
            **_degrees(*addresses.lon_lat[row].tolist()),
            "detail": detail,
        }


def feature(row: dict[str, Any]) -> dict[str, Any]:
    """A finding as a GeoJSON feature; its detail becomes properties of their own."""
    placed = row["lon"] is not None
    point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]} if placed else None
    known = {name: row[name] for name in ("rule", "address_code", "text")}
    return {"type": "Feature", "geometry": point, "properties": known | row["detail"]}


def check_city(
    registry: Registry,
    store: Store,
    settings: Settings,
    names: Sequence[str] = (),
    limits: Limits | None = None,
) -> Checked:
    """Run checks on a city.

    Args:
        registry: Its addresses.
        store: Its store.
        settings: What its `cim.toml` says.
        names: The checks; all when empty.
        limits: From where on something is a fault; by default as the settings say.

    Raises:
        NotFoundError: There are no addresses, or no check of a name.
        ConfigError: `addresses.boundaries` names no layer or field that there is.
    """
    checks = load_checks(names)
    needs = {need for check in checks for need in check.needs}
    census = take_census(registry)
    evidence = Evidence(
        census.addresses,
        census.elements,
        datetime.now().astimezone().date(),
        city_profile(census, settings.city.division_code).odd_side,
        _boundaries(store, settings.addresses.boundaries) if "boundaries" in needs else None,
        _buildings(store, census) if "buildings" in needs else None,
        limits or limits_of(settings),
    )
    return Checked(evidence, tuple(run_checks(checks, evidence)))


def limits_of(settings: Settings) -> Limits:
    """The limits of a city."""
    return replace(Limits(), stale_days=settings.addresses.stale_days)


def city_profile(census: Census, division_code: str) -> Profile:
    """The profile of the city: of its code, or where it has none, of its addresses' divisions."""
    if division_code.strip("0"):
        return load_profile(profile_for((division_code,)))
    used = census.elements.rows(np.unique(census.addresses.named["division"]))
    codes = [census.elements.codes[row] for row in used.tolist() if row >= 0]
    return load_profile(profile_for(codes))


class Checker:
    """Runs all checks when the registry has changed since, or a day has passed.

    Args:
        registry: The city's addresses.
        store: Its store.
        settings: What its `cim.toml` says.
    """

    def __init__(self, registry: Registry, store: Store, settings: Settings) -> None:
        self._registry = registry
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._key: tuple[int, date] | None = None
        self._checked: Checked | None = None

    def checked(self) -> Checked:
        """The outcomes of all checks; those who ask while they run wait.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        with self._lock:
            key = (census_version(self._registry), datetime.now().astimezone().date())
            if self._checked is None or key != self._key:
                self._checked = check_city(self._registry, self._store, self._settings)
                self._key = key
            return self._checked


def _degrees(lon: float, lat: float) -> dict[str, float | None]:
    """A place as columns, None where it is unknown."""
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return {"lon": None, "lat": None}
    return {"lon": round(float(lon), DECIMALS), "lat": round(float(lat), DECIMALS)}


def _boundaries(store: Store, setting: str) -> Boundaries | None:
    """The boundaries of divisions that the settings name."""
    if not setting:
        return None
    name, _, field = setting.partition(".")
    layers = store.layers()
    if name not in layers or field not in {one.name for one in layers[name].fields}:
        raise ConfigError(
            f"addresses.boundaries = {setting!r}: there is no such layer with such a field; "
            f"layers: {', '.join(layers) or 'none'}"
        )
    areas: list[tuple[str, shapely.Geometry]] = []
    for batch in store.read(name, columns=(field,)):
        codes = batch.attributes.column(field).to_pylist()
        shapes = _in_city_crs(batch.geometry, batch.crs)
        areas += [(str(code), area) for code, area in zip(codes, shapes, strict=True) if code]
    return Boundaries.of(areas)


def _buildings(store: Store, census: Census) -> Buildings | None:
    """Footprints of the buildings of all layers that have some."""
    entities: list[str] = []
    polygons: list[Objects] = []
    for layer in store.layers().values():
        if layer.class_code != BUILDING:
            continue
        for batch in store.read(layer.name, columns=("entity_id",)):
            area = np.isin(shapely.get_type_id(batch.geometry), (3, 6))
            ids = batch.attributes.column("entity_id").to_pylist()
            entities += [one or "" for one, is_area in zip(ids, area, strict=True) if is_area]
            polygons.append(_in_city_crs(batch.geometry[area], batch.crs))
    if not polygons:
        return None
    linked = np.array([entity in census.entities for entity in entities], bool)
    return Buildings(tuple(entities), np.concatenate(polygons), linked)


def _in_city_crs(geometry: Objects, crs: str) -> Objects:
    flat = np.asarray(shapely.force_2d(geometry), object)
    return flat if crs == CITY_CRS else transform(flat, crs, CITY_CRS)
