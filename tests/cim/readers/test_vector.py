"""Vector files and tables through GDAL: real data, and every way a file can be bad."""

import gzip
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyogrio.raw import write

from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch
from cim.readers._tables import ColumnTypes
from cim.readers.base import ReadOptions, SourceInfo
from cim.reading import reader_for
from tests.conftest import shared_path

COUNT = 300
FORMATS = {
    "gpkg": "GPKG",
    "shp": "ESRI Shapefile",
    "geojson": "GeoJSON",
    "geojsonl": "GeoJSONSeq",
    "fgb": "FlatGeobuf",
    "sqlite": "SQLite",
    "gml": "GML",
    "kml": "KML",
    "tab": "MapInfo File",
}
WGS84 = ReadOptions(crs="EPSG:4326")


def make_file(
    folder: Path,
    suffix: str,
    *,
    count: int = COUNT,
    encoding: str | None = None,
    name: str = "plots",
) -> Path:
    """A file of small squares named in Chinese, with codes that begin with zeros."""
    path = folder / f"{name}.{suffix}"
    west = np.linspace(114.0, 114.9, count)
    write(
        path,
        shapely.to_wkb(shapely.box(west, 30.0, west + 0.001, 30.001)),
        [
            np.array([f"武汉市{row}号" for row in range(count)], object),
            np.array([f"{row:05d}" for row in range(count)], object),
            np.arange(count, dtype=np.int32),
        ],
        ["name", "zone", "storeys"],
        driver=FORMATS[suffix],
        crs="EPSG:4326",
        geometry_type="Polygon",
        encoding=encoding,
    )
    return path


def describe(path: Path, options: ReadOptions | None = None) -> SourceInfo:
    return reader_for(path).describe(path, options or ReadOptions())


def read(path: Path, options: ReadOptions | None = None) -> list[FeatureBatch]:
    return list(reader_for(path).read(path, options or ReadOptions()))


def read_one(path: Path, options: ReadOptions | None = None) -> FeatureBatch:
    (batch,) = read(path, options)
    return batch


def cut(path: Path, share: float = 0.6) -> Path:
    """The file without its end."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_features(tmp_path: Path, suffix: str) -> None:
    path = make_file(tmp_path, suffix, encoding="UTF-8" if suffix == "shp" else None)
    info = describe(path)
    batch = read_one(path)
    assert info.crs == batch.crs == "EPSG:4326"
    assert info.count in (COUNT, None)
    assert len(batch) == COUNT
    names = batch.attributes["name" if suffix != "kml" else "Name"].to_pylist()
    rows = {name: row for row, name in enumerate(names)}
    row = rows["武汉市7号"]
    assert str(batch.attributes["zone"][row].as_py()).endswith("7" if suffix == "kml" else "00007")
    assert batch.geometry[row].bounds == pytest.approx(
        shapely.box(*make_square(7)).bounds, abs=1e-6
    )
    assert len(set(batch.source_ids)) == COUNT
    assert batch.records.tolist() == list(range(1, COUNT + 1))


def make_square(row: int) -> tuple[float, float, float, float]:
    west = float(np.linspace(114.0, 114.9, COUNT)[row])
    return (west, 30.0, west + 0.001, 30.001)


def test_batches_follow_each_other(tmp_path: Path) -> None:
    path = make_file(tmp_path, "gpkg")
    batches = read(path, ReadOptions(batch_size=128))
    assert [len(batch) for batch in batches] == [128, 128, 44]
    assert np.concatenate([b.records for b in batches]).tolist() == list(range(1, COUNT + 1))


def test_a_shapefile_in_a_zip_reads_like_one_beside_it(tmp_path: Path) -> None:
    path = make_file(tmp_path, "shp", encoding="GBK")
    path.with_suffix(".cpg").unlink()
    packed = tmp_path / "plots.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("plots.*"):
            if part != packed:
                archive.write(part, part.name)
    assert read_one(packed).attributes == read_one(path).attributes
    assert describe(packed).layer == "plots"


def test_a_gzipped_file_reads_like_the_plain_one(tmp_path: Path) -> None:
    path = make_file(tmp_path, "geojson")
    packed = tmp_path / "plots.geojson.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_one(packed).source_ids == read_one(path).source_ids


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_of_no_bytes_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"plots.{suffix}"
    path.touch()
    with pytest.raises(SourceDataError, match=r"the file is empty \(0 bytes\)"):
        describe(path)


@pytest.mark.parametrize("suffix", [*FORMATS, "csv", "dat"])
def test_a_missing_file_is_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(SourceDataError, match="no such file"):
        describe(tmp_path / f"plots.{suffix}")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_cut_off_is_never_half_read(tmp_path: Path, suffix: str, share: float) -> None:
    path = cut(make_file(tmp_path, suffix, encoding="UTF-8" if suffix == "shp" else None), share)
    with pytest.raises(SourceDataError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert path.stem in str(caught.value)


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_shapefile_with_a_part_cut_off_or_missing_is_refused(tmp_path: Path, part: str) -> None:
    path = make_file(tmp_path, "shp", encoding="UTF-8")
    cut(path.with_suffix(part))
    with pytest.raises(SourceDataError, match=rf"plots\{part}: cut off: \d+ bytes of \d+"):
        describe(path)
    path.with_suffix(part).unlink()
    with pytest.raises(SourceDataError, match=rf"plots\{part} is missing"):
        describe(path)


def test_a_table_of_mapinfo_without_its_end_is_refused(tmp_path: Path) -> None:
    path = make_file(tmp_path, "tab")
    cut(path.with_suffix(".dat"))
    with pytest.raises(SourceDataError):
        read(path)


@pytest.mark.parametrize("suffix", ["geojson.gz", "csv.gz"])
def test_a_gzip_cut_off_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"plots.{suffix}"
    path.write_bytes(gzip.compress(b"name,lon,lat\n" + b"a,114,30\n" * 5000))
    with pytest.raises(SourceDataError, match="the gzip file is cut off"):
        describe(cut(path), WGS84)
    path.write_bytes(b"name,lon,lat\n")
    with pytest.raises(SourceDataError, match="the gzip file is damaged"):
        describe(path, WGS84)


def test_a_zip_with_two_sources_or_damage_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "two.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(make_file(tmp_path, "geojson"), "a.geojson")
        archive.write(make_file(tmp_path, "gpkg"), "b.gpkg")
    with pytest.raises(SourceDataError, match=r"this one holds: a\.geojson, b\.gpkg"):
        describe(packed)
    with pytest.raises(SourceDataError, match="the zip file cannot be read"):
        describe(cut(packed))


@pytest.mark.parametrize("suffix", ["shp", "gpkg", "geojson", "dat"])
def test_noise_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"noise.{suffix}"
    path.write_bytes(np.random.default_rng(5).bytes(4000))
    for other in (".shx", ".dbf"):
        shutil.copy(path, path.with_suffix(other))
    with pytest.raises(SourceDataError):
        describe(path)


def test_several_layers_are_listed_and_one_is_chosen(tmp_path: Path) -> None:
    path = make_file(tmp_path, "gpkg")
    write(
        path, shapely.to_wkb(shapely.points([[114.0, 30.0]])), [np.array([1])], ["n"],
        layer="trees", driver="GPKG", crs="EPSG:4490", geometry_type="Point", append=True,
    )  # fmt: skip
    with pytest.raises(SourceDataError, match=r"holds 2 layers; .*: plots, trees"):
        describe(path)
    assert describe(path, ReadOptions(layer="trees")).layers == ("plots", "trees")
    assert read_one(path, ReadOptions(layer="trees")).crs == "EPSG:4490"
    with pytest.raises(InputError, match="no layer 'roads'; known: plots, trees"):
        describe(path, ReadOptions(layer="roads"))


def test_a_source_changed_in_between_is_looked_at_again(tmp_path: Path) -> None:
    path = make_file(tmp_path, "shp", encoding="GBK")
    assert describe(path).notes == ()
    path.with_suffix(".cpg").unlink()
    assert describe(path).notes != ()


def test_json_text_sequences_are_checked_text_by_text(tmp_path: Path) -> None:
    feature = (
        '{"type":"Feature","properties":{"n":1},\n"geometry":{"type":"Point","coordinates":[1,2]}}'
    )
    path = tmp_path / "f.geojsons"
    path.write_text(f"\x1e{feature}\n\x1e{feature}\n", "utf-8")
    assert len(read_one(path)) == 2
    path.write_text(f"\x1e{feature}\n\x1e{feature[:-9]}\n\x1e{feature}\n", "utf-8")
    with pytest.raises(SourceDataError, match="line 3 is not JSON"):
        describe(path)


def test_columns_of_the_same_name_are_all_kept(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "p.csv", "a,a,lon,lat\n1,2,114,30\n")
    values = read_one(path, WGS84).attributes.to_pylist()[0].values()
    assert list(values) == [1, 2, 114, 30]


def test_a_folder_that_is_no_geodatabase_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city.gdb").mkdir()
    with pytest.raises(SourceDataError):
        describe(tmp_path / "city.gdb")


def test_a_shapefile_in_a_zip_below_a_folder_is_found(tmp_path: Path) -> None:
    path = make_file(tmp_path, "shp", encoding="GBK")
    packed = tmp_path / "in_folder.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("plots.*"):
            archive.write(part, f"data/{part.name.upper()}")
    assert len(read_one(packed)) == len(read_one(path))


def test_an_unknown_crs_is_refused_unless_it_is_given(tmp_path: Path) -> None:
    path = make_file(tmp_path, "shp", encoding="UTF-8")
    path.with_suffix(".prj").unlink()
    assert describe(path).crs is None
    with pytest.raises(SourceDataError, match="states no CRS; name that of its coordinates"):
        read(path)
    assert read_one(path, ReadOptions(crs="CGCS2000")).crs == "EPSG:4490"
    with pytest.raises(InputError, match="unknown CRS 'EPSG:99999'"):
        describe(path, ReadOptions(crs="EPSG:99999"))


@pytest.mark.parametrize("declared", ["cpg", "language driver", "nothing", "option"])
def test_a_gbk_shapefile_reads_right(tmp_path: Path, declared: str) -> None:
    path = make_file(tmp_path, "shp", encoding="GBK")
    if declared != "cpg":
        path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0x4D if declared == "language driver" else 0
    path.with_suffix(".dbf").write_bytes(table)
    options = ReadOptions(encoding="GBK" if declared == "option" else None)
    assert read_one(path, options).attributes["name"][7].as_py() == "武汉市7号"
    guessed = ("encoding: none is declared, the text reads as GB18030",)
    assert describe(path, options).notes == (guessed if declared == "nothing" else ())


def test_column_names_in_gbk_read_right(tmp_path: Path) -> None:
    path = tmp_path / "names.shp"
    write(
        path, shapely.to_wkb(shapely.points([[114.0, 30.0]])), [np.array(["武汉"], object)],
        ["名称"], driver="ESRI Shapefile", crs="EPSG:4490", geometry_type="Point", encoding="GBK",
    )  # fmt: skip
    path.with_suffix(".cpg").unlink()
    assert read_one(path).attributes.to_pylist() == [{"名称": "武汉"}]


def test_broken_bytes_reject_their_record_with_its_field(tmp_path: Path) -> None:
    path = make_file(tmp_path, "shp", encoding="GBK")
    table = path.with_suffix(".dbf").read_bytes()
    broken = table.replace("武汉市8号".encode("gbk"), b"\xff\xff\xba\xba\xca\xd08\xba\xc5")
    path.with_suffix(".dbf").write_bytes(broken)
    batch = read_one(path)
    (reject,) = batch.rejects
    assert (reject.record, reject.field) == (9, "name")
    assert "not GB18030" in reject.reason
    assert 9 not in batch.records
    assert len(batch) == COUNT - 1


def make_csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


ROWS = (
    "\n".join(f"武汉市{row}号,114.{row:03d},30.{row:03d},{row:05d}" for row in range(400)) + "\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_table_reads_right_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    path = make_csv(tmp_path / "plates.csv", "名称,经度,纬度,门牌\n" + ROWS, encoding)
    batch = read_one(path, WGS84)
    assert batch.attributes["名称"][7].as_py() == "武汉市7号"
    assert batch.attributes["门牌"][7].as_py() == "00007"
    assert batch.attributes["经度"].type == pa.float64()
    assert (batch.geometry[7].x, batch.geometry[7].y) == (114.007, 30.007)
    notes = describe(path, WGS84).notes
    assert bool(notes) == (not encoding.startswith("utf-8"))


def test_a_big5_table_reads_right_when_its_encoding_is_named(tmp_path: Path) -> None:
    rows = "\n".join(f"臺南市永康區王行里{row}號,120.{row:03d},23.0" for row in range(50)) + "\n"
    path = make_csv(tmp_path / "plates.csv", "name,lon,lat\n" + rows, "big5")
    batch = read_one(path, ReadOptions(crs="EPSG:4326", encoding="Big5"))
    assert batch.attributes["name"][3].as_py() == "臺南市永康區王行里3號"
    with pytest.raises(InputError, match="unknown encoding 'klingon'"):
        describe(path, ReadOptions(crs="EPSG:4326", encoding="klingon"))


def test_broken_text_in_a_table_rejects_its_record(tmp_path: Path) -> None:
    path = tmp_path / "plates.csv"
    text = "名称,经度,纬度,门牌\n" + ROWS
    path.write_bytes(text.encode().replace("武汉市8号".encode(), b"\xe6\xad\xa6\xff8"))
    batch = read_one(path, WGS84)
    (reject,) = batch.rejects
    assert (reject.record, reject.field) == (9, "名称")
    assert "not UTF-8" in reject.reason
    assert len(batch) == 399


def test_text_that_is_neither_utf8_nor_gb18030_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plates.csv"
    path.write_bytes(b"name,lon,lat\n" + bytes(range(128, 256)) * 20 + b",114,30\n")
    with pytest.raises(SourceDataError, match="neither UTF-8, GB18030 nor Big5; name its"):
        describe(path, WGS84)


def test_a_table_without_positions_names_its_columns_and_the_options(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "codes.csv", "code,title\n1,a\n")
    with pytest.raises(SourceDataError, match=r"columns: code, title; .*--lon-field.*--lat-field"):
        describe(path, WGS84)


def test_position_columns_are_named_by_options(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "plates.csv", "east,north,n\n500000,3300000,1\n")
    options = ReadOptions(crs="EPSG:4547", lon_field="east", lat_field="north")
    assert read_one(path, options).geometry[0].wkt == "POINT (500000 3300000)"
    with pytest.raises(InputError, match="no column 'west'; known: east, north, n"):
        describe(path, ReadOptions(lon_field="west", lat_field="north"))


def test_a_row_without_position_is_rejected_with_its_value(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "p.csv", "n,lon,lat\na,114,30\nb,,30\nc,114,thirty\nd, 114.5 ,31\n")
    batch = read_one(path, WGS84)
    assert batch.records.tolist() == [1, 4]
    shown = [(r.record, r.field, r.value, r.reason) for r in batch.rejects]
    assert shown == [(2, "lon", "", "no value"), (3, "lat", "thirty", "no number")]


@pytest.mark.parametrize("end", ["b,114", 'b,"114', "b"])
def test_a_table_cut_off_within_its_last_row_is_refused(tmp_path: Path, end: str) -> None:
    path = make_csv(tmp_path / "p.csv", f"n,lon,lat\na,114,30\n{end}")
    with pytest.raises(SourceDataError, match="cut off: its last line has"):
        describe(path, WGS84)


def test_a_table_whose_last_row_has_no_line_end_is_whole(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "p.csv", "n,lon,lat\na,114,30\nb,114,31")
    assert len(read_one(path, WGS84)) == 2


def test_a_spreadsheet_reads_by_its_position_columns(tmp_path: Path) -> None:
    path = tmp_path / "plates.xlsx"
    write(
        path, None,
        [np.array(["甲", "乙"], object), np.array([114.1, 114.2]), np.array([30.1, 30.2])],
        ["名称", "经度", "纬度"], driver="XLSX", geometry_type=None, crs=None,
    )  # fmt: skip
    batch = read_one(path, ReadOptions(crs="EPSG:4490"))
    assert shapely.get_coordinates(batch.geometry).tolist() == [[114.1, 30.1], [114.2, 30.2]]
    assert batch.attributes["名称"].to_pylist() == ["甲", "乙"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "20", "-3", None], pa.int64()),
        (["1", "2.5", "-0.25", None], pa.float64()),
        (["0.5", "1.5e-07"], pa.float64()),
        (["007", "8"], None),
        (["1", "0010"], None),
        (["12E5", "3"], None),
        (["12345678901234567890"], None),
        (["1", "二段"], None),
        (["+86"], None),
        ([None, None], None),
    ],
)
def test_a_text_column_is_a_number_only_if_nothing_is_lost(
    values: list[str | None], kind: pa.DataType | None
) -> None:
    types = ColumnTypes(("c",))
    types.see({"c": pa.array(values, pa.string())})
    assert types.found().get("c") == kind


@given(st.lists(st.integers(-(10**17), 10**17).map(str) | st.text("0123456789.-eE", min_size=1)))
def test_a_column_taken_for_integers_prints_as_it_was(values: list[str]) -> None:
    types = ColumnTypes(("c",))
    types.see({"c": pa.array(values, pa.string())})
    if types.found().get("c") == pa.int64():
        numbers = pa.array(values, pa.string()).cast(pa.int64()).to_pylist()
        assert [str(n) for n in numbers] == ["0" if v == "-0" else v for v in values]


def test_types_found_late_in_a_table_hold_for_all_batches(tmp_path: Path) -> None:
    rows = "".join(f"{row},114.0,30.0\n" for row in range(50)) + "A1,114.0,30.0\n"
    path = make_csv(tmp_path / "p.csv", "unit,lon,lat\n" + rows)
    batches = read(path, ReadOptions(crs="EPSG:4326", batch_size=10))
    assert {str(batch.attributes["unit"].type) for batch in batches} == {"string"}
    assert describe(path, ReadOptions(crs="EPSG:4326", batch_size=10)).count == 51


def test_ids_come_from_the_field_the_user_names(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "p.csv", "house,lon,lat\n007,114,30\n,114,31\n")
    options = ReadOptions(crs="EPSG:4326", id_field="house")
    assert read_one(path, options).source_ids == ("007", None)
    assert describe(path, options).id_rule == "column house"
    with pytest.raises(InputError, match="no column 'nr'; known: house, lon, lat"):
        describe(path, ReadOptions(id_field="nr"))


def test_ids_of_a_database_are_its_row_numbers(tmp_path: Path) -> None:
    path = make_file(tmp_path, "gpkg")
    assert read_one(path).source_ids[:2] == ("1", "2")
    assert describe(path).id_rule == "row number of the database table"


@pytest.mark.parametrize(
    ("third", "rule"),
    [("c", "column uuid"), ("a", "digest of"), ("", "digest of")],
)
def test_a_column_of_a_known_name_holds_ids_only_if_all_differ(
    tmp_path: Path, third: str, rule: str
) -> None:
    rows = f"a,114,30\nb,114,30\n{third},114,30\n"
    path = make_csv(tmp_path / "p.csv", "UUID,lon,lat\n" + rows)
    expected = rule.replace("uuid", "UUID")
    assert describe(path, WGS84).id_rule.startswith(expected)


def test_digests_stay_when_records_move_and_number_equal_ones(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "a.csv", "n,lon,lat\nx,114,30\ny,114,30\nx,114,30\nx,114,30\n")
    other = make_csv(tmp_path / "b.csv", "n,lon,lat\ny,114,30\nx,114,30\n")
    x, y, again, third = read_one(path, WGS84).source_ids
    assert read_one(other, WGS84).source_ids == (y, x)
    assert (again, third) == (f"{x}-2", f"{x}-3")
    small = ReadOptions(crs="EPSG:4326", batch_size=1)
    assert [i for batch in read(path, small) for i in batch.source_ids] == [x, y, again, third]


def test_curves_are_rejected_by_name(tmp_path: Path) -> None:
    path = tmp_path / "curves.gpkg"
    point = shapely.to_wkb(shapely.Point(114, 30))
    arc = bytes.fromhex(
        "0108000000030000000000000000805c400000000000003e400000000000905c40"
        "0000000000803e400000000000a05c400000000000003e40"
    )
    write(
        path, np.array([point, arc], object), [np.array([1, 2])], ["n"], driver="GPKG",
        crs="EPSG:4326", geometry_type="Unknown",
    )  # fmt: skip
    batch = read_one(path)
    assert batch.records.tolist() == [1]
    (reject,) = batch.rejects
    assert (reject.record, reject.value) == (2, "CIRCULARSTRING")
    assert "legal: point, line, polygon" in reject.reason


def test_measures_are_left_out_and_heights_kept(tmp_path: Path) -> None:
    path = tmp_path / "m.gpkg"
    wkb = shapely.to_wkb(shapely.from_wkt(["POINT ZM (114 30 7 9)", "POINT M (114 31 9)"]),
                         output_dimension=4, flavor="iso")  # fmt: skip
    write(path, wkb, [np.array([1, 2])], ["n"], driver="GPKG", crs="EPSG:4326",
          geometry_type="Unknown")  # fmt: skip
    first, second = read_one(path).geometry
    assert first.wkt == "POINT Z (114 30 7)"
    assert second.wkt == "POINT (114 31)"


def test_lists_and_objects_become_json_text(tmp_path: Path) -> None:
    feature = (
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[114,30]},"properties":'
        '{"tags":["a","b"],"size":{"w":1},"built":"2020-05-01","ok":true}}'
    )
    path = tmp_path / "f.geojson"
    path.write_text(f'{{"type":"FeatureCollection","features":[{feature}]}}', "utf-8")
    (row,) = read_one(path).attributes.to_pylist()
    assert row["tags"] == '["a","b"]'
    assert row["size"] == '{ "w": 1 }'
    assert row["ok"] is True
    assert str(row["built"]) == "2020-05-01"


def test_hong_kong_addresses_read_whole() -> None:
    path = shared_path("data/addresses/hk_als_20251004/kwun_tong.geojson.gz")
    batch = read_one(path)
    assert len(batch) == 3208
    assert '"ChiDistrict": "觀塘區"' in batch.attributes["Address"][0].as_py()
    assert len(set(batch.source_ids)) == 3208


def test_nothing_is_written_beside_the_source(tmp_path: Path) -> None:
    for suffix in FORMATS:
        make_file(
            tmp_path, suffix, encoding="UTF-8" if suffix == "shp" else None, name=f"all_{suffix}"
        )
    before = sorted(part.name for part in tmp_path.iterdir())
    for suffix in FORMATS:
        read(tmp_path / f"all_{suffix}.{suffix}")
    assert sorted(part.name for part in tmp_path.iterdir()) == before


@pytest.mark.slow
def test_700_000_door_plates_are_told_counted_and_named_one_by_one() -> None:
    path, options = shared_path("data/addresses/tainan_doorplates.csv.gz"), WGS84
    reader = reader_for(path)
    ids = [text for batch in reader.read(path, options) for text in batch.source_ids]
    assert reader.describe(path, options).count == len(ids) == 696_416
    assert len(set(ids)) == len(ids)


def test_the_plates_keep_their_text_and_place() -> None:
    path = shared_path("data/addresses/tainan_doorplates.csv.gz")
    options = ReadOptions(crs="EPSG:4326", batch_size=1000)
    first = next(iter(reader_for(path).read(path, options)))
    assert first.attributes["FULL_ADDR"][1].as_py() == "臺南市白河區永安里16鄰一心街5號"
    assert first.attributes["VILLAGE"][1].as_py() == "6700300-002"
    assert first.geometry[1].wkt == "POINT (120.414211704212 23.3515041407826)"


def test_a_column_named_fid_is_a_column(tmp_path: Path) -> None:
    path = make_csv(tmp_path / "p.csv", "fid,lon,lat\n70,114,30\n80,114,31\n")
    assert read_one(path, WGS84).source_ids == ("70", "80")


def test_a_table_whose_columns_are_x_y_z_is_read_as_features_too(tmp_path: Path) -> None:
    path = tmp_path / "trees.csv"
    path.write_text("x,y,z\n114.3,30.5,12\n", encoding="utf-8")
    info = reader_for(path).describe(path, ReadOptions(lon_field="x", lat_field="y"))
    assert info.count == 1
