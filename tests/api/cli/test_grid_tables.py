"""`cim grid` on tables: the rows stay as they are, and what is wrong is named by its line."""

import csv
import io
import subprocess
import sys
import unittest.mock
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cim import plugins
from cim.grids.base import Grid, HeightGrid
from tests.commands import ROOT, Done, cim, refusal, run_cim

LEVELS = {"beidou": 10, "geosot": 26, "h3": 12}


def piped(data: bytes, *words: object) -> Done:
    """Run `cim grid` with bytes on standard input."""
    with unittest.mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(data))):
        return run_cim("grid", *words)


def fed(data: bytes, *words: object) -> list[dict[str, str]]:
    """The rows that a command writes, which must succeed."""
    done = piped(data, *words)
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def fault(data: bytes, *words: object) -> str:
    """The one line of a command that must refuse its input."""
    done = piped(data, *words)
    assert done.code == 1, (done.out, done.err)
    assert "Traceback" not in done.err
    return done.err.strip().splitlines()[-1].removeprefix("cim: ")


def points(count: int, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(-180, 180, count), rng.uniform(-87, 87, count)])


@pytest.mark.parametrize("system", plugins.names("cim.grids"))
def test_codes_of_a_table_are_those_of_the_grid(system: str) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    level, lon_lat = LEVELS[system], points(200_000)
    lines = [b"id,lat,lon,height"]
    lines += [
        f"{n},{lat!r},{lon!r},{n % 90}".encode() for n, (lon, lat) in enumerate(lon_lat.tolist())
    ]
    rows = fed(b"\n".join(lines), "encode", "--system", system, "--level", level)
    codes = grid.encode(lon_lat, level)
    assert [row["code"] for row in rows] == grid.to_text(codes).tolist()
    assert [row["id"] for row in rows] == [str(n) for n in range(len(lon_lat))]
    if isinstance(grid, HeightGrid):
        heights_m = np.arange(len(lon_lat), dtype=np.float64) % 90
        heights = grid.encode_heights(heights_m, level)
        assert [row["code_3d"] for row in rows] == grid.to_text_3d(codes, heights).tolist()
    else:
        assert "code_3d" not in rows[0]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_what_a_row_had_stays_byte_for_byte(end: bytes, mark: bytes, last: bool) -> None:  # noqa: FBT001 - a parameter of the test
    rows = [
        mark + "名称,lon, LAT ,备注".encode(),
        b'"a, b",116.3000,39.9,"say ""x"""',
        "楼\u3000,+116.30,  39.9 ,".encode(),
        b'"two' + end + b'lines",1.163e2,39.90,5" pipe',
    ]
    done = piped(end.join(rows) + end * last, "encode", "--level", 5)
    assert done.code == 0, done.err
    codes = [b",code"] + [b",N50J4753400"] * 3
    expected = end.join(row + code for row, code in zip(rows, codes, strict=True)) + b"\n"
    assert done.out.encode() == expected


def test_bytes_that_are_no_utf8_pass_unchanged(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    header = "名称,lon,lat".encode("gbk")
    source.write_bytes(header + b"\n" + "武汉".encode("gbk") + b",116.3,39.9\n")
    cim("grid", "encode", "--level", 3, "--input", source, "--output", target)
    assert target.read_bytes() == (
        header + b",code\n" + "武汉".encode("gbk") + b",116.3,39.9,N50J475\n"
    )


def test_blank_lines_are_left_out_and_a_missing_height_has_no_3d_code() -> None:
    rows = fed(b"lon,lat,height\n116,39,\n\n117,39,5\n\n", "encode", "--level", 2)
    assert [row["code"] for row in rows] == ["N50J46", "N50J66"]
    assert [row["code_3d"] for row in rows] == ["", "N050J00660"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "stdin: the input is empty"),
        (b"\xef\xbb\xbf\n", "the input is empty"),
        (b"\xff\xfel\0o\0n\0", "no CSV in UTF-8"),
        (b"x,y\n1,2\n", "no column 'lon'; the header has 'x', 'y'"),
        (b"lon;lat\n1;2\n", "no column 'lon'; the header has 'lon;lat'"),
        (b"lon,lat,lon\n1,2,3\n", "column 'lon' is there twice"),
        (b"lon,lat,code\n1,2,3\n", "has a column 'code' already"),
        (b"lon,lat\n116,39\n39.9,116.3\n", "line 3: lat '116.3': longitude 39.9"),
        (b"lon,lat\n39.9,116.3\n", "look swapped"),
        (b"lon,lat\n116,39\nabc,39\n", "line 3: lon 'abc': is no number"),
        (b"lon,lat\n116,\n", "line 2: lat '': is empty, want a number"),
        (b"lon,lat\nnan,1\n", "line 2: lon 'nan'"),
        (b"lon,lat\ninf,1\n", "line 2: lon 'inf'"),
        (b"lon,lat\n200,1\n", "longitude -180 to 180"),
        (b"lon,lat\n1,2\n1,2,3\n", "line 3: 3 fields, the header has 2"),
        (b"lon,lat\n1,2\n1\n", "line 3: 1 fields, the header has 2"),
        (b"lon,lat\n1,88.5\n", "line 2: lat '88.5': at latitude 88 degrees and beyond"),
        (b"lon,lat,height\n1,2,9e12\n", "line 2: height '9000000000000.0'"),
        (b'n,lon,lat\n"a\nb",1,2\nc,1,x\n', "line 4: lat 'x'"),
        (b'lon,lat,n\n1,2,"never\nends\n', "line 2: a quoted field does not end"),
    ],
)
def test_a_bad_table_is_named_by_line_column_and_value(data: bytes, message: str) -> None:
    assert message in fault(data, "encode", "--level", 5)


def test_a_level_that_is_none_is_told_before_any_row() -> None:
    assert fault(b"lon,lat\nx,y\n", "encode", "--level", 11) == (
        "BeiDou level 11: legal are 1 to 10"
    )


def test_rejects_are_kept_with_their_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    kept = tmp_path / "rejects.csv"
    data = b"id,lon,lat\na,116,39\nb,200,5\nc,1,2,3\nd,x,1\ne,117,39\nf,5,99\n"
    done = piped(data, "encode", "--level", 2, "--reject", kept)
    assert done.code == 0
    assert done.out == "id,lon,lat,code\na,116,39,N50J46\ne,117,39,N50J66\n"
    assert done.err.strip().endswith(f"2 rows, 4 rejected: {kept}")
    rows = list(csv.reader(io.StringIO(kept.read_text("utf-8"))))
    assert rows[0] == ["line", "field", "value", "reason", "id", "lon", "lat"]
    assert [(row[0], row[1], row[4]) for row in rows[1:]] == [
        ("3", "lon", "b"), ("4", "", "c"), ("5", "lon", "d"), ("7", "lat", "f"),
    ]  # fmt: skip


def test_a_table_without_any_usable_row_is_no_success(tmp_path: Path) -> None:
    message = fault(b"lon,lat\nx,y\n", "encode", "--reject", tmp_path / "rejects.csv")
    assert message == "stdin: none of 1 rows could be used"


def test_many_faults_in_large_tables_are_all_found(tmp_path: Path) -> None:
    lines = [b"lon,lat"] + [b"%d,%d" % (n % 200, n % 91) for n in range(150_000)]
    kept = tmp_path / "rejects.csv"
    done = piped(b"\n".join(lines), "encode", "--system", "h3", "--level", 3, "--reject", kept)
    bad = [n for n in range(150_000) if n % 200 > 180]
    assert done.code == 0
    assert len(done.out.splitlines()) == 1 + 150_000 - len(bad)
    rejected = kept.read_text("utf-8").splitlines()[1:]
    assert [int(line.split(",")[0]) for line in rejected] == [n + 2 for n in bad]


def test_a_failed_file_is_not_left_behind(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("lon,lat\n1,2\nx,2\n")
    assert "in.csv, line 3" in refusal("grid", "encode", "--input", source, "--output", target)
    assert list(tmp_path.iterdir()) == [source]
    assert "must be different files" in refusal(
        "grid", "encode", "--input", source, "--output", source
    )
    assert "cannot be read" in refusal("grid", "encode", "--input", tmp_path / "none.csv")
    assert "cannot be written" in refusal(
        "grid", "encode", "--input", source, "--output", tmp_path / "no" / "out.csv"
    )


@pytest.mark.parametrize("ends", [("csv", "parquet"), ("parquet", "csv"), ("parquet", "parquet")])
def test_csv_and_parquet_give_the_same_codes(tmp_path: Path, ends: tuple[str, str]) -> None:
    source, target = tmp_path / f"in.{ends[0]}", tmp_path / f"out.{ends[1]}"
    lon_lat = points(5000)
    table = pa.table({"名": ["甲,乙"] * 5000, "lon": lon_lat[:, 0], "lat": lon_lat[:, 1]})
    if ends[0] == "parquet":
        pq.write_table(table, source)
    else:
        with source.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table.column_names)
            writer.writerows([("甲,乙", *map(repr, row)) for row in lon_lat.tolist()])
    cim("grid", "encode", "--level", 9, "--input", source, "--output", target)
    if ends[1] == "parquet":
        found = pq.read_table(target).to_pylist()
    else:
        with target.open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
    grid: Grid = plugins.load("beidou", "cim.grids")
    assert [row["code"] for row in found] == grid.to_text(grid.encode(lon_lat, 9)).tolist()
    assert [float(row["lon"]) for row in found] == lon_lat[:, 0].tolist()
    assert found[0]["名"] == "甲,乙"


def test_bad_parquet_is_named(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    source.write_bytes(b"nothing")
    assert "no Parquet file" in refusal("grid", "encode", "--input", source)
    pq.write_table(pa.table({"lon": [[1.0]], "lat": [2.0]}), source)
    assert "column 'lon' is list" in refusal("grid", "encode", "--input", source)
    pq.write_table(pa.table({"lon": [1.0, None], "lat": [2.0, 3.0]}), source)
    done = run_cim("grid", "encode", "--input", source)
    assert (done.code, done.err) == (1, "cim: in.parquet, row 2: lon '': is empty\n")


@pytest.mark.parametrize("system", plugins.names("cim.grids"))
def test_decoded_cells_encode_to_their_codes(system: str) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    texts = grid.to_text(grid.encode(points(2000), LEVELS[system])).tolist()
    coded = "\n".join(["n,code", *(f"{n},{text}" for n, text in enumerate(texts))]).encode()
    rows = fed(coded, "decode", "--system", system)
    assert [row["code"] for row in rows] == texts
    assert {row["level"] for row in rows} == {str(LEVELS[system])}
    centres = "\n".join(["lon,lat"] + [f"{r['center_lon']},{r['center_lat']}" for r in rows])
    back = fed(centres.encode(), "encode", "--system", system, "--level", LEVELS[system])
    assert [row["code"] for row in back] == texts


def test_solid_codes_decode_to_their_faces() -> None:
    data = b"code_3d\nN050J0047050390B8020556344611524\nN050J0047\n"
    assert "9 characters, legal: 7, 10" in fault(data, "decode", "--solid")
    (row,) = fed(data.removesuffix(b"N050J0047\n"), "decode", "--solid")
    assert float(row["low_m"]) <= 50 < float(row["high_m"])
    assert "h3 has no heights" in fault(data, "decode", "--solid", "--system", "h3")


def test_parents_children_and_neighbours_of_a_table() -> None:
    data = b"name,code\na,N50J475\nb,N31A\n"
    assert [row["parent"] for row in fed(data[:19], "parent")] == ["N50J47"]
    assert [row["parent"] for row in fed(data[:19], "parent", "--level", 1)] == ["N50J"]
    assert "N31A" in fault(data, "parent")
    children = fed(data, "children")
    assert len(children) == 150 + 96
    assert children[-1] == {"name": "b", "code": "N31A", "child": "N31AB7"}
    neighbors = fed(data, "neighbors")
    assert [row["neighbor"] for row in neighbors if row["name"] == "b"] == [
        "N30A", "N30B", "N31B", "N32A", "N32B", "S30A", "S31A", "S32A",
    ]  # fmt: skip


def test_a_table_converts_to_another_grid_with_its_error() -> None:
    data = b"code\nN50J475\n"
    (row,) = fed(data, "convert", "--to", "h3", "--level", 6)
    (single,) = run_cim("grid", "convert", "N50J475", "--to", "h3", "--level", "6").rows
    assert row["h3_code"] == single["code"]
    assert float(row["error_m"]) == pytest.approx(single["error_m"])
    assert single["error_m"] > 10_000


def test_covers_are_csv_geojson_or_an_estimate() -> None:
    box = ("--bbox", "116.3,39.9,116.35,39.95", "--level", 4)
    lines = cim("grid", "cover", *box).out.splitlines()
    assert lines[0] == "code"
    assert len(lines) == 1 + 9
    collection = cim("grid", "cover", *box, "--format", "geojson").row
    assert [feature["id"] for feature in collection["features"]] == lines[1:]
    assert cim("grid", "cover", *box, "--estimate").row["estimate"] > 0
    solid = cim("grid", "cover", *box, "--low-m", 0, "--high-m", 10).out.splitlines()
    assert (solid[0], len(solid)) == ("code_3d", 10)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--level", 5), "give one of --bbox, --wkt, --input"),
        (("--bbox", "1,2,3", "--level", 5), "want west,south,east,north"),
        (("--bbox", "39,116,40,117", "--level", 5), "look swapped"),
        (("--bbox", "116,39,117,40", "--level", 10), "more than the limit of 1000000"),
        (("--wkt", "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "--level", 3), "not valid"),
        (("--wkt", "POLYGON((0 0", "--level", 3), "wkt"),
        (("--wkt", "POINT(1 1)", "--level", 3, "--low-m", 1), "give both or neither"),
        (("--wkt", "POINT(1 89)", "--level", 3), "88 degrees"),
    ],
)
def test_a_wrong_cover_is_one_line(words: tuple[object, ...], message: str) -> None:
    assert message in refusal("grid", "cover", *words)


def test_geojson_files_are_covered(tmp_path: Path) -> None:
    path = tmp_path / "area.geojson"
    path.write_text(
        '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[116,39]}}'
    )
    assert cim("grid", "cover", "--input", path, "--level", 2).out == "code\nN50J46\n"
    path.write_text('{"type":"FeatureCollection","features":[]}')
    assert "empty" in refusal("grid", "cover", "--input", path, "--level", 2)
    path.write_text("{")
    assert "no JSON" in refusal("grid", "cover", "--input", path, "--level", 2)


def test_a_layer_becomes_a_layer_of_cells_and_stays_up_to_date(tmp_path: Path) -> None:
    city, source = tmp_path / "city", tmp_path / "plates.csv"
    source.write_text(
        "id,lon,lat,h\n" + "".join(f"{n},{114 + n / 1000},30.5,{n}\n" for n in range(40))
    )
    cim("init", city)
    cim("load", source, "--layer", "plates", "--crs", "EPSG:4490", "--lon-field", "lon",
        "--lat-field", "lat", "--id-field", "id", "-w", city)  # fmt: skip
    words = ("grid", "aggregate", "plates", "--system", "h3", "--level", 8, "-w", city)
    rows = list(csv.DictReader(io.StringIO(cim(*words, "--field", "h").out)))
    assert sum(int(row["count"]) for row in rows) == 40
    assert sum(float(row["sum_h"]) for row in rows) == sum(range(40))
    made = cim(*words, "--field", "h", "--layer", "plates_h3").row
    assert made["inserted"] == len(rows)
    layer = cim("layer", "show", "plates_h3", "-w", city).row
    assert (layer["class_code"], layer["item_count"]) == ("GRID", len(rows))
    again = cim(*words, "--field", "h", "--layer", "plates_h3").row
    assert (again["unchanged"], again["inserted"], again["retired"]) == (len(rows), 0, 0)
    assert "numbers: id, lon, lat, h" in refusal(*words, "--field", "name")
    assert "name another" in refusal(*words, "--layer", "plates")
    assert "nothing to load" in refusal(*words, "--bbox", "0,0,1,1", "--layer", "none")


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    script = "import sys; sys.stdout.write('lon,lat\\n' + '116.3,39.9\\n' * 500_000)"
    made = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "grid", "encode"]
    encode = subprocess.Popen(
        command, stdin=made.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    with made, encode:
        assert encode.stdout is not None
        assert encode.stderr is not None
        encode.stdout.readline()
        encode.stdout.close()
        if made.stdout is not None:
            made.stdout.close()
        assert b"Traceback" not in encode.stderr.read()
