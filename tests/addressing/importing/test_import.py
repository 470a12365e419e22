"""Registers into the registry: what becomes of their rows."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from addressing.boundaries import Boundaries
from addressing.importing.run import ImportOptions
from addressing.model import Status
from addressing.registry.search import Query
from addressing.registry.store import Registry
from addressing.registry.walk import walk
from cim.errors import InputError, NotFoundError, SourceDataError
from tests.addressing.importing.making import PLATES, city, mapped, register, run, texts


def codes(registry: Registry) -> dict[str, str]:
    """Address code by source id."""
    with registry.reading() as addresses:
        return {row.source_id or "": row.code for row in addresses.rows("1")}


def test_every_plate_becomes_an_address(tmp_path: Path) -> None:
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, PLATES))
        assert (report.records, report.new, report.sure, report.rejected) == (3, 3, 3, 0)
        assert texts(registry) == [
            "浙江省杭州市西湖区学院路8号",
            "浙江省杭州市西湖区文三路259号",
            "浙江省杭州市西湖区文三路259号3栋2单元501室",
        ]
        assert report.mapping_guessed
        assert report.id_rule == "column id"


def test_the_same_rows_again_change_nothing(tmp_path: Path) -> None:
    path = register(tmp_path, PLATES)
    with city(tmp_path) as registry:
        run(registry, path)
        before = codes(registry)
        report = run(registry, path)
        assert (report.new, report.updated, report.unchanged) == (0, 0, 3)
        assert codes(registry) == before


def test_a_changed_row_keeps_its_code_and_its_past(tmp_path: Path) -> None:
    with city(tmp_path) as registry:
        run(registry, register(tmp_path, PLATES))
        code = codes(registry)["A3"]
        changed = [*PLATES[:3], "A3,西湖区学院路8号甲,120.12,30.28"]
        report = run(registry, register(tmp_path, changed))
        assert (report.new, report.updated, report.unchanged) == (0, 1, 2)
        assert codes(registry)["A3"] == code
        assert registry.text(code) == "浙江省杭州市西湖区学院路8号甲"
        actions = [event.action for event in registry.read(code).lineage]
        assert actions == ["created", "corrected"]


def test_a_dry_run_tells_all_and_writes_nothing(tmp_path: Path) -> None:
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, PLATES), dry_run=True)
        assert (report.new, report.dry_run) == (3, True)
        with pytest.raises(NotFoundError, match="no addresses yet"):
            codes(registry)


def test_what_is_gone_from_a_full_register_is_retired(tmp_path: Path) -> None:
    with city(tmp_path) as registry:
        run(registry, register(tmp_path, PLATES))
        part = register(tmp_path, PLATES[:3])
        assert run(registry, part).retired == 0
        report = run(registry, part, full=True)
        assert (report.retired, report.unchanged) == (1, 2)
        assert texts(registry, Status.RETIRED) == ["浙江省杭州市西湖区学院路8号"]


def test_rows_without_an_id_are_known_again_by_what_they_say(tmp_path: Path) -> None:
    lines = ("address", "西湖区文三路1号", "西湖区文三路2号", "西湖区文三路2号")
    path = register(tmp_path, lines)
    with city(tmp_path) as registry:
        first = run(registry, path)
        assert (first.new, first.collisions) == (3, 1)
        again = run(registry, path)
        assert (again.new, again.unchanged, again.collisions) == (0, 3, 0)


def test_two_rows_of_one_text_meet_in_the_queue(tmp_path: Path) -> None:
    lines = ("id,address,lon,lat", "1,西湖区文三路1号,120.1,30.2", "2,文三路1號,120.2,30.2")
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, lines))
        assert (report.new, report.collisions) == (2, 1)
        (case,) = registry.collisions()
        assert case.reason == "two_doors"
        assert case.evidence["source_text"] == "文三路1號"


def test_columns_alone_are_enough(tmp_path: Path) -> None:
    lines = (
        "plate_id,区,街路巷,门牌号,楼栋号,室号",
        "1,西湖区,文三路,259,3,501",
        "2,上城区,中山路,12号附3,,",
        "3,西湖区,文三路,甲8号2楼,,",
    )
    with city(tmp_path) as registry:
        run(registry, register(tmp_path, lines))
        assert texts(registry) == [
            "浙江省杭州市上城区中山路12号附3",
            "浙江省杭州市西湖区文三路259号3栋501室",
            "浙江省杭州市西湖区文三路8号甲2层",
        ]


def test_where_column_and_text_disagree_the_preferred_one_counts(tmp_path: Path) -> None:
    lines = ("id,address,街路巷", "1,杭州市西湖区文三路1号,学院路")
    path = register(tmp_path, lines)
    base = {"columns": {"source_id": "id", "text": "address"}, "elements": {"road": "街路巷"}}
    with city(tmp_path) as registry:
        for prefer, text in (("columns", "学院路1号"), ("text", "文三路1号")):
            mapping = mapped(**base, prefer=prefer, source=prefer)
            report = run(registry, path, mapping=mapping)
            assert report.disagreements == {"road": 1}
            assert f"浙江省杭州市西湖区{text}" in texts(registry)
            remarks = Path(report.remark_file or "").read_text("utf-8-sig")
            assert "1,road,学院路,the text says '文三路'" in remarks
        with pytest.raises(SourceDataError, match="road: the text says '文三路'"):
            run(registry, path, mapping=mapped(**base, prefer="reject"))


def test_what_cannot_be_used_is_kept_with_its_reason(tmp_path: Path) -> None:
    lines = (
        "id,address,lon,lat,valid_from,storey",
        "1,西湖区文三路1号,120.1,30.2,2020-01-01,1",
        "2,西湖区文三路2号,x,30.2,,",
        "3,西湖区文三路3号,120.1,,,",
        "4,,120.1,30.2,,",
        "5,浙江省杭州市,120.1,30.2,,",
        "6,西湖区文三路6号；西湖区学院路8号,120.1,30.2,,",
        "1,西湖区文三路7号,120.1,30.2,,",
        ",西湖区文三路8号,120.1,30.2,,",
        "9,西湖区文三路9号,120.1,30.2,2020-02-30,",
        "10,西湖区文三路10号,120.1,30.2,,1.5",
        f"11,{'长' * 600},120.1,30.2,,",
        "12,西湖区文三路12号,0,0,,",
        "13,\U0001f600\U0001f600,120.1,30.2,,",
    )
    mapping = mapped(
        columns={name: name for name in ("lon", "lat", "valid_from", "storey")}
        | {"source_id": "id", "text": "address"},
    )
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, lines), mapping=mapping)
        assert (report.new, report.rejected, report.records) == (1, 12, 13)
        with Path(report.reject_file or "").open(encoding="utf-8-sig", newline="") as file:
            rows = {int(row["record"]): row for row in csv.DictReader(file)}
        told = {record: (row["field"], row["reason"]) for record, row in rows.items()}
        assert told[2] == ("lon", "is no number")
        assert told[3] == ("lat", "is empty, the other coordinate is not")
        assert told[4] == ("text", "holds no address")
        assert told[5][1].startswith("names divisions only")
        assert told[6][1].startswith("holds two addresses")
        assert told[7] == ("id", "came before in record 1; ids are unique")
        assert told[8] == ("id", "is empty; every row needs its id")
        assert told[9][1].startswith("is no day")
        assert told[10][1].startswith("is no storey")
        assert told[11][1].startswith("has more than 500 characters")
        assert told[12][1].startswith("0, 0 is no position")
        assert told[13] == ("text", "holds no address")
        assert rows[7]["address"] == "西湖区文三路7号"
        with registry.reading() as addresses:
            (row,) = addresses.rows("1")
        assert (row.valid_from, row.facts.storey) == ("2020-01-01", 1)


def test_a_rejected_row_can_be_mended_and_imported(tmp_path: Path) -> None:
    lines = ("id,address,lon,lat", "1,西湖区文三路1号,120.1,30.2", "2,西湖区文三路2号,x,30.2")
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, lines))
        mended = Path(report.reject_file or "").read_text("utf-8-sig").replace(",x,", ",120.1,")
        path = register(tmp_path, mended.splitlines(), "mended.csv")
        assert run(registry, path, source="plates").new == 1
        assert len(codes(registry)) == 2


def test_what_was_not_read_waits_as_a_draft(tmp_path: Path) -> None:
    lines = ("id,address", "1,西湖区文三路1号", "2,西湖区天山大地88号")
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, lines))
        assert report.doubtful == {"not read": 1}
        assert len(texts(registry)) == 1
        assert len(texts(registry, Status.DRAFT)) == 1


def test_a_name_said_twice_is_no_doubt_but_two_of_a_type_are(tmp_path: Path) -> None:
    lines = (
        "id,address",
        "1,西湖区文三路1号阳光花园阳光花园3栋",
        "2,西湖区文三路2号阳光花园翠苑小区3栋",
    )
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, lines))
        assert report.doubtful == {"two elements of one type": 1}
        assert texts(registry) == ["浙江省杭州市西湖区文三路1号阳光花园3栋"]


def test_a_sub_district_of_an_unknown_city_is_not_that_of_another(tmp_path: Path) -> None:
    lines = ("id,address", "1,示例市云杉区古渡街道竹影路16号")
    with city(tmp_path) as registry:
        assert run(registry, register(tmp_path, lines), home="990101").new == 1
        assert texts(registry) == ["示例市云杉区古渡街道竹影路16号"]


def test_states_and_days_of_a_register_are_kept(tmp_path: Path) -> None:
    first = (
        "id,address,状态",
        "1,西湖区文三路1号,有效",
        "2,西湖区文三路2号,草稿",
        "3,西湖区文三路3号,注销",
    )
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, first))
        assert (report.new, report.retired) == (2, 0)
        assert any("were never here" in note for note in report.notes)
        assert len(texts(registry, Status.DRAFT)) == 1
        later = ("id,address,状态", "1,西湖区文三路1号,已注销")
        assert run(registry, register(tmp_path, later)).retired == 1
        with pytest.raises(SourceDataError, match="is no status; legal: valid"):
            run(registry, register(tmp_path, ("id,address,状态", "1,西湖区文三路1号,好")))


def test_the_area_around_a_door_counts_more_than_the_text(tmp_path: Path) -> None:
    areas = Boundaries.of(
        [
            ("330106", shapely.box(120, 30, 120.15, 31)),
            ("330102", shapely.box(120.15, 30, 121, 31)),
        ]
    )
    lines = (
        "id,address,lon,lat",
        "1,西湖区文三路1号,120.1,30.2",
        "2,西湖区文三路2号,120.2,30.2",
        "3,文三路3号,120.2,30.2",
    )
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, lines), boundaries=areas)
        assert report.disagreements == {"division and boundary": 1}
        assert texts(registry) == [
            "浙江省杭州市上城区文三路2号",
            "浙江省杭州市上城区文三路3号",
            "浙江省杭州市西湖区文三路1号",
        ]


def test_coordinates_of_map_clients_come_to_cgcs2000(tmp_path: Path) -> None:
    mapping = mapped(
        columns={"source_id": "id", "text": "address", "lon": "lon", "lat": "lat"},
        coordinates={"coordsys": "gcj02"},
    )
    with city(tmp_path) as registry:
        run(registry, register(tmp_path, PLATES), mapping=mapping)
        with registry.reading() as addresses:
            places = np.array([row.facts.lon_lat for row in addresses.rows("1")])
    assert (np.abs(places - [120.13, 30.27]).max(axis=1) > 0.001).all()


def test_links_go_to_the_entities_that_the_register_names(tmp_path: Path) -> None:
    from addressing.importing.run import Surroundings, import_register  # noqa: PLC0415 - once

    lines = (
        "id,address,bldg",
        "1,西湖区文三路1号,B1",
        "2,西湖区文三路2号,B9",
        "3,西湖区文三路3号,",
    )
    mapping = mapped(
        columns={"source_id": "id", "text": "address"},
        links=[{"column": "bldg", "layer": "buildings"}],
    )
    around = Surroundings(
        reject_path=tmp_path / "x.rejects.csv",
        entities=lambda layer, keys: {"B1": "BLDG1"} if layer == "buildings" and keys else {},
    )
    with city(tmp_path) as registry:
        options = ImportOptions(who="李雷", mapping=mapping, home="330106")
        report = import_register(registry, register(tmp_path, lines), options, around)
        assert report.linked == 1
        assert "1 links name entities that are not in layer 'buildings'" in report.notes
        (link,) = registry.read(codes(registry)["1"]).links
        assert (link.entity, link.role) == ("BLDG1", "main")


def test_a_day_of_the_import_dates_its_changes(tmp_path: Path) -> None:
    with city(tmp_path) as registry:
        run(registry, register(tmp_path, PLATES), day=date(2020, 1, 1))
        address = registry.read(codes(registry)["A1"])
        assert address.validity.begin == date(2020, 1, 1)


def test_wrong_tables_are_refused_in_one_line(tmp_path: Path) -> None:
    with city(tmp_path) as registry:
        with pytest.raises(
            InputError, match=r"no column holds an address.*the table has 'a', 'b'"
        ):
            run(registry, register(tmp_path, ("a,b", "1,2")))
        with pytest.raises(SourceDataError, match="holds no row"):
            run(registry, register(tmp_path, ("id,address",)))
        with pytest.raises(
            SourceDataError, match="no column 'ADDR'; the table has 'id', 'address'"
        ):
            run(registry, register(tmp_path, PLATES), mapping=mapped(columns={"text": "ADDR"}))
        mapping = mapped(profile="mars", columns={"text": "address"})
        with pytest.raises(NotFoundError, match="profile 'mars' is unknown"):
            run(registry, register(tmp_path, PLATES), mapping=mapping)
        nothing = ("id,address", "1,浙江省", "2,杭州市")
        with pytest.raises(SourceDataError, match="no usable row among 2; 2 of them: text: names"):
            run(registry, register(tmp_path, nothing))
        swapped = mapped(columns={"text": "address", "lon": "address", "lat": "lat"})
        with pytest.raises(SourceDataError, match="no usable row among 3; 3 of them: address"):
            run(registry, register(tmp_path, PLATES), mapping=swapped)


def test_metres_need_their_crs_which_the_user_may_say(tmp_path: Path) -> None:
    path = register(tmp_path, ("地址,X,Y", "臺北市中正區博愛路5號,302100,2770500"))
    with city(tmp_path) as registry:
        with pytest.raises(SourceDataError, match=r"outside the area.*; name the CRS of coord"):
            run(registry, path)
        report = run(registry, path, crs="EPSG:3826")
        assert (report.new, report.without_place) == (1, 0)
        assert 'crs = "EPSG:3826"' in report.mapping
        (door,) = walk(registry, Query())
        assert door.lon_lat == pytest.approx((121.51, 25.04), abs=0.02)
        clients = mapped(columns={"text": "地址"}, coordinates={"coordsys": "gcj02"})
        with pytest.raises(InputError, match="crs EPSG:3826: the mapping says coordsys gcj02"):
            run(registry, path, mapping=clients, crs="EPSG:3826")


def test_a_register_without_places_is_told(tmp_path: Path) -> None:
    with city(tmp_path) as registry:
        report = run(registry, register(tmp_path, ("id,address", "1,杭州市西湖区文三路259号")))
    assert report.without_place == 1
    assert any("no row has a place" in note for note in report.notes)
