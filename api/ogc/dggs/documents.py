"""The JSON documents of the DGGS resources.

Source: OGC 21-038r1, /req/core, /req/zone-query, /req/data-retrieval, /req/root-dggs,
/req/collection-dggs; Annex B for the definition.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import shapely

from api.ogc.dggs.facts import ORDER_TEXT
from api.ogc.dggs.systems import Dggrs, all_systems, level_of
from api.ogc.dggs.words import WORDS
from api.ogc.documents import DGGS_REL as REL
from api.ogc.documents import Context
from api.ogc.links import GEOJSON, HTML, JSON, link
from api.ogc.openapi_dggs import BINARY
from api.ogc.words import layer_title
from cim.arrays import Uint64
from cim.catalog import Layer
from cim.grids.base import GridCodeError
from cim.zones.measure import areas_m2

CRS84 = "https://www.opengis.net/def/crs/OGC/1.3/CRS84"
CGCS2000 = "https://www.opengis.net/def/crs/EPSG/0/4490"

type Document = dict[str, Any]
type Links = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where DGGS resources hang: at the root, or under one collection."""

    context: Context
    layer: Layer | None = None
    """The layer of the collection; None at the root."""

    @property
    def href(self) -> str:
        """URL of the list of systems."""
        above = self.context.base if self.layer is None else self.context.collection(self.layer)
        return f"{above}/dggs"

    @property
    def title(self) -> str:
        """Name of the data."""
        if self.layer is None:
            return WORDS[self.context.language]["dataset"]
        return layer_title(self.layer, self.context.language)

    def system(self, system: Dggrs) -> str:
        """URL of a system."""
        return f"{self.href}/{quote(system.id)}"

    def zone(self, system: Dggrs, text: str) -> str:
        """URL of a zone."""
        return f"{self.system(system)}/zones/{quote(text)}"

    def above(self) -> dict[str, str]:
        """Link to the data: the landing page, or the collection."""
        if self.layer is None:
            return link(f"{REL}/dataset", f"{self.context.base}/", JSON, self.context.title)
        return link(f"{REL}/geodata", self.context.collection(self.layer), JSON, self.title)


def uri(system: Dggrs, context: Context) -> str:
    """The URI of a system: the address of its definition here, for no register has one."""
    return f"{context.base}/dggs/{quote(system.id)}/definition"


def template(rel: str, href: str, media: str) -> dict[str, str]:
    """A link template with the variable `{zoneId}`."""
    return {"rel": f"{REL}/{rel}", "uriTemplate": href, "type": media}


def _templates(origin: Origin, system: Dggrs) -> Links:
    zone = f"{origin.system(system)}/zones/{{zoneId}}"
    return [
        template("dggrs-zone-info", zone, JSON),
        template("dggrs-zone-data", f"{zone}/data", JSON),
        template("dggrs-zone-data", f"{zone}/data?f=geojson", GEOJSON),
    ]


def _definition_link(origin: Origin, system: Dggrs) -> dict[str, str]:
    words = WORDS[origin.context.language]
    return link(f"{REL}/dggrs-definition", uri(system, origin.context), JSON, words["definition"])


def systems(origin: Origin) -> Document:
    """The list of systems."""
    words = WORDS[origin.context.language]
    return {
        "title": words["systems"],
        "description": words["systems_about"],
        "links": [
            link("self", f"{origin.href}?f=json", JSON, words["systems"]),
            link("alternate", f"{origin.href}?f=html", HTML, words["systems"]),
            origin.above(),
        ],
        "dggrs": [_item(origin, system) for system in all_systems()],
    }


def _item(origin: Origin, system: Dggrs) -> Document:
    return {
        "id": system.id,
        "title": system.grid.title[origin.context.language],
        "uri": uri(system, origin.context),
        "links": [
            link("self", origin.system(system), JSON),
            link("alternate", f"{origin.system(system)}?f=html", HTML),
            _definition_link(origin, system),
        ],
    }


def description(origin: Origin, system: Dggrs) -> Document:
    """One system."""
    words, href = WORDS[origin.context.language], origin.system(system)
    return {
        **_item(origin, system),
        "description": about(system, origin.context.language),
        "crs": CGCS2000,
        "levels": list(system.levels),
        "defaultDepth": system.default_depth,
        "maxRefinementLevel": system.levels[-1],
        "maxRelativeDepth": system.max_depth,
        "links": [
            link("self", f"{href}?f=json", JSON),
            link("alternate", f"{href}?f=html", HTML),
            _definition_link(origin, system),
            link(f"{REL}/dggrs-zone-query", f"{href}/zones", JSON, words["zones"]),
            link(f"{REL}/dggrs-list", origin.href, JSON, words["systems"]),
            origin.above(),
        ],
        "linkTemplates": _templates(origin, system),
    }


def about(system: Dggrs, language: str) -> str:
    """What a system is, in words."""
    facts = system.facts
    return system.grid.source if facts is None else facts.description[language]


def definition(system: Dggrs, context: Context) -> Document:
    """The definition of a system (Annex B)."""
    facts, href = system.facts, uri(system, context)
    plain = {"definition": {"spatialDimensions": 2, "temporalDimensions": 0, "crs": CGCS2000}}
    codes = f"Code of {system.grid.source}."
    return {
        "title": system.id,
        "description": about(system, context.language),
        "uri": href,
        "links": [
            link("self", href, JSON),
            link(f"{REL}/dggrs", f"{context.base}/dggs/{quote(system.id)}", JSON),
        ],
        "dggh": facts.dggh if facts else plain,
        "zirs": {
            "textZIRS": facts.text_ids if facts else {"description": codes},
            "uint64ZIRS": {"description": facts.integer_ids if facts else codes},
        },
        "subZoneOrder": {
            "description": facts.order if facts else ORDER_TEXT,
            "type": facts.order_type if facts else "ascendingIdentifier",
        },
    }


def zone(origin: Origin, system: Dggrs, code: np.uint64, *, has_data: bool) -> Document:
    """One zone, its statistics not among it."""
    codes, grid = np.array([code]), system.grid
    text = system.text(codes)[0]
    return {
        "id": text,
        "zoneID": text,
        "level": level_of(system, code),
        "centroid": grid.centers(codes)[0].tolist(),
        "bbox": grid.bounds(codes)[0].tolist(),
        "areaMetersSquare": float(areas_m2(grid, codes)[0]),
        "crs": CRS84,
        "geometry": shapely.orient_polygons(grid.polygons(codes))[0].__geo_interface__,
        "links": zone_links(origin, system, code, has_data=has_data),
    }


def zone_links(origin: Origin, system: Dggrs, code: np.uint64, *, has_data: bool) -> Links:
    """Links of one zone: its forms, its system, its kin and its data."""
    here = origin.zone(system, system.text(np.array([code]))[0])
    data = [
        link(f"{REL}/dggrs-zone-data", f"{here}/data", JSON),
        link(f"{REL}/dggrs-zone-data", f"{here}/data?f=geojson", GEOJSON),
    ]
    return [
        link("self", f"{here}?f=json", JSON),
        link("alternate", f"{here}?f=geojson", GEOJSON),
        link("alternate", f"{here}?f=html", HTML),
        link(f"{REL}/dggrs", origin.system(system), JSON),
        _definition_link(origin, system),
        origin.above(),
        *_kin(origin, system, "parent", parents(system, code)),
        *_kin(origin, system, "child", children(system, code)),
        *_kin(origin, system, "neighbor", system.grid.neighbors(np.array([code])).codes),
        *(data if has_data else []),
    ]


def parents(system: Dggrs, code: np.uint64) -> Uint64:
    """The zone above a zone; none above the coarsest and above cells merged round a pole."""
    try:
        return system.grid.parents(np.array([code]))
    except GridCodeError:
        return np.zeros(0, np.uint64)


def children(system: Dggrs, code: np.uint64) -> Uint64:
    """The zones below a zone; none below the finest and in polar caps."""
    try:
        return system.grid.children(np.array([code])).codes
    except GridCodeError:
        return np.zeros(0, np.uint64)


def _kin(origin: Origin, system: Dggrs, kind: str, codes: Uint64) -> Iterable[dict[str, str]]:
    return [
        link(f"{REL}/dggrs-zone-{kind}", origin.zone(system, text), JSON, text)
        for text in system.text(codes)
    ]


@dataclass(frozen=True, slots=True)
class ZonePage:
    """A page of a list of zones."""

    codes: Uint64
    texts: list[str]
    areas_m2: np.ndarray
    matched: int
    """Zones of the whole list."""

    level: int
    links: Links


def zones(origin: Origin, system: Dggrs, page: ZonePage) -> Document:
    """A page of zones."""
    return {
        "zones": page.texts,
        "numberMatched": page.matched,
        "numberReturned": len(page.texts),
        "zoneLevel": page.level,
        "returnedAreaMetersSquare": float(page.areas_m2.sum()),
        "links": page.links,
        "linkTemplates": _templates(origin, system),
    }


def zones_links(
    origin: Origin, system: Dggrs, values: dict[str, str], place: tuple[int, int, int]
) -> Links:
    """Links of a page of zones: its forms, its neighbours, its system and its data.

    Args:
        origin: Where the resources hang.
        system: The DGGRS.
        values: Parameters of the request.
        place: Offset, limit and number of all zones.
    """
    href = f"{origin.system(system)}/zones"
    kept = {name: value for name, value in values.items() if name not in {"f", "offset"}}
    offset, limit, matched = place
    here = kept | ({"offset": str(offset)} if offset else {})
    form = {"f": values["f"]} if "f" in values else {}
    links = [
        link("self", _url(href, here | form), FORMS[values.get("f", "json")]),
        *(
            link("alternate", _url(href, {**here, "f": name}), media)
            for name, media in FORMS.items()
            if name != values.get("f", "json")
        ),
        link(f"{REL}/dggrs", origin.system(system), JSON),
        _definition_link(origin, system),
        origin.above(),
    ]
    if offset + limit < matched:
        after = {**kept, **form, "offset": str(offset + limit)}
        links.append(link("next", _url(href, after), FORMS[values.get("f", "json")]))
    if offset > 0:
        before = {**kept, **form, "offset": str(max(0, offset - limit))}
        links.append(link("prev", _url(href, before), FORMS[values.get("f", "json")]))
    return links


FORMS = {"json": JSON, "geojson": GEOJSON, "uint64": BINARY, "html": HTML}


def _url(path: str, values: dict[str, str]) -> str:
    return f"{path}?{urlencode(values, quote_via=quote, safe=',:/')}" if values else path
