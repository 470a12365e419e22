"""Tables of addresses and places over HTTP."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient
from xlsxwriter import Workbook

from addressing.registry.store import Registry
from cim.tables.files import open_table
from tests.api.cities import app_of, open_city
from tests.geocode.making import put

LON, LAT = 120.13, 30.27
PATH = "/api/geocode/batch"
ADDED = ["lon", "lat", "address_code", "standard_address", "match_level", "match_status",
         "confidence", "match_reason"]  # fmt: skip
DOOR = "浙江省杭州市西湖区文三路20号"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of a server of a city with a few addresses."""
    city: Path = tmp_path_factory.mktemp("city")
    store = open_city(city)
    registry = Registry(store.path)
    for number in (18, 20, 24):
        put(registry, f"浙江省杭州市西湖区文三路{number}号", LON + number * 1e-5, LAT)
    registry.close()
    return TestClient(
        app_of(city, store, jobs={"max_upload_mb": 0.2}), raise_server_exceptions=False
    )


def send(client: TestClient, body: bytes, media: str = "text/csv", **values: Any) -> Any:
    return client.post(PATH, content=body, headers={"content-type": media}, params=values)


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_rows_come_back_in_order_with_their_answers(encoding: str, client: TestClient) -> None:
    text = (
        'id,address,note\n1,文三路20号,"甲,乙"\n2,无此路9号,\n3,,\n4,西湖区文三路18號,"a ""b"""\n'
    )
    answer = send(client, text.encode(encoding, "replace"))
    rows = rows_of(answer)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(rows[0]) == ["id", "address", "note", *ADDED]
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["match_status"] for row in rows][:3] == ["exact", "none", "none"]
    assert rows[0]["standard_address"] == DOOR
    assert float(rows[0]["lon"]) == pytest.approx(LON + 2e-4, abs=1e-7)
    assert (rows[0]["note"], rows[3]["note"]) == ("甲,乙", 'a "b"')
    assert (rows[1]["lon"], rows[1]["match_reason"]) == ("", "nothing is known of it")
    assert rows[2]["match_reason"] == "the address is empty"


def test_a_file_of_two_encodings_is_read_row_by_row(client: TestClient) -> None:
    body = "address\n文三路20号\n".encode() + "文三路24号\n".encode("gbk") + b"\xff\xff\xfe\n"
    rows = rows_of(send(client, body))
    assert [row["standard_address"][-3:] for row in rows] == ["20号", "24号", ""]
    assert "neither UTF-8 nor GBK" in rows[2]["match_reason"]


def test_a_row_of_too_few_or_too_many_fields_stays_with_its_reason(client: TestClient) -> None:
    rows = rows_of(send(client, "id,address\n1\n2,文三路20号,x\n3,文三路20号\n".encode()))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert [row["match_status"] for row in rows] == ["none", "none", "exact"]
    assert rows[1]["match_reason"] == "3 fields, the header has 2"


def test_parts_of_an_address_are_put_together(client: TestClient) -> None:
    body = "city,road,number\n杭州市,文三路,20\n,文三路,18号\n".encode()
    assert [row["standard_address"][-3:] for row in rows_of(send(client, body))] == [
        "20号",
        "18号",
    ]
    named = rows_of(send(client, "街,号\n文三路,20号\n".encode(), field="街,号"))
    assert named[0]["standard_address"] == DOOR


def test_lines_of_json_keep_all_they_had(client: TestClient) -> None:
    lines = ['{"address": "文三路20号", "more": {"a": [1]}}', "no json", '{"x": 1, "address": 5}']
    answer = send(client, "\n".join(lines).encode(), "application/x-ndjson")
    found = [orjson.loads(line) for line in answer.content.splitlines()]
    assert found[0]["more"] == {"a": [1]}
    assert found[0]["match_status"] == "exact"
    assert found[0]["lon"] == pytest.approx(LON + 2e-4, abs=1e-7)
    assert [one["match_status"] for one in found[1:]] == ["none", "none"]
    assert "no JSON" in found[1]["match_reason"]
    assert found[2]["x"] == 1


def test_parquet_keeps_its_types(client: TestClient) -> None:
    table = pa.table({"id": pa.array([7, 8], pa.int32()), "address": ["文三路20号", None]})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    answer = send(client, sink.getvalue(), "application/vnd.apache.parquet")
    found = pq.read_table(io.BytesIO(answer.content))
    assert found.column_names == ["id", "address", *ADDED]
    assert found.schema.field("id").type == pa.int32()
    assert found.column("match_status").to_pylist() == ["exact", "none"]


def test_a_workbook_comes_back_as_one(client: TestClient, tmp_path: Path) -> None:
    book = Workbook(str(tmp_path / "in.xlsx"))
    sheet = book.add_worksheet()
    for row, cells in enumerate([("地址", "编号"), ("文三路20号", "007"), ("=1+1", "8")]):
        sheet.write_row(row, 0, cells, None)
    book.close()
    files = {"file": ("in.xlsx", (tmp_path / "in.xlsx").read_bytes())}
    answer = client.post(PATH, files=files)
    assert answer.status_code == 200, answer.text
    (tmp_path / "out.xlsx").write_bytes(answer.content)
    (batch,) = open_table(tmp_path / "out.xlsx").batches()
    assert batch.columns["编号"].to_pylist()[0] == "007"
    assert batch.columns["standard_address"].to_pylist()[0] == DOOR


def test_the_kind_of_the_result_may_be_another(client: TestClient) -> None:
    body = "address\n文三路20号\n".encode()
    for kind in ("ndjson", "parquet", "xlsx"):
        answer = send(client, body, f=kind)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].endswith(f'result.{kind}"')
    assert orjson.loads(send(client, body, f="ndjson").content)["address"] == "文三路20号"


def test_places_lead_back_to_addresses(client: TestClient) -> None:
    body = f"id,lon,lat\n1,{LON + 2.1e-4},{LAT}\n2,0,0\n3,west,1\n4,200,1\n".encode()
    rows = rows_of(send(client, body, direction="reverse"))
    assert [row["standard_address"] for row in rows] == [DOOR, "", "", ""]
    assert float(rows[0]["distance_m"]) == pytest.approx(0.96, abs=0.05)
    assert rows[1]["match_reason"] == "no door within 200 m"
    assert "legal" in rows[2]["match_reason"]
    assert [row["match_status"] for row in rows] == ["exact", "none", "none", "none"]


@pytest.mark.parametrize(
    ("body", "values", "status", "words"),
    [
        (b"", {}, 422, "empty"),
        (b"id,where\n1,x\n", {}, 422, "'id', 'where'; legal: address, or parts: province"),
        ("经,纬\n1,2\n".encode(), {"direction": "reverse"}, 422, "'经', '纬'; legal: lon and lat"),
        (b"address\nx\n", {"field": "adress"}, 422, "no column 'adress'; the table has 'address'"),
        (b"address,lon\nx,1\n", {}, 422, "a column 'lon' already"),
        (b"\x00\x01\x02", {}, 422, "NUL"),
        (b"address\nx\n", {"f": "pdf"}, 400, "legal: csv, ndjson, parquet, xlsx"),
        (b"address\nx\n", {"kind": "doc"}, 400, "legal: csv"),
        (b"address\nx\n", {"direction": "up"}, 400, "legal: search, reverse"),
        (b"address\nx\n", {"coordsys": "x"}, 400, "legal: "),
        (b"address\nx\n", {"fild": "x"}, 400, "unknown; legal"),
        (b"x" * 300_000, {}, 413, "larger than 0.2 MB"),
        (b"PK no parquet", {"kind": "parquet"}, 422, "no Parquet file"),
        (b"PK no workbook", {"kind": "xlsx"}, 422, "body"),
        (b"address\nx\n", {"encoding": "klingon"}, 422, "klingon"),
    ],
)
def test_what_is_not_legal_is_said(
    body: bytes, values: dict[str, str], status: int, words: str, client: TestClient
) -> None:
    answer = send(client, body, **values)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


def test_other_media_and_methods_are_refused(client: TestClient) -> None:
    assert send(client, b"x", "application/pdf").status_code == 415
    assert client.get(PATH).status_code == 405


HOSTILE = [
    "'; DROP TABLE addresses; --",
    'NEAR("a" "b")',
    "%s%n",
    "\u202e号20路三文",
    "长" * 1001,
    "120.1302,30.27",
    "30.27 120.1302",
    "30°16′12″N 120°7′48.72″E",
    "=1+1",
    "x" * 100_000,
]


def test_hostile_rows_are_rows(client: TestClient) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["address"], *([one] for one in HOSTILE)])
    rows = rows_of(send(client, text.getvalue().encode()))
    assert [row["address"] for row in rows] == HOSTILE
    assert "1001 characters" in rows[4]["match_reason"]
    assert {row["standard_address"] for row in rows[5:8]} == {DOOR}
