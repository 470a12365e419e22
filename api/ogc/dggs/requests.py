"""Query parameters of the DGGS resources: each is understood whole or refused by name.

Source: OGC 21-038r1, clauses 8 to 13.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from starlette.requests import Request

from api.errors import ParameterError
from api.ogc import exchange
from api.ogc import parameters as params
from api.ogc.dggs.area import Subset, parse_area, parse_subset
from api.ogc.dggs.data import Member
from api.ogc.dggs.places import Selection
from api.ogc.dggs.systems import Dggrs, check_level, level_of, parent_code, usual_depth
from api.ogc.dggs.zones import ZoneQuery
from api.ogc.exchange import Asked
from api.ogc.filters import parse_filter
from api.ogc.links import GEOJSON, HTML, JSON
from api.ogc.openapi_dggs import BINARY, DATA_GEOMETRY, FILTERING, PAGES, ZONE_GEOMETRY
from api.ogc.times import parse_datetime
from cim.catalog import Layer

MEDIA: Mapping[str, str] = {"json": JSON, "geojson": GEOJSON, "uint64": BINARY, "html": HTML}
ABOUT = ("json", "html")
ZONE = ("json", "geojson", "html")
ZONES = ("json", "geojson", "uint64", "html")
DATA = ("json", "geojson")

ZONES_NAMES = (
    *params.COMMON,
    "zone-level",
    "compact-zones",
    "parent-zone",
    "bbox",
    "bbox-crs",
    "subset",
    "subset-crs",
    "limit",
    "offset",
    "geometry",
)
DATA_NAMES = (
    *params.COMMON,
    "zone-depth",
    "properties",
    "exclude-properties",
    "subset",
    "geometry",
    "datetime",
)
DEPTHS = re.compile(r"[0-9]{1,3}(-[0-9]{1,3}|(,[0-9]{1,3})+)?")


@dataclass(frozen=True, slots=True)
class ZonesRequest:
    """What a request for zones asks for."""

    query: ZoneQuery
    selection: Selection
    limit: int
    offset: int
    geometry: str


@dataclass(frozen=True, slots=True)
class DataRequest:
    """What a request for zone data asks for."""

    depths: tuple[int, ...]
    members: tuple[Member, ...]
    selection: Selection
    geometry: str | None
    """One of `DATA_GEOMETRY`, None when not said."""


def asked(request: Request, forms: tuple[str, ...]) -> Asked:
    """What the request asks for, in one of some forms; the first of them when it does not say.

    Several `subset` parameters are one (/req/zone-query/subset).

    Raises:
        ParameterError: A parameter comes twice, or `f` or `lang` is not legal.
    """
    pairs = request.query_params.multi_items()
    subsets = [value for name, value in pairs if name == "subset"]
    values = params.single_values(pair for pair in pairs if pair[0] != "subset")
    if subsets:
        values["subset"] = ",".join(subsets)
    form = params.choose(values, "f", forms) or _accepted(request, forms)
    language = params.choose(values, "lang", params.LANGUAGES) or exchange.accepted_language(
        request.headers.get("accept-language", "")
    )
    return Asked(values, form, language)


def _accepted(request: Request, forms: tuple[str, ...]) -> str:
    weights = exchange.weights_of(request.headers.get("accept", ""))
    any_weight = weights.get("*/*", 0.0)
    return max(forms, key=lambda form: weights.get(MEDIA[form], any_weight))


def parse_zones(values: Mapping[str, str], system: Dggrs, layer: Layer | None) -> ZonesRequest:
    """The request for zones that the parameters make.

    Raises:
        ParameterError: A parameter is unknown, malformed or out of range.
    """
    of_layer = () if layer is None else ("datetime", *FILTERING)
    params.refuse_unknown(values, (*ZONES_NAMES, *of_layer))
    subset = parse_subset(values.get("subset"))
    if layer is None and subset.time is not None:
        raise ParameterError("subset", "time selects features; ask under a collection")
    level = values.get("zone-level")
    return ZonesRequest(
        query=ZoneQuery(
            level=None if level is None else _level(values, system),
            compact=params.choose(values, "compact-zones", ("true", "false")) != "false",
            parent=parent_code(system, values.get("parent-zone")),
            area=parse_area(values, subset, layer),
        ),
        selection=_selection(values, subset, layer),
        limit=min(params.integer(values, "limit", PAGES.default, least=1), PAGES.largest),
        offset=params.integer(values, "offset", 0, least=0),
        geometry=params.choose(values, "geometry", ZONE_GEOMETRY) or ZONE_GEOMETRY[0],
    )


def _level(values: Mapping[str, str], system: Dggrs) -> int:
    return check_level(system, "zone-level", params.integer(values, "zone-level", 0, least=0))


def _selection(values: Mapping[str, str], subset: Subset, layer: Layer | None) -> Selection:
    """The features that `datetime`, the time axis and `filter` select."""
    when = values.get("datetime")
    if when is not None and subset.time is not None:
        raise ParameterError("subset", "names time together with datetime; give one of them")
    moment = subset.time if when is None else when
    return Selection(
        valid=None if moment is None else parse_datetime(moment),
        where=None if layer is None else parse_filter(values, layer),
    )


def parse_data(
    asked: Asked, system: Dggrs, zone: np.uint64, known: tuple[Member, ...], layer: Layer | None
) -> DataRequest:
    """The request for data of a zone that the parameters make.

    Args:
        asked: Parameters and form.
        system: The DGGRS.
        zone: Code of the zone.
        known: The properties that the origin has.
        layer: The layer of a collection; None at the root.

    Raises:
        ParameterError: A parameter is unknown, malformed, out of range or of no meaning here.
    """
    values = asked.values
    params.refuse_unknown(values, DATA_NAMES if layer is None else (*DATA_NAMES, *FILTERING))
    subset = parse_subset(values.get("subset"))
    if subset.is_spatial:
        axes = ", ".join(subset.axes)
        raise ParameterError("subset", f"{axes}: an axis of the DGGRS or unknown; legal: time")
    geometry = _data_geometry(values, asked.form, layer)
    if geometry == DATA_GEOMETRY[0]:
        _refuse_with_features(values)
    is_table = asked.form == "json"
    return DataRequest(
        depths=_depths(values.get("zone-depth"), system, zone),
        members=_chosen(values, known, numbers=is_table, counts_only=layer is None),
        selection=_selection(values, subset, layer),
        geometry=geometry,
    )


def _data_geometry(values: Mapping[str, str], form: str, layer: Layer | None) -> str | None:
    """What the features of the answer are; None where it has none."""
    given = params.choose(values, "geometry", DATA_GEOMETRY)
    if form == "json":
        if given is not None:
            raise ParameterError("geometry", "has a meaning with f=geojson only")
        return None
    if layer is None and given == DATA_GEOMETRY[0]:
        raise ParameterError("geometry", "features are given under a collection only")
    return given or DATA_GEOMETRY[0 if layer is not None else 1]


def _refuse_with_features(values: Mapping[str, str]) -> None:
    if "zone-depth" in values:
        raise ParameterError(
            "zone-depth", "has no meaning for features; add geometry=zone-region or zone-centroid"
        )


def _depths(text: str | None, system: Dggrs, zone: np.uint64) -> tuple[int, ...]:
    """Relative depths, ascending; the default without a word."""
    if text is None:
        return (usual_depth(system, zone),)
    level = level_of(system, zone)
    most = min(system.levels[-1] - level, system.max_depth)
    if not DEPTHS.fullmatch(text):
        raise ParameterError(
            "zone-depth", f"{text[:40]!r} is not understood; legal: 2, 0-2 or 0,2"
        )
    first, _, last = text.partition("-")
    depths = range(int(first), int(last) + 1) if last else [int(part) for part in text.split(",")]
    if not depths or max(depths) > most:
        raise ParameterError(
            "zone-depth",
            f"{text!r} is not legal for level {level} of {system.id}; legal: 0 to {most}",
        )
    return tuple(sorted(set(depths)))


def _chosen(
    values: Mapping[str, str], known: tuple[Member, ...], *, numbers: bool, counts_only: bool
) -> tuple[Member, ...]:
    """The properties asked for, in the order asked for; without a word, the usual ones."""
    given, left_out = values.get("properties"), values.get("exclude-properties")
    if given is not None and left_out is not None:
        raise ParameterError("exclude-properties", "stands together with properties; give one")
    if given is not None:
        return tuple(_members("properties", given, known))
    excluded = () if left_out is None else _members("exclude-properties", left_out, known)
    kept = tuple(
        member
        for member in known
        if member not in excluded
        and (member.is_numeric or not numbers)
        and (member.field is None or not counts_only)
    )
    if not kept:
        raise ParameterError("exclude-properties", "leaves no property")
    return kept


def _members(field: str, text: str, known: tuple[Member, ...]) -> list[Member]:
    """Properties by name."""
    by_name = {member.name: member for member in known}
    names = dict.fromkeys(text.split(","))
    for name in names:
        if name not in by_name:
            raise ParameterError(field, f"no property {name!r}; known: {', '.join(by_name)}")
    return [by_name[name] for name in names]
