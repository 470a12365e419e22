"""The JSON documents of the OGC API that describe it: landing page, conformance, collections.

Source: OGC 17-069r4 (Features Part 1), clauses 7.2-7.14; OGC 18-058r1 (Part 2), clause 6.2.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.ogc import crs as systems
from api.ogc.links import HTML, JSON, OPENAPI, SCHEMA, link
from api.ogc.offers import items_links
from api.ogc.words import WORDS, layer_title
from cim.catalog import Layer, LayerQuality
from cim.licences import licence_address

QGIS_PROJECT = "application/x-qgis-project"

REL = "http://www.opengis.net/def/rel/ogc/1.0"
SPEC = "http://www.opengis.net/spec"
DGGS_REL = "https://www.opengis.net/def/rel/ogc/1.0"
DGGS = "https://www.opengis.net/spec/ogcapi-dggs-1/1.0/conf"
CQL2 = f"{SPEC}/cql2/1.0/conf"
CONFORMANCE = (
    f"{SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{SPEC}/ogcapi-common-1/1.0/conf/landing-page",
    f"{SPEC}/ogcapi-common-1/1.0/conf/json",
    f"{SPEC}/ogcapi-common-1/1.0/conf/html",
    f"{SPEC}/ogcapi-common-1/1.0/conf/oas30",
    f"{SPEC}/ogcapi-common-2/1.0/conf/collections",
    f"{SPEC}/ogcapi-features-1/1.0/conf/core",
    f"{SPEC}/ogcapi-features-1/1.0/conf/oas30",
    f"{SPEC}/ogcapi-features-1/1.0/conf/html",
    f"{SPEC}/ogcapi-features-1/1.0/conf/geojson",
    f"{SPEC}/ogcapi-features-2/1.0/conf/crs",
    f"{SPEC}/ogcapi-features-3/1.0/conf/queryables",
    f"{SPEC}/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    f"{SPEC}/ogcapi-features-3/1.0/conf/filter",
    f"{SPEC}/ogcapi-features-3/1.0/conf/features-filter",
    f"{SPEC}/ogcapi-features-4/1.0/conf/create-replace-delete",
    f"{SPEC}/ogcapi-features-4/1.0/conf/update",
    f"{SPEC}/ogcapi-features-4/1.0/conf/features",
    f"{SPEC}/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
    f"{SPEC}/ogcapi-features-4/1.0/conf/handling",
    f"{SPEC}/ogcapi-features-4/1.0/conf/return-resource-representation-in-response",
    f"{SPEC}/ogcapi-features-5/1.0/conf/schemas",
    f"{SPEC}/ogcapi-features-5/1.0/conf/core-roles-features",
    f"{SPEC}/ogcapi-features-5/1.0/conf/returnables-and-receivables",
    f"{SPEC}/ogcapi-features-5/1.0/conf/queryables",
    f"{SPEC}/ogcapi-features-5/1.0/conf/sortables",
    f"{SPEC}/ogcapi-common-3/1.0/conf/schemas",
    f"{CQL2}/basic-cql2",
    f"{CQL2}/cql2-text",
    f"{CQL2}/cql2-json",
    f"{CQL2}/advanced-comparison-operators",
    f"{CQL2}/case-insensitive-comparison",
    f"{CQL2}/accent-insensitive-comparison",
    f"{CQL2}/basic-spatial-functions",
    f"{CQL2}/basic-spatial-functions-plus",
    f"{CQL2}/basic-spatial-operators",
    f"{CQL2}/spatial-functions",
    f"{CQL2}/spatial-operators",
    f"{CQL2}/temporal-functions",
    f"{CQL2}/property-property",
    f"{CQL2}/arithmetic",
    f"{DGGS}/core",
    f"{DGGS}/root-dggs",
    f"{DGGS}/collection-dggs",
    f"{DGGS}/zone-query",
    f"{DGGS}/zone-geojson",
    f"{DGGS}/zone-html",
    f"{DGGS}/zone-uint64",
    f"{DGGS}/data-retrieval",
    f"{DGGS}/data-subsetting",
    f"{DGGS}/data-custom-depths",
    f"{DGGS}/data-json",
    f"{DGGS}/data-geojson",
    f"{DGGS}/operation-ids",
)
"""Conformance classes that are met whole, and no other.

Where a draft called a class by another name that clients still look for, as it did
`basic-spatial-operators` and `ogcapi-common-3`, it stands here by both.
"""


@dataclass(frozen=True, slots=True)
class Context:
    """For whom a document is written."""

    base: str
    """URL of the API's root, without a slash at the end."""

    language: str
    """`zh` or `en`."""

    title_zh: str = ""
    title_en: str = ""

    @property
    def title(self) -> str:
        """Title of the city in the reader's language."""
        return self.title_zh if self.language == "zh" else self.title_en

    def collection(self, layer: Layer) -> str:
        """URL of a layer's collection."""
        return f"{self.base}/collections/{quote(layer.name)}"


def both_forms(href: str, title: str) -> list[dict[str, str]]:
    """Links of a JSON document to itself and to its page."""
    return [
        link("self", f"{href}?f=json", JSON, title),
        link("alternate", f"{href}?f=html", HTML, title),
    ]


def landing(context: Context) -> dict[str, Any]:
    """The landing page."""
    words, base = WORDS[context.language], context.base
    return {
        "title": context.title,
        "description": words["collections_about"],
        "links": [
            *both_forms(f"{base}/", context.title),
            link("service-desc", f"{base}/openapi", OPENAPI, words["api"]),
            link("service-doc", f"{base}/openapi?f=html", HTML, words["api"]),
            link("conformance", f"{base}/conformance", JSON, words["conformance"]),
            link("data", f"{base}/collections", JSON, words["collections"]),
            link("data", f"{base}/collections?f=html", HTML, words["collections"]),
            link(f"{DGGS_REL}/dggrs-list", f"{base}/dggs", JSON, words["dggs"]),
            link("related", f"{base}/qgis/city.qgz", QGIS_PROJECT, words["qgis_project"]),
        ],
    }


def conformance() -> dict[str, Any]:
    """The conformance declaration."""
    return {"conformsTo": list(CONFORMANCE)}


def collection(layer: Layer, context: Context) -> dict[str, Any]:
    """The description of one collection."""
    return {
        "id": layer.name,
        "title": layer_title(layer, context.language),
        **_said(layer, context.language),
        "itemType": "feature",
        **_extent(layer),
        "crs": [system.uri for system in systems.supported(layer)],
        "storageCrs": systems.crs_of(layer.crs).uri,
        "itemCount": layer.item_count,
        **_city_members(layer),
        "links": _collection_links(layer, context),
    }


def _said(layer: Layer, language: str) -> dict[str, Any]:
    """Description, keywords, attribution and the like, where there are any."""
    texts = (layer.description_zh, layer.description_en)
    first, second = texts if language == "zh" else texts[::-1]
    said = {
        "description": first or second,
        "keywords": list(layer.keywords),
        "attribution": layer.attribution,
        "updated": layer.updated,
    }
    return {name: value for name, value in said.items() if value}


def _extent(layer: Layer) -> dict[str, Any]:
    if layer.bounds is None:
        return {}
    return {"extent": {"spatial": {"bbox": [list(layer.bounds)], "crs": systems.CRS84_URI}}}


def _city_members(layer: Layer) -> dict[str, Any]:
    return {
        "cim:class": layer.class_code,
        "cim:geometryType": layer.geometry_type,
        "cim:nameField": layer.name_field,
        "cim:heightField": layer.height_field,
        "cim:authority": layer.authority,
        "cim:steward": layer.steward,
        "cim:licence": layer.licence,
        "cim:sourceDate": layer.source_date,
        "cim:updateCycle": layer.update_cycle,
        "cim:theme": layer.theme,
        "cim:workspaces": list(layer.workspaces),
        "cim:quality": layer.quality and _quality(layer.quality),
    }


def _quality(quality: LayerQuality) -> dict[str, Any]:
    return {
        "measuredAt": quality.measured_at,
        "features": quality.features,
        "valid": quality.valid,
        "complete": quality.complete,
    }


def _collection_links(layer: Layer, context: Context) -> list[dict[str, str]]:
    words, href = WORDS[context.language], context.collection(layer)
    return [
        *both_forms(href, layer_title(layer, context.language)),
        *items_links(f"{href}/items"),
        link(f"{REL}/queryables", f"{href}/queryables", SCHEMA, words["queryables"]),
        link(f"{REL}/queryables", f"{href}/queryables?f=html", HTML, words["queryables"]),
        link(f"{REL}/schema", f"{href}/schema", SCHEMA, words["schema"]),
        link(f"{REL}/schema", f"{href}/schema?f=html", HTML, words["schema"]),
        link(f"{REL}/sortables", f"{href}/sortables", SCHEMA, words["sortables"]),
        link(f"{REL}/sortables", f"{href}/sortables?f=html", HTML, words["sortables"]),
        link(f"{DGGS_REL}/dggrs-list", f"{href}/dggs", JSON, words["dggs"]),
        link("service-desc", f"{href}/api", OPENAPI, words["api"]),
        link("service-doc", f"{href}/api?f=html", HTML, words["api"]),
        *_licence_links(layer),
        link("root", f"{context.base}/", JSON, context.title),
    ]


def _licence_links(layer: Layer) -> list[dict[str, str]]:
    address = licence_address(layer.licence)
    return [] if address is None else [link("license", address, HTML, layer.licence)]
