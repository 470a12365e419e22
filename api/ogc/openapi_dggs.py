"""The DGGS paths and parameters of the OpenAPI document.

Source: OGC 21-038r1, /req/operation-ids/operation-ids.
"""

from collections.abc import Callable
from typing import Any

from api.ogc.filters import READERS
from api.ogc.links import GEOJSON, HTML, JSON
from api.ogc.parameters import Limits

type Schema = dict[str, Any]
type MakeParameter = Callable[[str, str, Schema], Schema]

TAG = "DGGS"
BINARY = "application/x-binary"
PAGES = Limits(default=10_000, largest=100_000)
"""Zones on a page."""

FILTERING = ("filter", "filter-lang", "filter-crs")
"""Parameters about the fields of a layer, so they are of collections only."""

ZONE_GEOMETRY = ("zone-region", "zone-centroid", "none")
DATA_GEOMETRY = ("vectorized", "zone-region", "zone-centroid")
ZONES = (
    "zone-level",
    "compact-zones",
    "parent-zone",
    "bbox",
    "bbox-crs",
    "subset",
    "subset-crs",
    "zones-limit",
    "offset",
    "zones-geometry",
)
DATA = ("zone-depth", "properties", "exclude-properties", "subset", "data-geometry")
ONE = ("dggrsId", "zoneId")
OPERATIONS = (
    ("", "getDGGRSList", "Grid systems", (JSON, HTML), ()),
    ("/{dggrsId}", "getDGGRS", "One grid system", (JSON, HTML), ("dggrsId",)),
    (
        "/{dggrsId}/zones",
        "getDGGRSZones",
        "Zones",
        (JSON, GEOJSON, BINARY, HTML),
        ("dggrsId", *ZONES),
    ),
    ("/{dggrsId}/zones/{zoneId}", "getDGGRSZoneInfo", "One zone", (JSON, GEOJSON, HTML), ONE),
    (
        "/{dggrsId}/zones/{zoneId}/data",
        "getDGGRSZoneData",
        "Data of a zone",
        (JSON, GEOJSON),
        (*ONE, *DATA),
    ),
)
SELECTABLE = ("getDGGRSZones", "getDGGRSZoneData")


def paths() -> Schema:
    """The operations at the root and under a collection."""
    return {
        f"{above}/dggs{path}": _operation(origin, name, summary, media, _names(above, name, names))
        for above, origin in (("", "dataset"), ("/collections/{collectionId}", "collection"))
        for path, name, summary, media, names in OPERATIONS
    }


def _names(above: str, operation: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Parameters of an operation; zones at the root are of the grid, without features."""
    has_features = operation == "getDGGRSZoneData" or (above and operation in SELECTABLE)
    timed = ("datetime",) if has_features else ()
    if not above:
        return (*names, *timed)
    return ("collectionId", *names, *timed, *(FILTERING if timed else ()))


def _operation(
    origin: str, operation: str, summary: str, media: tuple[str, ...], names: tuple[str, ...]
) -> Schema:
    responses: Schema = {
        "200": {"description": summary, "content": {one: {} for one in media}},
        "400": {"$ref": "#/components/responses/BadRequest"},
    }
    if names:
        responses["404"] = {"$ref": "#/components/responses/NotFound"}
    if operation in SELECTABLE:
        responses["413"] = {"$ref": "#/components/responses/TooLarge"}
    if operation == "getDGGRSZoneData":
        responses["204"] = {"description": "The zone holds no data"}
    return {
        "get": {
            "operationId": f"cim.{origin}.{operation}",
            "summary": summary,
            "tags": [TAG],
            "parameters": [
                {"$ref": f"#/components/parameters/{name}"} for name in (*names, "f-dggs", "lang")
            ],
            "responses": responses,
        }
    }


def parameters(path: MakeParameter, query: MakeParameter) -> Schema:
    """The parameters, made by the document's own makers."""
    text: Schema = {"type": "string"}
    whole: Schema = {"type": "integer", "minimum": 0}
    limit = {
        "type": "integer",
        "minimum": 1,
        "maximum": PAGES.largest,
        "default": PAGES.default,
    }
    return {
        "dggrsId": path("dggrsId", "Id of the grid system", text),
        "zoneId": path("zoneId", "Id of the zone", text),
        "f-dggs": query("f", "Form of the answer", text),
        "zone-level": query("zone-level", "Refinement level of the zones", whole),
        "compact-zones": query(
            "compact-zones",
            "Whether whole families stand as their parent",
            {"type": "boolean", "default": True},
        ),
        "parent-zone": query("parent-zone", "Only this zone and those below it", text),
        "subset": query("subset", "Lat(low:high),Lon(low:high),time(...)", text),
        "subset-crs": query("subset-crs", "CRS of subset", text),
        "zones-limit": query("limit", "Most zones on the page", limit),
        "zones-geometry": query(
            "geometry", "Geometry of zones", {**text, "enum": list(ZONE_GEOMETRY)}
        ),
        "zone-depth": query("zone-depth", "Relative depths: 2, 0-2 or 0,2", text),
        "exclude-properties": query("exclude-properties", "All but these properties", text),
        "data-geometry": query(
            "geometry", "What features stand for", {**text, "enum": list(DATA_GEOMETRY)}
        ),
        "filter": query("filter", "Condition on the features (CQL2)", text),
        "filter-crs": query(
            "filter-crs", "CRS of coordinates in the filter, one of the collection's", text
        ),
        "filter-lang": query(
            "filter-lang", "Language of the filter", {**text, "enum": list(READERS)}
        ),
    }
