"""What `/api/openapi.json` says of the geocoder, whose routes stand before FastAPI's."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI

from api.batch.base import KINDS
from api.geocode_parameters import LONGEST, MOST, WIDEST_M
from api.geocode_skins import FORMATS
from cim.coordsys import SYSTEMS
from geocode.model import Level

TAG: Final = "Geocoder"
_SYSTEMS: Final = {"type": "string", "enum": list(SYSTEMS), "default": "cgcs2000"}
_FLAG: Final = {"type": "string", "enum": ["0", "1"], "default": "0"}
_GEOJSON: Final = "application/json"


def install(app: FastAPI) -> None:
    """Let the document of an application tell of the geocoder too."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        told = plain()
        told["paths"] = {**PATHS, **told["paths"]}
        return told

    app.openapi = document  # type: ignore[method-assign] # FastAPI's own way to extend it


def _text(name: str, about: str, *, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "minLength": int(required), "maxLength": LONGEST}
    return _parameter(name, about, schema, required=required)


def _parameter(
    name: str, about: str, schema: Mapping[str, Any], *, required: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": about,
        "schema": dict(schema),
    }


def _limit(default: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": MOST, "default": default}
    return _parameter("limit", "最多返回条数 / Most answers", schema)


def _place(*, required: bool) -> list[dict[str, Any]]:
    """Longitude and latitude."""
    sides = (("lon", "经度 / Longitude, degrees", 180), ("lat", "纬度 / Latitude, degrees", 90))
    return [
        _parameter(
            name, about, {"type": "number", "minimum": -most, "maximum": most}, required=required
        )
        for name, about, most in sides
    ]


_COORDSYS: Final = _parameter("coordsys", "坐标系 / Coordinate system of all points", _SYSTEMS)
_RADIUS: Final = _parameter(
    "radius_m",
    "搜索半径 / How far away doors and roads may be, metres",
    {"type": "number", "minimum": 0, "maximum": WIDEST_M, "default": 200},
)


def _get(
    summary: str, about: str, parameters: list[dict[str, Any]], answer: str = "object"
) -> dict[str, Any]:
    """A path that is read."""
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    schema: dict[str, Any] = {"type": answer} if answer else {}
    return {
        "get": {
            "tags": [TAG],
            "summary": summary,
            "description": about,
            "parameters": parameters,
            "responses": {
                "200": {"description": "OK", "content": {_GEOJSON: {"schema": schema}}},
                "400": {"description": "A parameter is not legal", "content": problem},
                "404": {"description": "The city has no addresses", "content": problem},
            },
        }
    }


_NOMINATIM: Final = [
    _parameter("format", "Nominatim", {"type": "string", "enum": list(FORMATS)}),
    _parameter("addressdetails", "Nominatim", _FLAG),
    _parameter("namedetails", "Nominatim", _FLAG),
    _parameter("extratags", "Nominatim", _FLAG),
    _parameter("polygon_geojson", "Nominatim", _FLAG),
]
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}

PATHS: Final[Mapping[str, Any]] = {
    "/api/geocode/search": _get(
        "地理编码 / Places of an address",
        "GeocodeJSON 0.1 with level, status, confidence and what became of each element. "
        "Coordinates in any order and form, address codes, entity ids and grid codes may be given "
        "instead of an address. Of answers that are equally sure those near `lon` and `lat` come "
        "first.",
        [
            _text("q", "地址 / Address", required=True),
            _limit(10),
            *_place(required=False),
            _COORDSYS,
        ],
    ),
    "/api/geocode/reverse": _get(
        "逆地理编码 / What is at a place",
        "The building around the place, then the nearest doors with distance and direction; where "
        "there is none, the road, the estate, the division. `here` tells the surroundings.",
        [
            *_place(required=True),
            _limit(1),
            _RADIUS,
            _parameter(
                "level",
                f"层级，逗号分隔 / Only answers of these levels: {', '.join(Level)}",
                {"type": "string"},
            ),
            _parameter(
                "height", "大地高（米） / Ellipsoidal height: storey, room", {"type": "number"}
            ),
            _COORDSYS,
        ],
    ),
    "/api/geocode/suggest": _get(
        "输入提示 / Names and numbers that begin so",
        "Characters, pinyin or first letters; house numbers behind a street's name; names near "
        "`lon` and `lat` come first.",
        [
            _text("q", "已输入的文字 / What was typed", required=True),
            _limit(10),
            *_place(required=False),
            _COORDSYS,
        ],
    ),
    "/api/geocode/batch": {
        "post": {
            "tags": [TAG],
            "summary": "批量地理编码 / Answer every row of a table",
            "description": "The same rows in the same order with the columns `lon`, `lat`, "
            "`address_code`, `standard_address`, `match_level`, `match_status`, `confidence` and "
            "`match_reason` added. Tables beyond `jobs.max_upload_mb` are 413; large ones are "
            "better sent to `/api/geocode/jobs`.",
            "parameters": [
                _parameter(
                    "direction",
                    "正向或逆向 / To places, or back",
                    {"type": "string", "enum": ["search", "reverse"], "default": "search"},
                ),
                _text("field", "列名，逗号分隔 / Columns of the address, or of lon and lat"),
                _parameter(
                    "f", "结果格式 / Kind of the result", {"type": "string", "enum": list(KINDS)}
                ),
                _parameter(
                    "kind", "输入格式 / Kind of the table", {"type": "string", "enum": list(KINDS)}
                ),
                _text("encoding", "字符编码 / Of CSV that is neither UTF-8 nor GBK"),
                _RADIUS,
                _COORDSYS,
            ],
            "requestBody": {
                "required": True,
                "content": dict.fromkeys(
                    [media.partition(";")[0] for media in KINDS.values()], _BINARY
                ),
            },
            "responses": {
                "200": {
                    "description": "The rows with their answers",
                    "content": dict.fromkeys(
                        [media.partition(";")[0] for media in KINDS.values()], _BINARY
                    ),
                },
                "400": {"description": "A parameter is not legal"},
                "404": {"description": "The city has no addresses"},
                "413": {"description": "Larger than jobs.max_upload_mb"},
                "415": {"description": "Not a kind of table that is read"},
                "422": {"description": "The table lacks a column, or is none"},
                "429": {"description": "As many tables are worked on as may be"},
            },
        }
    },
    "/nominatim/search": _get(
        "Nominatim: search",
        "For geopy, QGIS and other clients of Nominatim: text, or its parts.",
        [
            _text("q", "地址 / Address"),
            *(_text(name, "Nominatim") for name in ("street", "city", "county", "state")),
            _limit(10),
            *_NOMINATIM,
            _text("viewbox", "lon,lat,lon,lat: places inside come first"),
            _parameter("bounded", "Only places inside viewbox", _FLAG),
            _text("countrycodes", "Two letters each, with commas"),
        ],
        "",
    ),
    "/nominatim/reverse": _get(
        "Nominatim: reverse",
        "The building or nearest door; with `zoom` the road or division.",
        [
            *_place(required=True),
            _parameter("zoom", "Nominatim", {"type": "integer", "minimum": 0, "maximum": 18}),
            *_NOMINATIM,
        ],
        "",
    ),
    "/photon/api": _get(
        "Photon: search",
        "For geopy, leaflet-control-geocoder and other clients of Photon.",
        [_text("q", "地址 / Address", required=True), _limit(15), *_place(required=False),
         _text("bbox", "lon,lat,lon,lat: only places inside"), _text("lang", "Not used")],
    ),
    "/photon/reverse": _get(
        "Photon: reverse",
        "The building or the nearest doors.",
        [
            *_place(required=True),
            _limit(1),
            _parameter("radius", "Kilometres", {"type": "number", "minimum": 0, "maximum": 50}),
        ],
    ),
}  # fmt: skip
"""Paths of the geocoder as OpenAPI 3.1 has them."""
