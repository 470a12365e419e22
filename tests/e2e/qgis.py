"""What QGIS 3.44 sends to a layer of OGC API Features, in its order, with its headers and bodies.

Read in QGIS's source, `src/providers/wfs/oapif`: `qgsoapifprovider.cpp` (init,
computeCapabilities, addFeatures, changeGeometryValues, changeAttributeValues, deleteFeatures),
`qgsoapiffeaturedownloaderimpl.cpp`, `qgsoapifshareddata.cpp`, `qgsoapifschemarequest.cpp`,
`qgsoapifcreatefeaturerequest.cpp`, `…put…`, `…patch…` and `src/core/qgsjsonutils.cpp`. QGIS itself
is no part of it: this keeps the sequence for machines whose QGIS is older.
"""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"
SPEC = "http://www.opengis.net/spec"
FILTERING = (
    f"{SPEC}/cql2/1.0/conf/basic-cql2",
    f"{SPEC}/cql2/1.0/conf/cql2-text",
    f"{SPEC}/ogcapi-features-3/1.0/conf/filter",
    f"{SPEC}/ogcapi-features-3/1.0/conf/features-filter",
)
PUSHED = (
    f"{SPEC}/cql2/1.0/conf/advanced-comparison-operators",
    f"{SPEC}/cql2/1.0/conf/case-insensitive-comparison",
    f"{SPEC}/cql2/1.0/conf/basic-spatial-functions",
    f"{SPEC}/cql2/1.0/conf/basic-spatial-operators",
)
NORTH_FIRST = ("4326", "4490")
WIDEST_PAGE = 1000
PUT_DECIMALS = 6
"""`QgsJsonExporter` rounds the whole features that POST and PUT send; PATCH sends all digits."""


@dataclass(slots=True)
class Answer:
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The JSON in it."""
        return json.loads(self.body)


@dataclass(slots=True)
class QgisLayer:
    """A layer as QGIS opens and edits it."""

    root: str
    """URL that the user typed, such as `http://127.0.0.1:8000/ogc`."""

    name: str
    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""

    items: str = ""
    crs: str = CRS84
    page: int = 0
    pushes_filters: bool = False
    pushes: frozenset[str] = frozenset()
    fields: dict[str, str] = field(default_factory=dict)
    read_only: frozenset[str] = frozenset()
    queryables: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    first_count: int = -1

    def open(self) -> None:
        """`QgsOapifProvider::init`."""
        landing = self.get(self.root, "application/json").json()
        types = "application/vnd.oai.openapi+json;version=3.0"
        api = self.get(link_of(landing, "service-desc", types), types).json()
        self.page = page_of(api)
        collection_url = f"{link_of(landing, 'data', 'application/json')}/{self.name}"
        collection = self.get(collection_url, "application/json").json()
        conformance = link_of(landing, "conformance", "application/json")
        classes = set(self.get(conformance, "application/json").json()["conformsTo"])
        if f"{SPEC}/ogcapi-features-2/1.0/conf/crs" in classes:
            self.crs = collection.get("storageCrs", CRS84)
        self.pushes_filters = classes.issuperset(FILTERING)
        self.pushes = frozenset(PUSHED) & classes
        if self.pushes_filters:
            document = self.get(f"{collection_url}/queryables", "application/schema+json").json()
            self.queryables = frozenset(document["properties"])
        self.items = f"{collection_url}/items"
        first = self.get(f"{self.items}?limit=10", "application/geo+json, application/json").json()
        self.first_count = first["numberMatched"]
        if f"{SPEC}/ogcapi-features-5/1.0/conf/schemas" in classes:
            self._read_schema(link_of(collection, SCHEMA_REL, "application/schema+json"))
        self._ask_what_may_be_done(first["features"])

    def count(self) -> int:
        """`QgsOapifProvider::featureCount` without a filter."""
        url = f"{self.items}?limit=1"
        return int(self.get(url, "application/geo+json, application/json").json()["numberMatched"])

    def features(
        self, cql2: str = "", box: tuple[float, float, float, float] | None = None
    ) -> Iterator[dict[str, Any]]:
        """`QgsOapifFeatureDownloaderImpl::run`: all pages; the box is x first, in `crs`."""
        url = f"{self.items}?limit={self.page}"
        if cql2:
            url += f"&{urlencode({'filter': cql2})}&filter-lang=cql2-text"
            if "S_INTERSECTS" in cql2 and self.crs != CRS84:
                url += f"&filter-crs={self.crs}"
        if box:
            west, south, east, north = box
            first = (south, west, north, east) if self.is_north_first else box
            url += f"&bbox={','.join(f'{value:.17g}' for value in first)}"
            url += f"&bbox-crs={self.crs}" if self.crs != CRS84 else ""
        url += f"&crs={self.crs}" if self.crs != CRS84 else ""
        while url:
            page = self.get(url, "application/geo+json, application/json").json()
            yield from page["features"]
            url = link_of(page, "next", "application/geo+json") if page["features"] else ""

    def add(self, geometry: Mapping[str, Any], **attributes: object) -> str:
        """`addFeatures`: POST of all fields, then a look at what came of it; the new id."""
        answer = self.send("POST", self.items, self._whole(geometry, attributes))
        location = answer.headers["location"]
        made = location[location.rindex("/items/") + len("/items/") :]
        self.get(f"{self.items}/{made}", "application/geo+json, application/json")
        return made

    def put(self, fid: str, geometry: Mapping[str, Any], attributes: Mapping[str, Any]) -> Answer:
        """PUT of a whole feature, what QGIS does where there is no PATCH."""
        document = {**self._whole(geometry, attributes), "id": int(fid)}
        return self.send("PUT", f"{self.items}/{fid}", document)

    def move(self, fid: str, geometry: Mapping[str, Any]) -> Answer:
        """`changeGeometryValues` by PATCH."""
        document = {"geometry": self._own_axes(geometry)}
        return self.send("PATCH", f"{self.items}/{fid}", document, "application/merge-patch+json")

    def change(self, fid: str, **attributes: object) -> Answer:
        """`changeAttributeValues` by PATCH; without Content-Crs, as there are no coordinates."""
        media = "application/merge-patch+json"
        return self.send("PATCH", f"{self.items}/{fid}", {"properties": attributes}, media, "")

    def delete(self, fid: str) -> Answer:
        """`deleteFeatures`."""
        return self.request("DELETE", f"{self.items}/{fid}", {})

    @property
    def is_north_first(self) -> bool:
        """`QgsCoordinateReferenceSystem::hasAxisInverted`."""
        return self.crs.rpartition("/")[2] in NORTH_FIRST

    def get(self, url: str, accept: str) -> Answer:
        """`QgsBaseNetworkRequest::sendGET`."""
        return self.request("GET", url, {"Accept": accept})

    def send(
        self,
        method: str,
        url: str,
        document: Mapping[str, Any],
        media: str = "application/geo+json",
        crs: str | None = None,
    ) -> Answer:
        """`QgsBaseNetworkRequest::sendPOST` and its like; keys in order, as `json::dump` has."""
        given = self.crs if crs is None else crs
        about = {"Content-Crs": given} if given not in {CRS84, ""} else {}
        body = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return self.request(method, url, {"Content-Type": media, **about}, body.encode())

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """One request; an answer that QGIS would take for an error is an error here."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.asked.append(f"{method} {path}")
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        agent = {"User-Agent": "Mozilla/5.0 QGIS/34400/Linux", "Accept-Language": "zh-CN"}
        connection.request(method, path, body, {**agent, **headers})
        found = connection.getresponse()
        names = {name.lower(): value for name, value in found.getheaders()}
        answer = Answer(found.status, names, found.read())
        connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.body.decode()}")
        return answer

    def _read_schema(self, url: str) -> None:
        """`QgsOapifSchemaRequest`: fields with a type, in the order of x-ogc-propertySeq."""
        properties = self.get(url, "application/schema+json").json()["properties"]
        typed = {name: one for name, one in properties.items() if "type" in one}
        order = sorted(typed, key=lambda name: typed[name]["x-ogc-propertySeq"])
        self.fields = {name: typed[name]["type"] for name in order}
        self.read_only = frozenset(name for name in order if typed[name].get("readOnly"))

    def _ask_what_may_be_done(self, features: list[dict[str, Any]]) -> None:
        """`computeCapabilities`."""
        allowed = self._options(self.items)
        if "POST" in allowed:
            one = str(features[0]["id"]) if features else "unknown_id"
            allowed |= self._options(f"{self.items}/{one}")
        self.may = frozenset(allowed)

    def _options(self, url: str) -> set[str]:
        found = self.request("OPTIONS", url, {})
        return {method.strip() for method in found.headers["allow"].split(",")}

    def _whole(self, geometry: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
        """`QgsJsonExporter::exportFeatureToJsonObject`: every field of the layer, empty or not."""
        return {
            "type": "Feature",
            "geometry": rounded(self._own_axes(geometry), PUT_DECIMALS),
            "properties": {name: attributes.get(name) for name in self.fields},
        }

    def _own_axes(self, geometry: Mapping[str, Any]) -> dict[str, Any]:
        """A geometry, x first, as its CRS has it."""
        coordinates = geometry["coordinates"]
        turned = swapped(coordinates) if self.is_north_first else coordinates
        return {**geometry, "coordinates": turned}


def swapped(coordinates: Any) -> Any:
    """Positions at any depth with x and y exchanged."""
    if isinstance(coordinates[0], list):
        return [swapped(part) for part in coordinates]
    return [coordinates[1], coordinates[0], *coordinates[2:]]


def rounded(geometry: dict[str, Any], decimals: int) -> dict[str, Any]:
    """A geometry with rounded coordinates."""

    def cut(value: Any) -> Any:
        if isinstance(value, list):
            return [cut(part) for part in value]
        return round(value, decimals)

    return {**geometry, "coordinates": cut(geometry["coordinates"])}


def link_of(document: Mapping[str, Any], rel: str, media: str) -> str:
    """The link of a relation and media type; empty where there is none."""
    return next(
        (
            str(one["href"]).removesuffix("?f=json")
            for one in document["links"]
            if one["rel"] == rel and one.get("type") == media
        ),
        "",
    )


def page_of(api: Mapping[str, Any]) -> int:
    """Page size by the `limit` that the API declares, as `QgsOapifProvider::init` reckons."""
    schema = api["components"]["parameters"]["limit"]["schema"]
    default, most = schema.get("default", 0), schema.get("maximum", 0)
    if default and most:
        return int(min(max(WIDEST_PAGE, default), most))
    return int(max(WIDEST_PAGE, default) if default else most or 100)
