"""QGIS 3.22 at home: single layers as it asks for them, and a whole city by one click."""

import csv
import gzip
import itertools
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from cim import plugins
from cim.features import SURFACE_KINDS
from cim.readers.base import Reader, ReadOptions
from tests.commands import ROOT, cim
from tests.servers import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

QGIS = "/usr/bin/python3"
PLATES = 3_000
KEY_LEAST = 10
"""Signs below which QGIS replaces the id of a layer."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, shared: Callable[[str], Path]) -> Path:
    """Points, lines, areas, solids and Chinese attributes, all real or of the sample city."""
    folder = tmp_path_factory.mktemp("qgis")
    workspace, sample = folder / "city", folder / "sample"
    subprocess.run([sys.executable, "-m", "assets.samples", str(sample)], cwd=ROOT, check=True)
    rotterdam = shared("data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json")
    hong_kong = shared("data/addresses/hk_als_20251004/kwun_tong.geojson.gz")
    plates, roofs = folder / "plates.gpkg", folder / "roofs.gpkg"
    write_plates(plates, shared("data/addresses/tainan_doorplates.csv.gz"))
    write_roofs(roofs, rotterdam)
    cim("init", workspace, "--title-zh", "示例市", "--title-en", "Sample")
    for path, layer, class_code, *more in (
        (plates, "plates", "DOOR", "--title-zh", "臺南門牌"),
        (hong_kong, "addresses", "DOOR", "--title-zh", "香港地址"),
        (sample / "roads.geojson", "roads", "ROAD", "--title-zh", "道路"),
        (rotterdam, "rotterdam", "BLDG", "--title-zh", "鹿特丹建筑"),
        (roofs, "roofs", "BLDG", "--title-zh", "屋顶"),
    ):
        cim("load", path, "--layer", layer, "--class", class_code, *more, "-w", workspace)
    return workspace


@pytest.fixture(scope="module")
def server(city: Path) -> Iterator[str]:
    with serving(city) as address:
        yield f"{address}/ogc"


def write_plates(path: Path, source: Path) -> None:
    """The first door plates of Tainan."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        rows = list(itertools.islice(csv.DictReader(file), PLATES))
    points = shapely.points([[float(row["X"]), float(row["Y"])] for row in rows])
    write(path, points, "Point", "EPSG:4326", 地址=[row["FULL_ADDR"] for row in rows])


def write_roofs(path: Path, source: Path) -> None:
    """The roofs of Rotterdam's buildings, polygons in space."""
    reader: Reader = plugins.load("cityjson", "cim.readers")
    roofs, roof = [], SURFACE_KINDS.index("roof")
    for batch in reader.read(source, ReadOptions()):
        for geometry, kinds in zip(batch.surfaces.geometry, batch.surfaces.kinds, strict=True):
            chosen = shapely.get_parts(geometry)[kinds == roof]
            roofs += [shapely.multipolygons(chosen)] if len(chosen) else []
    shapes = np.array(roofs, dtype=object)
    names = [f"屋顶 {number}" for number in range(len(shapes))]
    write(path, shapes, "MultiPolygon Z", "EPSG:28992", 名称=names)


def write(path: Path, shapes: Any, kind: str, crs: str, **columns: list[str]) -> None:
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=[np.array(values, dtype=object) for values in columns.values()],
        fields=list(columns),
        geometry_type=kind,
        crs=crs,
        driver="GPKG",
    )


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - own server
        body: bytes = answer.read()
    return body


def features_of(server: str, layer: str) -> int:
    return int(json.loads(fetch(f"{server}/collections/{layer}"))["itemCount"])


def bounds_of(server: str, layer: str) -> str:
    extent = json.loads(fetch(f"{server}/collections/{layer}"))["extent"]
    return ",".join(map(str, extent["spatial"]["bbox"][0]))


@pytest.mark.parametrize(
    ("layer", "condition"),
    [
        ("plates", "\"地址\" = '臺南市白河區永安里16鄰一心街5號'"),
        ("addresses", ""),
        ("roads", ""),
        ("rotterdam", ""),
        ("roofs", "\"名称\" = '屋顶 7'"),
    ],
)
def test_a_layer_passes_every_check_of_qgis(
    server: str, shared: Callable[[str], Path], tmp_path: Path, layer: str, condition: str
) -> None:
    """Valid, with CRS, fields, extent and count; read by box, and drawn."""
    count = features_of(server, layer)
    words = [QGIS, shared("tools/qgis_oapif_check.py"), server, layer, "--expect-count", count]
    words += ["--filter", condition] if condition else []
    words += [f"--bbox={bounds_of(server, layer)}"]
    words += ["--png", tmp_path / "map.png", "--max", 20_000]
    done = subprocess.run(
        list(map(str, words)), capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RESULT PASS" in done.stdout


def in_qgis(server: str, address: str, folder: Path) -> dict[str, Any]:
    """What QGIS finds in a file of the server."""
    path = folder / address.partition("?")[0].rpartition("/")[2]
    path.write_bytes(fetch(f"{server}/qgis/{address}"))
    script = Path(__file__).with_name("qgis_project.py")
    words = [QGIS, "-P", str(script), str(path), str(folder / "city.png")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["good"], found["message"]
    return found


def test_the_city_opens_with_all_its_layers_drawn(server: str, tmp_path: Path) -> None:
    found = in_qgis(server, "city.qgz?lang=zh", tmp_path)
    assert found["title"] == "示例市"
    assert found["crs"] == "EPSG:4490"
    names = {"plates": "臺南門牌", "roads": "道路", "rotterdam": "鹿特丹建筑", "roofs": "屋顶"}
    for layer, title in names.items():
        about = found["layers"][title]
        assert about["valid"]
        assert about["features"] == about["read"] == features_of(server, layer)
        assert about["crs"] == "EPSG:4490"
        assert about["key"] == f"cim_layer_{layer}"
        assert about["aliases"]["entity_id"] == "实体编码"
    assert sorted(itertools.chain.from_iterable(found["groups"].values())) == sorted(
        found["layers"]
    )
    assert found["layers"]["屋顶"]["geometry"] == "MultiPolygonZ"
    assert found["colours"] > 3


def test_the_city_opens_in_english_and_in_part(server: str, tmp_path: Path) -> None:
    found = in_qgis(server, "city.qgz?lang=en&layers=roads,rotterdam", tmp_path)
    assert found["title"] == "Sample"
    assert len(found["layers"]) == 2
    assert {about["aliases"]["entity_id"] for about in found["layers"].values()} == {"Entity id"}


def test_one_layer_opens_with_its_style(server: str, tmp_path: Path) -> None:
    found = in_qgis(server, "roads.qlr?lang=zh", tmp_path)
    [(title, about)] = found["layers"].items()
    assert title == "道路"
    assert about["valid"]
    assert about["read"] == features_of(server, "roads")
    assert about["geometry"].endswith("LineString")
    assert found["colours"] > 3
