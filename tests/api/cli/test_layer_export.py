"""`cim layer export`: what the server offers, as files."""

import csv
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from tests.commands import cim, refusal
from tests.making import squares


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    pyogrio.raw.write(
        folder / "parcels.gpkg",
        geometry=shapely.to_wkb(squares(30)),
        field_data=[
            np.array([f"地块 {n}" for n in range(30)], dtype=object),
            np.arange(30, dtype=np.float64),
        ],
        fields=["name", "height"],
        geometry_type="Polygon",
        crs="EPSG:4490",
        driver="GPKG",
        layer="parcels",
    )
    cim("init", folder / "city", "--title-zh", "测试市")
    cim("load", folder / "parcels.gpkg", "--layer", "parcels", "-w", folder / "city")
    return folder / "city"


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson", ".fg.json", ".geojsons"])
def test_gdal_reads_what_is_exported(city: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"地块{suffix}"
    row = cim("layer", "export", "parcels", "-o", path, "-w", city).row
    assert row["features"] == 30
    assert row["crs"] == "EPSG:4490"
    assert row["bytes"] == path.stat().st_size
    assert pyogrio.read_info(path, force_feature_count=True)["features"] == 30
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_is_selected_moved_and_narrowed(city: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.gpkg"
    options = ("--where", "height >= 20", "--crs", "EPSG:4547", "--properties", "name")
    box = ("--bbox", "114.3,30.5,114.3021,30.51")
    row = cim("layer", "export", "parcels", "-o", path, *options, *box, "-w", city).row
    info = pyogrio.read_info(path)
    assert row["features"] == info["features"] == 3
    assert info["crs"] == "EPSG:4547"
    assert info["fields"].tolist() == ["name"]


def test_csv_for_old_programs(city: Path, tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    cim("layer", "export", "parcels", "-o", path, "--encoding", "gbk", "-w", city)
    with path.open(encoding="gb18030", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["name"] == "地块 0"


def test_an_existing_file_stays_when_the_export_fails(city: Path, tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    path.write_text("mine", "utf-8")
    message = refusal("layer", "export", "parcels", "-o", path, "--where", "nope = 1", "-w", city)
    assert "nope" in message
    assert path.read_text("utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "a.dwg"), ".gpkg"),
        (("-o", "a.csv", "--crs", "EPSG:1"), "EPSG:4547"),
        (("-o", "a.csv", "--encoding", "big5"), "gbk"),
        (("-o", "a.csv", "--bbox", "1,2,3"), "bbox"),
        (("-o", "missing-folder/a.csv"), "missing-folder"),
    ],
)
def test_what_is_not_legal_is_refused(city: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal("layer", "export", "parcels", *arguments, "-w", city)
