"""Tables of every format as columns."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pyogrio.raw import write

from cim.errors import InputError, SourceDataError
from cim.tables.base import TableBatch, TableOptions
from cim.tables.files import open_table
from cim.tables.values import days_of, numbers_of, points_in, points_of, texts_of

ROWS = "编号,地址\n001,文三路259号\n002,学院路8号\n"
TRADITIONAL = "編號,地址\n" + "".join(f"{n:03d},臺南市永康區中山路{n}號\n" for n in range(1, 40))


def rows_of(path: Path, options: TableOptions | None = None) -> list[TableBatch]:
    return list(open_table(path, options).batches())


def text_file(folder: Path, text: str, encoding: str = "utf-8", name: str = "plates.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_is_read_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    (batch,) = rows_of(text_file(tmp_path, ROWS, encoding))
    assert batch.columns["编号"].to_pylist() == ["001", "002"]
    assert batch.columns["地址"].to_pylist() == ["文三路259号", "学院路8号"]
    assert batch.records.tolist() == [1, 2]


def test_big5_is_told_by_its_characters(tmp_path: Path) -> None:
    table = open_table(text_file(tmp_path, TRADITIONAL, "big5"))
    (batch,) = table.batches()
    assert batch.columns["地址"][0].as_py() == "臺南市永康區中山路1號"
    assert "BIG5" in table.notes[0]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, sign: str) -> None:
    (batch,) = rows_of(text_file(tmp_path, ROWS.replace(",", sign)))
    assert list(batch.columns) == ["编号", "地址"]


def test_rows_of_another_length_are_told_and_the_numbers_stay(tmp_path: Path) -> None:
    text = 'id,address\n1,a\n2,b,c\n\n3,"d\ne"\n4\n5,f\n'
    (batch,) = rows_of(text_file(tmp_path, text))
    assert batch.columns["address"].to_pylist() == ["a", "d\ne", "f"]
    assert batch.records.tolist() == [1, 3, 5]
    assert [(one.record, one.reason) for one in batch.rejects] == [
        (2, "has 3 fields, the header 2"),
        (4, "has 1 fields, the header 2"),
    ]


def test_broken_text_is_told_by_record(tmp_path: Path) -> None:
    path = tmp_path / "plates.csv"
    path.write_bytes(
        "id,address\n1,文三路\n".encode() + b"2,\xff\xfe\n3,b\n" + "4,文三路\n".encode() * 20
    )
    (batch,) = rows_of(path)
    assert [(one.record, one.field) for one in batch.rejects] == [(2, "address")]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (batch,) = rows_of(text_file(tmp_path, "a,,a\n1,2,3\n"))
    assert list(batch.columns) == ["a", "column_2", "a_2"]


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    (batch,) = open_table(text_file(tmp_path, ROWS)).batches(["地址"])
    assert list(batch.columns) == ["地址"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "names no column"),
        (b"id,address\n1,\x80\x81\x82\x83\x84\x85\x86\n", "name its encoding"),
        (b"id,name,address\n1,a,b\n2,a", "cut off"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "plates.csv"
    path.write_bytes(content)
    with pytest.raises(SourceDataError, match=reason):
        rows_of(path)


def test_a_missing_file_and_a_wrong_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceDataError, match="no such file"):
        open_table(tmp_path / "none.csv")
    path = text_file(tmp_path, ROWS)
    with pytest.raises(InputError, match="unknown encoding"):
        open_table(path, TableOptions(encoding="klingon"))
    with pytest.raises(InputError, match="delimiter ';;'"):
        open_table(path, TableOptions(delimiter=";;"))


def sheet(folder: Path) -> Path:
    path = folder / "plates.xlsx"
    columns = [
        np.array(["0012", "13"], object),
        np.array(["文三路", "学院路"], object),
        np.array([28.0, 3.0]),
    ]
    names = ["编号", "街路巷", "门牌号"]
    write(path, None, columns, names, driver="XLSX", layer="门牌", geometry_type=None, crs=None)
    return path


def test_a_sheet_keeps_zeros_in_front(tmp_path: Path) -> None:
    (batch,) = rows_of(sheet(tmp_path))
    assert batch.columns["编号"].to_pylist() == ["0012", "13"]
    assert texts_of(batch.columns["门牌号"]).to_pylist() == ["28", "3"]
    with pytest.raises(InputError, match="no layer 'Sheet9'; known: 门牌"):
        open_table(sheet(tmp_path), TableOptions(layer="Sheet9"))


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    path = tmp_path / "plates.parquet"
    roads = pa.array(["文三路", "文三路"]).dictionary_encode()
    pq.write_table(pa.table({"id": [1, 2], "road": roads}), path)
    table = open_table(path)
    (batch,) = table.batches()
    assert (table.count, table.names) == (2, ("id", "road"))
    assert batch.columns["road"].to_pylist() == ["文三路", "文三路"]
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(SourceDataError, match="cannot be read as Parquet"):
        open_table(path)


def test_geometries_of_a_gdal_source_come_along(tmp_path: Path) -> None:
    path = tmp_path / "plates.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":"x"},'
        '"geometry":{"type":"Point","coordinates":[120.1,30.2]}}]}',
        encoding="utf-8",
    )
    table = open_table(path)
    (batch,) = table.batches()
    assert batch.geometry is not None
    assert table.crs is not None
    places = points_in(batch.geometry, table.crs, "plates")
    assert places.lon_lat.tolist() == [[120.1, 30.2]]


def test_numbers_and_days_tell_their_faults() -> None:
    numbers, faults = numbers_of(pa.array(["1.5", " 2 ", "x", None, ""]), "h")
    assert numbers[:2].tolist() == [1.5, 2.0]
    assert np.isnan(numbers[2:]).all()
    assert [(one.record, one.field, one.value) for one in faults] == [(2, "h", "x")]
    texts = ["2026-03-01", "2026/3/1", "20260301", "2026年3月1日", "2026-02-30", None]
    days, faults = days_of(pa.array(texts), "d")
    assert days.to_pylist() == ["2026-03-01"] * 4 + [None, None]
    assert [one.value for one in faults] == ["2026-02-30"]


def test_positions_tell_their_faults() -> None:
    lon = pa.array(["120.1", "x", "0", "", "700", None])
    lat = pa.array(["30.2", "1", "0", "5", "1", None])
    places = points_of((lon, lat), ("X", "Y"), crs="EPSG:4490", coordsys="", where="t")
    assert places.lon_lat[0].tolist() == [120.1, 30.2]
    assert np.isnan(places.lon_lat[1:]).all()
    assert sorted(one.record for one in places.faults) == [1, 2, 3, 4]


def test_positions_of_map_clients_and_of_projections_come_to_cgcs2000() -> None:
    gcj = points_of(
        (pa.array([120.1]), pa.array([30.2])), ("x", "y"), crs="", coordsys="gcj02", where="t"
    )
    assert 0.001 < abs(gcj.lon_lat[0, 0] - 120.1) < 0.01
    plane = points_of(
        (pa.array([250000.0]), pa.array([2650000.0])),
        ("x", "y"),
        crs="EPSG:3826",
        coordsys="",
        where="t",
    )
    assert np.allclose(plane.lon_lat, [[121.0, 23.9546]], atol=1e-3)
    area = points_in(np.array([shapely.box(120, 30, 121, 31), None], object), "EPSG:4490", "t")
    assert shapely.box(120, 30, 121, 31).contains(shapely.Point(area.lon_lat[0]))
    assert np.isnan(area.lon_lat[1]).all()
