"""`cim address assign`: addresses and buildings of a city."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.commands import cim, refusal

PLATES = (
    "id,address,lon,lat\n"
    "A1,西湖区文三路1号,120.10001,30.20001\n"
    "A2,西湖区文三路1号2单元501室,120.10001,30.20001\n"
    "A3,西湖区文三路3号,120.11,30.21\n"
)


def box(name: str, lon: float, lat: float) -> dict[str, object]:
    ring = [(lon, lat), (lon + 1e-4, lat), (lon + 1e-4, lat + 1e-4), (lon, lat + 1e-4), (lon, lat)]
    return {
        "type": "Feature",
        "properties": {"id": name, "name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    cim("init", folder, "--division-code", "330106")
    source = tmp_path / "buildings.geojson"
    houses = [box("1号楼", 120.1, 30.2), box("2号楼", 120.2, 30.3)]
    source.write_text(
        json.dumps({"type": "FeatureCollection", "features": houses}), encoding="utf-8"
    )
    cim(
        "load", source, "--layer", "buildings", "--class", "BLDG", "--id-field", "id", "-w", folder
    )
    plates = tmp_path / "plates.csv"
    plates.write_text(PLATES, encoding="utf-8")
    cim("address", "import", plates, "-w", folder)
    return folder


def rows(city: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(city / "city.gpkg") as store:
        return store.execute(statement).fetchall()


def test_doors_get_their_building_and_buildings_their_address(city: Path) -> None:
    tried = cim("address", "assign", "buildings", "--dry-run", "-w", city).row
    assert (tried["linked"], rows(city, "SELECT * FROM cim_address_link")) == (2, [])
    done = cim("address", "assign", "buildings", "-w", city).row
    assert (done["linked"], done["inside"], done["without_building"]) == (2, 2, 1)
    links = rows(
        city,
        "SELECT a.source_id, l.role FROM cim_address_link l JOIN addresses a ON a.fid = l.fid "
        "ORDER BY 1",
    )
    assert links == [("A1", "main"), ("A2", "auxiliary")]
    coded = rows(city, "SELECT name, address_code FROM buildings ORDER BY name")
    (code,) = rows(city, "SELECT address_code FROM addresses WHERE source_id = 'A1'")
    assert coded == [("1号楼", code[0]), ("2号楼", None)]
    (entity,) = rows(city, "SELECT entity_id FROM buildings WHERE name = '1号楼'")
    assert (
        cim("entity", "show", entity[0], "-w", city).row["attributes"]["address_code"] == code[0]
    )


def test_what_is_linked_stays_unless_it_is_to_be_renewed(city: Path) -> None:
    cim("address", "assign", "buildings", "-w", city)
    again = cim("address", "assign", "buildings", "-w", city).row
    assert (again["linked"], again["already_linked"], again["rows_changed"]) == (0, 2, 0)
    anew = cim("address", "assign", "buildings", "--renew", "-w", city).row
    assert (anew["linked"], anew["already_linked"], anew["main"]) == (2, 0, 1)


def test_what_is_not_legal_is_one_line(city: Path) -> None:
    for words, message in (
        (("houses",), "layer 'houses' does not exist"),
        (("addresses",), "holds no areas"),
        (("buildings", "--number-field", "nr"), "--number-field 'nr'; layer 'buildings' has"),
        (("buildings", "--streets", "buildings"), "holds no lines"),
        (("buildings", "--within-m", "-1"), "--within-m -1; legal: 0 to 1000"),
    ):
        assert message in refusal("address", "assign", *words, "-w", city)
