"""`cim load` with good and with bad input."""

import gzip
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from tests.commands import cim, refusal, run_cim
from tests.making import squares

type Shared = Callable[[str], Path]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    cim("init", tmp_path / "city", "--title-zh", "测试市")
    return tmp_path / "city"


def write(
    path: Path,
    geometry: Any = None,
    *,
    crs: str | None = "EPSG:4326",
    **columns: list[Any],
) -> Path:
    """A GeoJSON (or other) file of squares with the columns given."""
    shapes = squares(3) if geometry is None else np.asarray(geometry, dtype=object)
    columns = columns or {"id": [f"b{n}" for n in range(len(shapes))]}
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=[np.array(values, dtype=object) for values in columns.values()],
        fields=list(columns),
        geometry_type="Unknown",
        crs=crs,
    )
    return path


def rejected(report: dict[str, Any]) -> list[str]:
    """Lines of the reject file, without its head."""
    head, *lines = Path(report["reject_file"]).read_text("utf-8-sig").splitlines()
    assert head == "record,field,value,reason"
    return lines


def test_a_report_stays_in_the_workspace(city: Path, tmp_path: Path) -> None:
    row = cim("load", write(tmp_path / "a.geojson"), "--layer", "a", "-w", city).row
    (kept,) = (city / "loads").glob("*.report.json")
    assert json.loads(kept.read_text("utf-8")) == row
    assert (row["inserted"], row["rejected"], row["reject_file"]) == (3, 0, None)


def test_an_unknown_class_names_the_known_ones(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson")
    line = refusal("load", source, "--layer", "a", "--class", "HOUS", "-w", city)
    assert line.startswith("entity class 'HOUS' is unknown; known: ")


def test_a_layer_keeps_its_class(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson")
    cim("load", source, "--layer", "a", "--class", "BLDG", "-w", city)
    line = refusal("load", source, "--layer", "a", "--class", "ROAD", "-w", city)
    assert "layer 'a' holds class BLDG, not ROAD" in line
    assert cim("load", source, "--layer", "a", "-w", city).row["unchanged"] == 3


@pytest.mark.parametrize("name", ["Buildings", "建筑", "1a", "cim_x", "gpkg_x", "a b", ""])
def test_an_illegal_layer_name_is_refused(city: Path, tmp_path: Path, name: str) -> None:
    source = write(tmp_path / "a.geojson")
    line = refusal("load", source, "--layer", name, "-w", city)
    assert line.startswith(f"layer name {name!r} is not legal; legal: a lower-case letter")


def test_another_rule_of_ids_must_be_accepted(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson", id=["x", "y", "z"], number=[1, 2, 3])
    cim("load", source, "--layer", "a", "--id-field", "id", "-w", city)
    line = refusal("load", source, "--layer", "a", "--id-field", "number", "-w", city)
    assert "every entity would be retired and get a new id" in line
    row = cim("load", source, "--layer", "a", "--id-field", "number", "--new-ids", "-w", city).row
    assert (row["inserted"], row["retired"]) == (3, 3)


def test_a_file_that_is_not_there(city: Path) -> None:
    assert "nothing.shp" in refusal("load", "nothing.shp", "--layer", "a", "-w", city)


def test_an_empty_file(city: Path, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_bytes(b"")
    assert "a.geojson" in refusal("load", tmp_path / "a.geojson", "--layer", "a", "-w", city)


def test_a_truncated_file_is_refused_whole(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson", squares(200))
    source.write_bytes(source.read_bytes()[:-3000])
    assert "a.geojson" in refusal("load", source, "--layer", "a", "-w", city)
    assert cim("layer", "list", "-w", city).out == ""


def test_a_missing_crs_names_the_option(city: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        source = write(tmp_path / "a.fgb", crs=None)
    assert "--crs" in refusal("load", source, "--layer", "a", "-w", city)
    assert cim("load", source, "--layer", "a", "--crs", "EPSG:4490", "-w", city).code == 0


def test_an_unknown_crs_is_named(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson")
    line = refusal("load", source, "--layer", "a", "--crs", "EPSG:99999", "-w", city)
    assert "EPSG:99999" in line


def test_swapped_axes_are_noticed_and_mended_on_request(city: Path, tmp_path: Path) -> None:
    swapped = shapely.transform(squares(3), lambda xy: xy[:, ::-1])
    source = write(tmp_path / "a.geojson", swapped)
    assert "--swap-axes" in refusal("load", source, "--layer", "a", "-w", city)
    cim("load", source, "--layer", "a", "--swap-axes", "-w", city)
    bounds = cim("layer", "show", "a", "-w", city).row["bounds"]
    assert bounds == pytest.approx(shapely.total_bounds(squares(3)).tolist())


def test_a_record_outside_the_crs_is_rejected_and_the_rest_goes_on(
    city: Path, tmp_path: Path
) -> None:
    zone = [shapely.box(500000 + n * 100, 3375000, 500050 + n * 100, 3375050) for n in range(5)]
    astray = shapely.box(9e6, 9e6, 9e6 + 10, 9e6 + 10)
    source = write(tmp_path / "a.gpkg", [*zone, astray], crs="EPSG:4547")
    row = cim("load", source, "--layer", "a", "-w", city).row
    assert (row["inserted"], row["rejected"]) == (5, 1)
    (line,) = rejected(row)
    assert line.startswith("6,")


def test_geometry_is_repaired_or_rejected_and_counted(city: Path, tmp_path: Path) -> None:
    bowtie = shapely.Polygon([(114.3, 30.5), (114.31, 30.51), (114.31, 30.5), (114.3, 30.51)])
    shapes = [squares(1)[0], bowtie, shapely.Polygon(), None]
    source = write(tmp_path / "a.gpkg", shapes, id=["good", "bowtie", "empty", "none"])
    row = cim("load", source, "--layer", "a", "-w", city).row
    assert (row["inserted"], row["repaired"], row["rejected"]) == (2, 1, 2)
    assert [line.split(",")[0] for line in rejected(row)] == ["3", "4"]


def test_repeated_source_ids_are_rejected(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson", key=["x", "y", "x"])
    row = cim("load", source, "--layer", "a", "--id-field", "key", "-w", city).row
    assert (row["inserted"], row["rejected"]) == (2, 1)
    assert rejected(row) == ["3,source id,x,came before in record 1; source ids are unique"]


def test_mixed_geometry_types_are_loaded_and_said(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson", [squares(1)[0], shapely.Point(114.3, 30.5)])
    done = cim("load", source, "--layer", "a", "-w", city)
    assert "mixed geometry types (POINT, POLYGON) in one layer" in done.row["notes"]
    assert "note: mixed geometry types" in done.err


def test_a_table_without_geometry_names_its_columns_and_the_options(
    city: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("code,name\n1,甲\n2,乙\n", "utf-8")
    line = refusal("load", tmp_path / "a.csv", "--layer", "a", "--crs", "EPSG:4490", "-w", city)
    assert "code, name" in line
    assert "--lon-field" in line


@pytest.mark.parametrize("declared", [True, False])
def test_gbk_attributes_of_a_shapefile_read_right(
    city: Path, tmp_path: Path, *, declared: bool
) -> None:
    source = tmp_path / "a.shp"
    pyogrio.raw.write(
        source,
        geometry=shapely.to_wkb(squares(2)),
        field_data=[np.array(["云杉花园", "测绘大厦"], dtype=object)],
        fields=["NAME"],
        geometry_type="Polygon",
        crs="EPSG:4490",
        encoding="GBK",
    )
    if not declared:
        source.with_suffix(".cpg").unlink()
    cim("load", source, "--layer", "a", "-w", city)
    with closing(sqlite3.connect(city / "city.gpkg")) as connection:
        names = [row[0] for row in connection.execute("SELECT NAME FROM a ORDER BY fid")]
    assert names == ["云杉花园", "测绘大厦"]


def test_a_source_of_which_nothing_is_usable_leaves_the_layer(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.gpkg")
    cim("load", source, "--layer", "a", "-w", city)
    write(source, [shapely.Polygon(), None], id=["x", "y"])
    line = refusal("load", source, "--layer", "a", "-w", city)
    assert "no usable record among 2" in line
    assert ".rejects.csv" in line
    assert cim("layer", "show", "a", "-w", city).row["item_count"] == 3


def test_titles_of_columns_come_from_a_file(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson", id=["x", "y", "z"], h=[3, 4, 5])
    titles = tmp_path / "fields.json"
    titles.write_text('{"h": {"zh": "高度", "en": "Height", "unit": "m"}}', "utf-8")
    cim("load", source, "--layer", "a", "--fields", titles, "--height-field", "h", "-w", city)
    layer = cim("layer", "show", "a", "-w", city).row
    field = next(field for field in layer["fields"] if field["name"] == "h")
    assert (field["title_zh"], field["title_en"], field["unit"]) == ("高度", "Height", "m")
    assert layer["height_field"] == "h"
    titles.write_text('{"h": "高度"}', "utf-8")
    line = refusal("load", source, "--layer", "a", "--fields", titles, "-w", city)
    assert "'h' must hold texts under zh, en and unit" in line
    titles.write_text('{"hoch": {"zh": "高度"}}', "utf-8")
    line = refusal("load", source, "--layer", "a", "--fields", titles, "-w", city)
    assert line == "--fields: no column 'hoch'; known: id, h"
    line = refusal("load", source, "--layer", "a", "--height-field", "hoehe", "-w", city)
    assert line == "--height-field 'hoehe': known: id, h"


def test_a_record_without_source_id_is_rejected(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.geojson", key=["x", " ", None])
    row = cim("load", source, "--layer", "a", "--id-field", "key", "-w", city).row
    assert (row["inserted"], row["rejected"]) == (1, 2)
    assert [line.split(",")[0] for line in rejected(row)] == ["2", "3"]
    assert "has no source id" in rejected(row)[0]


def test_a_part_of_a_source_is_said_to_retire_the_rest(city: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "a.gpkg", squares(10), id=[f"b{n}" for n in range(10)])
    cim("load", source, "--layer", "a", "--id-field", "id", "-w", city)
    write(source, squares(3), id=[f"b{n}" for n in range(3)])
    row = cim("load", source, "--layer", "a", "--id-field", "id", "-w", city).row
    assert row["retired"] == 7
    assert row["notes"][-1].startswith("7 of 10 features of this source were not in it any more")


def test_files_of_one_name_do_not_retire_each_other(city: Path, tmp_path: Path) -> None:
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "area.geojson")
    sources = [tmp_path / folder / "area.geojson" for folder in ("north", "south")]
    line = refusal("load", *sources, "--layer", "a", "-w", city)
    assert line.startswith("several files are source 'area'")


def test_several_sources_go_into_one_layer(city: Path, tmp_path: Path) -> None:
    first = write(tmp_path / "first.geojson")
    second = write(tmp_path / "second.geojson", squares(2, lon=114.9))
    rows = cim("load", first, second, "--layer", "a", "-w", city).rows
    assert [row["inserted"] for row in rows] == [3, 2]
    assert "name the" not in run_cim("layer", "show", "a", "-w", city).err
    assert cim("layer", "show", "a", "-w", city).row["item_count"] == 5
    line = refusal("load", first, second, "--layer", "a", "--source", "one", "-w", city)
    assert "--source names one source" in line


def test_shanghai_buildings_load_with_their_own_ids(
    city: Path, tmp_path: Path, shared: Shared
) -> None:
    source = shanghai_buildings(shared, tmp_path / "shanghai.geojson")
    features = json.loads(source.read_text("utf-8"))["features"]
    row = cim(
        "load", source, "--layer", "bldg", "--class", "BLDG", "--id-field", "id", "-w", city
    ).row
    assert row["records"] == len(features)
    assert row["inserted"] + row["rejected"] == len(features)
    assert row["inserted"] == len({feature["properties"]["id"] for feature in features})
    again = cim("load", source, "--layer", "bldg", "--id-field", "id", "-w", city).row
    assert (again["unchanged"], again["inserted"]) == (row["inserted"], 0)


def shanghai_buildings(shared: Shared, path: Path) -> Path:
    """The building polygons of the OSM extract, whose file is a JavaScript literal, as GeoJSON."""
    script = gzip.decompress(
        shared("data/addresses/osm_buildings/shanghai_tilezen.js.gz").read_bytes()
    ).decode("utf-8")
    quoted = re.sub(r"([{,]\s*)([A-Za-z_]\w*):", r'\1"\2":', script[script.index("[") :])
    text = re.sub(r",(\s*[}\]])", r"\1", quoted[: quoted.rindex("]") + 1])
    features = [
        feature
        for part in json.loads(text)
        for feature in part["buildings"]["features"]
        if feature["geometry"]["type"].endswith("Polygon")
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path
