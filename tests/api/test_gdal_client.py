"""GDAL as a client of a running server: it reads whole layers, and they equal their sources."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from cim.catalog import LayerDraft
from cim.loading import LoadOptions, load
from tests.api.cities import open_city
from tests.servers import serving

pytestmark = pytest.mark.e2e
PAGE = 1000
"""Features GDAL asks for at a time."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, shared: Callable[[str], Path]) -> Path:
    """Real data of three kinds: points with Chinese text, solids, and made polygons."""
    folder = tmp_path_factory.mktemp("gdal")
    make_parcels(folder / "parcels.gpkg")
    store = open_city(folder)
    sources = {
        "addresses": (shared("data/addresses/hk_als_20251004/kwun_tong.geojson.gz"), "DOOR"),
        "rotterdam": (
            shared("data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json"),
            "BLDG",
        ),
        "parcels": (folder / "parcels.gpkg", "PARC"),
    }
    for layer, (path, class_code) in sources.items():
        options = LoadOptions(LayerDraft(layer, class_code))
        load(store, path, options, reject_path=folder / f"{layer}.csv")
    store.close()
    (folder / "cim.toml").write_text('[city]\nname = "clients"\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(workspace: Path) -> Iterator[str]:
    with serving(workspace) as address:
        yield f"{address}/ogc"


def make_parcels(path: Path) -> None:
    """2,500 polygons, some with holes and parts, with columns of every type."""
    count = 2500
    west = 114.2 + 0.001 * (np.arange(count) % 50)
    south = 30.4 + 0.001 * (np.arange(count) // 50)
    whole = shapely.box(west, south, west + 0.0009, south + 0.0009)
    hole = shapely.box(west + 0.0002, south + 0.0002, west + 0.0005, south + 0.0005)
    shapes = np.where(np.arange(count) % 3 == 0, shapely.difference(whole, hole), whole)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.multipolygons(shapes, indices=np.arange(count))),
        field_data=[
            np.array([f"地块-{n:05d}" for n in range(count)], dtype=object),
            np.arange(count, dtype=np.int64) + 2**40,
            np.linspace(0.1, 999.9, count),
            np.arange(count) % 2 == 0,
        ],
        fields=["地块编号", "number", "area_ha", "built"],
        geometry_type="MultiPolygon",
        crs="EPSG:4490",
        driver="GPKG",
        layer="parcels",
    )


def read(
    address: str, layer: str, names: list[str] | None = None
) -> tuple[dict[str, object], np.ndarray, dict[str, np.ndarray]]:
    """Metadata, geometry and columns of a layer as GDAL reads it from the server."""
    meta, _, geometry, columns = pyogrio.raw.read(f"OAPIF:{address}", layer=layer, columns=names)
    return meta, shapely.from_wkb(geometry), dict(zip(meta["fields"], columns, strict=True))


def test_gdal_lists_the_layers(server: str) -> None:
    listed = pyogrio.list_layers(f"OAPIF:{server}")[:, 0]
    assert sorted(listed) == ["addresses", "parcels", "rotterdam"]


def test_a_whole_layer_equals_its_source(server: str, workspace: Path) -> None:
    meta, geometry, columns = read(server, "parcels")
    source_meta, _, source_geometry, source = pyogrio.raw.read(workspace / "parcels.gpkg")
    assert len(geometry) == 2500 > 2 * PAGE
    assert meta["crs"] == "EPSG:4490"
    expected = shapely.from_wkb(source_geometry)
    same = shapely.equals_exact(shapely.normalize(geometry), shapely.normalize(expected), 1e-8)
    assert same.all()
    for name, values in zip(source_meta["fields"], source, strict=True):
        np.testing.assert_array_equal(columns[name], values)


def test_real_addresses_arrive_whole(server: str, shared: Callable[[str], Path]) -> None:
    _, geometry, columns = read(server, "addresses")
    path = shared("data/addresses/hk_als_20251004/kwun_tong.geojson.gz")
    _, _, source_geometry, _ = pyogrio.raw.read(f"/vsigzip/{path}")
    assert len(geometry) == len(source_geometry)
    expected = shapely.get_coordinates(shapely.from_wkb(source_geometry))
    np.testing.assert_allclose(shapely.get_coordinates(geometry), expected, atol=1e-8)
    assert len(set(columns["entity_id"])) == len(geometry)


def test_real_buildings_lie_in_their_city(server: str) -> None:
    _, geometry, columns = read(server, "rotterdam")
    assert len(geometry) == 853
    west, south, east, north = shapely.total_bounds(geometry)
    assert 4.3 < west < east < 4.6
    assert 51.8 < south < north < 52.0
    assert {text[:4] for text in columns["entity_id"]} == {"BLDG"}


def test_gdal_asks_the_server_for_a_box_and_a_value(server: str, workspace: Path) -> None:
    box = (114.2005, 30.4005, 114.2215, 30.4105)
    _, fids, geometry, _ = pyogrio.raw.read(
        f"OAPIF:{server}", layer="parcels", bbox=box, return_fids=True
    )
    _, source_fids, _, _ = pyogrio.raw.read(workspace / "parcels.gpkg", bbox=box, return_fids=True)
    assert sorted(fids) == sorted(source_fids)
    assert len(geometry) > 100
    _, _, one, _ = pyogrio.raw.read(
        f"OAPIF:{server}", layer="parcels", where="\"地块编号\" = '地块-00042'"
    )
    assert len(one) == 1


def test_what_gdal_writes_into_the_file_is_served_at_once(server: str, workspace: Path) -> None:
    """Last in this file: it adds a parcel, as QGIS does when an edit is saved."""
    corner = shapely.multipolygons([shapely.box(114.5, 30.6, 114.501, 30.601)])
    pyogrio.raw.write(
        workspace / "city.gpkg",
        geometry=shapely.to_wkb(np.array([corner])),
        field_data=[np.array(["新地块"], dtype=object)],
        fields=["地块编号"],
        geometry_type="MultiPolygon",
        crs="EPSG:4490",
        driver="GPKG",
        layer="parcels",
        append=True,
    )
    _, geometry, columns = read(server, "parcels", ["地块编号"])
    assert len(geometry) == 2501
    assert columns["地块编号"][-1] == "新地块"
    assert geometry[-1].equals(corner)
