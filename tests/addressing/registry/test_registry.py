"""The registry: addresses made, read, found, enrolled."""

import sqlite3
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from addressing.code import make_code, make_codes
from addressing.format import canonical
from addressing.model import Status
from addressing.registry.search import Query
from addressing.registry.store import Registry
from addressing.registry.values import Columns, DuplicateError, FieldError, NewAddress, Part
from cim.codes.base import CodeError
from cim.errors import InputError, NotFoundError
from cim.own_tables import OwnTables
from cim.store.gpkg import GpkgStore
from tests.addressing.registry.making import address, put

DOOR_259 = "浙江省杭州市西湖区文三路259号"


def test_an_address_is_read_as_it_was_made(registry: Registry) -> None:
    made = put(registry, "西湖区文三路259号3幢2单元501室")
    assert registry.read(made.code) == made
    assert registry.text(made.code) == f"{DOOR_259}3栋2单元501室"
    assert [one.kind for one in made.elements][:4] == ["province", "city", "county", "road"]
    assert made.status is Status.VALID
    assert [event.action for event in registry.events(made.code)] == ["created"]


def test_codes_begin_with_the_county_and_count_on(registry: Registry) -> None:
    codes = [put(registry, f"西湖区文三路{number}号").code for number in (1, 3, 5)]
    assert codes == [make_code("330106", number) for number in (1, 2, 3)]


def test_many_codes_are_those_made_one_by_one() -> None:
    assert make_codes("330106", 98, 30) == [make_code("330106", 98 + n) for n in range(30)]


def test_a_text_that_a_valid_address_has_is_refused_with_the_winner(registry: Registry) -> None:
    first = put(registry, "西湖区文三路259号3幢")
    with pytest.raises(DuplicateError, match=first.code) as caught:
        put(registry, "杭州市西湖区文三路２５９号三号楼")
    assert caught.value.winner == first.code


def test_a_draft_may_share_the_text_of_a_valid_address(registry: Registry) -> None:
    put(registry, "西湖区文三路259号")
    draft = address("西湖区文三路259号", status=Status.DRAFT)
    assert registry.create(draft, who="a", why="b").status is Status.DRAFT


def test_two_texts_with_one_key_are_two_addresses(city: Path) -> None:
    registry = Registry(city, key=lambda _text: 7)
    codes = [put(registry, f"西湖区文三路{number}号").code for number in (1, 3)]
    with pytest.raises(DuplicateError, match=codes[1]):
        put(registry, "西湖区文三路3号")
    assert registry.find(f"{DOOR_259[:-4]}3号") == codes[1]
    assert registry.find(DOOR_259) is None
    registry.close()


def test_an_address_is_found_by_its_canonical_text(registry: Registry) -> None:
    made = put(registry, "西湖区文三路259号")
    assert registry.find(DOOR_259) == made.code


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("3301060000000011", "character 16"),
        ("33010600000001", "16"),
        ("330106000000001X", "X"),
        ("3301060000000026", "does not exist"),
    ],
)
def test_a_wrong_code_is_told_with_its_digit(registry: Registry, code: str, said: str) -> None:
    put(registry, "西湖区文三路259号")
    with pytest.raises((CodeError, NotFoundError), match=said):
        registry.read(code)


def test_elements_that_contradict_the_division_are_refused(registry: Registry) -> None:
    with pytest.raises(FieldError, match=r"county.*上城区.*西湖区") as caught:
        put(registry, "上城区文三路259号", "330106")
    assert caught.value.field == "county"


def test_divisions_alone_are_no_address(registry: Registry) -> None:
    with pytest.raises(FieldError, match="only divisions"):
        put(registry, "浙江省杭州市西湖区")


def test_an_address_without_a_division_is_refused(registry: Registry) -> None:
    with pytest.raises(FieldError, match="division"):
        put(registry, "文三路259号", "")


def test_two_streets_in_one_address_are_refused(registry: Registry) -> None:
    parts = (Part("road", "文三路"), Part("road", "学院路"), Part("number", "1"))
    with pytest.raises(FieldError, match=r"road.*文三路.*学院路"):
        registry.create(NewAddress(parts, division="330106"), who="a", why="b")


def test_who_why_and_day_are_asked_for(registry: Registry) -> None:
    for who, why, day, field in (
        ("", "b", None, "who"),
        ("a", " ", None, "why"),
        ("a", "b", date(2999, 1, 1), "day"),
    ):
        with pytest.raises(FieldError) as caught:
            registry.create(address("西湖区文三路259号"), who=who, why=why, day=day)
        assert caught.value.field == field


def test_a_city_writes_its_own_script(registry: Registry) -> None:
    text = "臺南市東區東光里7鄰東安路123巷5弄3號二樓之1"
    made = put(registry, text, "71/台南市/东区")
    assert registry.text(made.code) == text
    assert made.code.startswith("710000")


def test_addresses_are_a_layer_like_any_other(registry: Registry, city: Path) -> None:
    made = put(registry, "西湖区文三路259号")
    store = GpkgStore(city)
    layer = store.layer("addresses")
    assert (layer.class_code, layer.geometry_type, layer.item_count) == ("ADDR", "POINT", 1)
    assert layer.bounds == (120.13, 30.27, 120.13, 30.27)
    row = next(store.read("addresses")).attributes.to_pylist()[0]
    assert (row["address_code"], row["text"], row["number"]) == (made.code, DOOR_259, "259")
    store.close()


def test_other_programs_cannot_make_delete_or_retype_addresses(
    registry: Registry, city: Path
) -> None:
    put(registry, "西湖区文三路259号")
    with OwnTables(city).writing() as connection:
        for statement, said in (
            ("INSERT INTO addresses (geom) VALUES (NULL)", "made by the registry"),
            ("DELETE FROM addresses", "never deleted"),
            ("UPDATE addresses SET text = 'x'", "written from elements"),
            ("UPDATE addresses SET status = 'retired'", "written from elements"),
            ("UPDATE addresses SET number = '1'", "written from elements"),
            ("UPDATE addresses SET address_code = '1', version = 2", "permanent"),
        ):
            with pytest.raises(sqlite3.IntegrityError, match=said):
                connection.execute(statement)


def columns(numbers: list[str | None], **more: object) -> Columns:
    """Doors of one street."""
    count = len(numbers)
    return Columns(
        {"road": ["文三路"] * count, "number": numbers},
        codes=["330106"] * count,
        **more,  # type: ignore[arg-type]
    )


def enrol(registry: Registry, given: Columns) -> tuple[object, ...]:
    """Codes and counts of an enrolment."""
    done = registry.enrol(given, source="门牌", who="李雷", why="导入")
    return done.codes, done.added, done.updated, done.unchanged, done.queued


def test_rows_are_enrolled_and_enrolled_again(registry: Registry) -> None:
    doors = np.array([[120.1, 30.2], [np.nan, np.nan]])
    given = columns(["1", "3"], source_ids=["a", "b"], lon_lat=doors)
    codes = (make_code("330106", 1), make_code("330106", 2))
    assert enrol(registry, given) == (codes, 2, 0, 0, ())
    assert enrol(registry, given) == (codes, 0, 0, 2, ())
    given = columns(["1", "5"], source_ids=["a", "b"], lon_lat=doors)
    assert enrol(registry, given) == (codes, 0, 1, 1, ())
    assert registry.text(codes[1]) == "浙江省杭州市西湖区文三路5号"
    assert [one.action for one in registry.events(codes[1])] == ["created", "corrected"]
    assert registry.read(codes[0]).place is not None
    assert registry.read(codes[1]).place is None


def test_rows_with_a_text_that_is_there_wait_in_the_queue(registry: Registry) -> None:
    winner = put(registry, "西湖区文三路1号")
    codes, added, _, _, queued = enrol(registry, columns(["1", "3", "3"]))
    assert (added, queued) == (3, (0, 2))
    assert isinstance(codes, tuple)
    assert [registry.read(code).status.value for code in codes] == ["draft", "valid", "draft"]
    cases = registry.collisions()
    assert [(case.code, case.winner) for case in cases] == [
        (codes[0], winner.code),
        (codes[2], codes[1]),
    ]
    assert cases[0].evidence["winner_text"] == "浙江省杭州市西湖区文三路1号"


def test_rows_that_are_no_addresses_are_refused_with_their_field(registry: Registry) -> None:
    doors = np.array([[120.1, 30.2], [220.0, 30.2], [120.1, np.nan]])
    given = Columns(
        {"county": ["西湖区", "西湖区", "西湖区"], "number": ["1", "3", "5"]},
        lon_lat=doors,
        codes=["330106"] * 3,
    )
    done = registry.enrol(given, source="s", who="a", why="b")
    assert done.added == 1
    assert [(one.row, one.field) for one in done.refused] == [(1, "place"), (2, "place")]
    done = registry.enrol(
        Columns({"county": ["无何有县", None], "number": ["1", "2"]}), source="s", who="a", why="b"
    )
    assert [one.field for one in done.refused] == ["division", "division"]
    assert done.codes == ("", "")


def test_enrolled_texts_are_those_of_single_addresses(registry: Registry) -> None:
    texts = ["西湖区文三路259号3栋2单元501室", "西湖区北山街道恒大小区7栋地下室"]
    for text in texts:
        made = put(registry, text)
        found = {one.kind: (one.value, one.name) for one in made.elements}
        other = Columns(
            {kind: [value] for kind, (value, _) in found.items()},
            {kind: [name] for kind, (_, name) in found.items()},
        )
        done = registry.enrol(other, source="s", who="a", why="b")
        assert done.queued == (0,)
        assert registry.text(done.codes[0]) == registry.text(made.code)


def test_addresses_are_found_by_text_prefix_element_place_and_status(registry: Registry) -> None:
    made = [put(registry, f"西湖区文三路{number}号").code for number in (1, 3, 5)]
    other = put(registry, "西湖区北山街道学院路3号").code

    def found(**query: object) -> list[str]:
        return [row.code for row in registry.search(Query(**query)).rows]  # type: ignore[arg-type]

    assert found(text="文三路") == made
    assert found(text="文三路3号") == [made[1]]
    assert found(prefix="浙江省杭州市西湖区文三") == made
    assert found(prefix="浙江省杭州市西湖区文三路3") == [made[1]]
    assert found(prefix="浙江省杭州") == [*made, other]
    assert found(prefix="浙江省宁波") == []
    assert found(element="330106002") == found(text="学院路") == [other]
    assert found(element="3301") == [*made, other]
    assert found(bounds=(120.0, 30.0, 121.0, 31.0)) == [*made, other]
    assert found(bounds=(121.0, 30.0, 122.0, 31.0)) == []
    assert found(status=Status.DRAFT) == []
    page = registry.search(Query(limit=3))
    assert [row.code for row in page.rows] == made
    assert [row.code for row in registry.search(Query(limit=3, after=page.next)).rows] == [other]


def test_an_illegal_query_is_refused(registry: Registry) -> None:
    put(registry, "西湖区文三路1号")
    for query, field in (
        (Query(limit=0), "limit"),
        (Query(bounds=(2.0, 0.0, 1.0, 1.0)), "bbox"),
        (Query(text="😀"), "text"),
    ):
        with pytest.raises(FieldError) as caught:
            registry.search(query)
        assert caught.value.field == field
    with pytest.raises(NotFoundError, match="330199"):
        registry.search(Query(element="330199"))


def test_a_text_that_is_not_read_as_a_whole_makes_no_address() -> None:
    with pytest.raises(InputError, match="text"):
        address("")


def test_doors_get_grid_codes_made_or_enrolled(city: Path, registry: Registry) -> None:
    put(registry, "西湖区文三路259号")
    registry.enrol(
        Columns({"road": ["文三路"] * 2, "number": ["1", "2"]}, codes=["330106"] * 2,
                lon_lat=np.array([[120.13, 30.27], [np.nan, np.nan]])),
        source="r", who="李雷", why="普查",
    )  # fmt: skip
    with sqlite3.connect(city) as store:
        rows = store.execute("SELECT beidou_code, geosot_code, h3_code FROM addresses").fetchall()
    assert rows[0] == rows[1]
    assert [len(code) for code in rows[0]] == [20, 27, 15]
    assert rows[2] == (None, None, None)


def test_doors_of_many_enrolments_are_found_by_place(registry: Registry, city: Path) -> None:
    for first, count in ((0, 3), (3, 5), (8, 200), (208, 20)):
        numbers = [str(first + n) for n in range(count)]
        doors = np.array([[120 + float(number) / 1000, 30.0] for number in numbers])
        registry.enrol(columns(list(numbers), lon_lat=doors), source="s", who="a", why="b")
    for number in (0, 5, 100, 210):
        place = (119.9995 + number / 1000, 29.9, 120.0005 + number / 1000, 30.1)
        (row,) = registry.search(Query(bounds=place)).rows
        assert dict(row.facts.numbers) == {"number": str(number)}
    store = GpkgStore(city)
    layer = store.layer("addresses")
    assert (layer.item_count, layer.bounds) == (228, (120.0, 30.0, 120.227, 30.0))
    store.close()
    with OwnTables(city).writing() as connection:
        assert connection.execute("SELECT rtreecheck('rtree_addresses_geom')").fetchone() == (
            "ok",
        )


def test_a_number_of_an_estate_stands_behind_it_in_every_text(registry: Registry) -> None:
    made = put(registry, "杭州市西湖区古荡街道翠苑新村12号3单元501室")
    text = "翠苑新村12号3单元501室"
    assert registry.text(made.code).endswith(text)
    assert registry.find(canonical(made.elements)) == made.code
    assert canonical(made.elements).endswith(text)
