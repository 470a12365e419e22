"""Faulty model files, each with one fault, made from a small sound one."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

type Model = dict[str, Any]
type Maker = Callable[[Path], Path]
"""Writes a file into a folder and tells where."""

X, Y, Z = 85_000.0, 446_000.0, 1.0
"""A corner in Delft, EPSG:7415, metres."""

SIZE, HEIGHT = 10.0, 6.0


def house(crs: str | None = "EPSG:7415") -> Model:
    """CityJSON 2.0 of one box of 10 by 10 by 6 metres."""
    corners = [[x, y, z] for z in (0, HEIGHT) for x, y in _square(SIZE)]
    walls = [[[i, (i + 1) % 4, 4 + (i + 1) % 4, 4 + i]] for i in range(4)]
    shell = [[[3, 2, 1, 0]], *walls, [[4, 5, 6, 7]]]
    metadata = (
        {}
        if crs is None
        else {
            "referenceSystem": f"https://www.opengis.net/def/crs/{crs.replace(':', '/0/')}",
        }
    )
    return {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": metadata,
        "transform": {"scale": [1.0, 1.0, 1.0], "translate": [X, Y, Z]},
        "vertices": corners,
        "CityObjects": {
            "house-1": {
                "type": "Building",
                "geometry": [{"type": "Solid", "lod": "2", "boundaries": [shell]}],
            }
        },
    }


def _square(size: float) -> list[tuple[float, float]]:
    return [(0, 0), (size, 0), (size, size), (0, size)]


def saved(name: str, change: Callable[[Model], Any] = lambda _model: None) -> Maker:
    """A maker of the house with a change."""

    def make(folder: Path) -> Path:
        model = copy.deepcopy(house())
        change(model)
        path = folder / f"{name}.city.json"
        path.write_text(json.dumps(model), encoding="utf-8")
        return path

    return make


def raw(name: str, data: bytes) -> Maker:
    """A maker of a file of these bytes."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data)
        return path

    return make


def cut(name: str, share: float) -> Maker:
    """A maker of the house whose file ends too early."""

    def make(folder: Path) -> Path:
        text = json.dumps(house())
        return raw(name, text[: int(len(text) * share)].encode())(folder)

    return make


def _shell(model: Model) -> list[Any]:
    shell: list[Any] = model["CityObjects"]["house-1"]["geometry"][0]["boundaries"][0]
    return shell


def _no_geometry(model: Model) -> None:
    model["CityObjects"]["house-1"]["geometry"] = []


def _infinite(model: Model) -> None:
    model["vertices"][6] = [10.0, 1e999, 6.0]


def _missing_vertex(model: Model) -> None:
    _shell(model)[5] = [[4, 5, 6, 99]]


def _zero_area(model: Model) -> None:
    _shell(model).append([[0, 1, 0, 1]])


def _self_crossing(model: Model) -> None:
    _shell(model)[5] = [[4, 6, 5, 7]]


def _hole_outside(model: Model) -> None:
    first = len(model["vertices"])
    model["vertices"] += [[x + 20, y + 20, HEIGHT] for x, y in _square(2)]
    _shell(model)[5] = [[4, 5, 6, 7], [first + 3, first + 2, first + 1, first]]


def _near_planar(model: Model) -> None:
    model["vertices"][6] = [SIZE, SIZE, HEIGHT + 0.05]


def _millimetres(model: Model) -> None:
    model["vertices"] = [[1000 * value for value in corner] for corner in model["vertices"]]
    model["transform"]["translate"] = [1000 * X, 1000 * Y, 1000 * Z]


def _swapped(model: Model) -> None:
    model["vertices"] = [[y, x, z] for x, y, z in model["vertices"]]
    model["transform"]["translate"] = [Y, X, Z]


def _unknown_crs(model: Model) -> None:
    model["metadata"]["referenceSystem"] = "https://www.opengis.net/def/crs/EPSG/0/999999"


def _in_degrees(lon: float, lat: float) -> Callable[[Model], None]:
    def change(model: Model) -> None:
        model["metadata"]["referenceSystem"] = "https://www.opengis.net/def/crs/EPSG/0/4979"
        model["transform"] = {"scale": [1e-5, 1e-5, 1.0], "translate": [lon, lat, 0.0]}

    return change


def _wrapped(model: Model) -> None:
    """East of the antimeridian longitudes are negative, as EPSG:4979 has them."""
    _in_degrees(0.0, 10.0)(model)
    model["transform"] = {"scale": [1e-5, 1e-5, 1.0], "translate": [0.0, 10.0, 0.0]}
    eastern, western = -17_999_995, 17_999_995
    model["vertices"] = [[eastern if x else western, y, z] for x, y, z in model["vertices"]]


def _textured(image: str) -> Callable[[Model], None]:
    def change(model: Model) -> None:
        model["appearance"] = {
            "textures": [{"type": "PNG", "image": image}],
            "vertices-texture": [[0, 0], [1, 0], [1, 1], [0, 1]],
        }
        values = [[[[0, 0, 1, 2, 3]] for _ in range(6)]]
        geometry = model["CityObjects"]["house-1"]["geometry"][0]
        geometry["texture"] = {"theme": {"values": values}}

    return change


def _duplicate_ids(folder: Path) -> Path:
    model = house()
    head = {key: model[key] for key in ("type", "version", "metadata", "transform")}
    first = {"type": "CityJSONFeature", "id": "house-1"} | {
        key: model[key] for key in ("vertices", "CityObjects")
    }
    lines = [head | {"CityObjects": {}, "vertices": []}, first, first]
    path = folder / "duplicate-ids.city.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0">&b;</core:CityModel>
"""
EXTERNAL = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0">&a;</core:CityModel>
"""
EMPTY_MODEL = b"""<?xml version="1.0"?>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0"/>
"""

BAD_FILES: dict[str, Maker] = {
    "the sound house the others are made from": saved("house"),
    "0 bytes, CityJSON": raw("empty.city.json", b""),
    "0 bytes, CityGML": raw("empty.gml", b""),
    "0 bytes, OBJ": raw("empty.obj", b""),
    "0 bytes, glTF": raw("empty.glb", b""),
    "0 bytes, LAS": raw("empty.las", b""),
    "cut off in the middle, CityJSON": cut("cut.city.json", 0.6),
    "byte order mark, CityJSON": raw(
        "bom.city.json", b"\xef\xbb\xbf" + json.dumps(house()).encode()
    ),
    "UTF-16, CityJSON": raw("utf16.city.json", json.dumps(house()).encode("utf-16")),
    "entity bomb, CityGML": raw("bomb.gml", BOMB),
    "external entity, CityGML": raw("external.gml", EXTERNAL),
    "no city objects, CityGML": raw("none.gml", EMPTY_MODEL),
    "no geometry at all": saved("no-geometry", _no_geometry),
    "same id twice, CityJSONSeq": _duplicate_ids,
    "infinite coordinate": saved("infinite", _infinite),
    "vertex that does not exist": saved("missing-vertex", _missing_vertex),
    "face without area": saved("zero-area", _zero_area),
    "roof that crosses itself": saved("self-crossing", _self_crossing),
    "hole outside its face": saved("hole-outside", _hole_outside),
    "roof 5 cm out of plane": saved("near-planar", _near_planar),
    "millimetres under a metre CRS": saved("millimetres", _millimetres),
    "x and y exchanged": saved("swapped", _swapped),
    "unknown CRS": saved("unknown-crs", _unknown_crs),
    "across the antimeridian": saved("antimeridian", _wrapped),
    "longitude above 180": saved("far-east", _in_degrees(179.99995, 10.0)),
    "at the north pole": saved("pole", _in_degrees(15.0, 89.9999)),
    "texture named ../../secret.png": saved("climbing", _textured("../../secret.png")),
    "texture named http://…": saved("remote", _textured("http://192.0.2.1/a.png")),
    "texture that is missing": saved("lost-texture", _textured("lost.png")),
}
"""What is wrong, and the file."""
