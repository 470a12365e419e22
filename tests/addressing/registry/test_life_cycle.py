"""The life of addresses and elements: every change keeps code, old name and history."""

import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypedDict

import numpy as np
import pyogrio
import pytest

from addressing.model import Link, Place, StandardAddress, Status
from addressing.registry.search import Query
from addressing.registry.store import Registry
from addressing.registry.values import (
    Change,
    Decision,
    DuplicateError,
    FieldError,
    NewAddress,
    Piece,
    StaleError,
)
from cim.errors import ConfigError, ConflictError, NotFoundError
from cim.own_tables import OwnTables, point_blobs
from tests.addressing.registry.making import address, put


class By(TypedDict):
    """Who changes something, and why."""

    who: str
    why: str


BY: By = {"who": "李雷", "why": "道路更名批复 12 号"}
DAYS = [date(2024, 1, 1) + timedelta(days=30 * n) for n in range(10)]
CITY = "浙江省杭州市"


def element(made: StandardAddress, kind: str) -> str:
    """Code of an element of an address."""
    return next(one.code for one in made.elements if one.kind == kind)


def on(registry: Registry, code: str, day: date) -> str:
    """The text of an address on a day."""
    return registry.text(code, day)


def found(registry: Registry, text: str) -> list[str]:
    """Codes of the addresses that a text finds."""
    return [row.code for row in registry.search(Query(text=text)).rows]


def test_a_corrected_address_keeps_its_code_and_what_it_was(registry: Registry) -> None:
    made = put(registry, "西湖区文三路259号", day=DAYS[0])
    parts = address("西湖区文三路261号").parts
    moved = Place(120.2, 30.3, 12.5, 2, "BLDG")
    new = registry.correct(made.code, Change(parts, place=moved), **BY, day=DAYS[1])
    assert (new.code, new.place) == (made.code, moved)
    assert on(registry, made.code, DAYS[0]) == f"{CITY}西湖区文三路259号"
    assert on(registry, made.code, DAYS[1]) == f"{CITY}西湖区文三路261号"
    assert registry.as_of(made.code, DAYS[0]).place == made.place
    last = registry.events(made.code)[-1]
    assert (last.action, last.who, last.why, last.day) == ("corrected", *BY.values(), DAYS[1])
    assert registry.find(f"{CITY}西湖区文三路259号") is None


def test_a_correction_without_a_difference_is_no_event(registry: Registry) -> None:
    made = put(registry, "西湖区文三路259号")
    registry.correct(made.code, Change(address("西湖区文三路259号").parts), **BY)
    assert len(registry.events(made.code)) == 1


def test_a_change_of_another_version_is_refused(registry: Registry) -> None:
    made = put(registry, "西湖区文三路259号")
    registry.correct(made.code, Change(place=Place(120.0, 30.0)), **BY, version=1)
    with pytest.raises(StaleError, match="version 2, not 1"):
        registry.correct(made.code, Change(place=Place(120.1, 30.0)), **BY, version=1)


def test_a_correction_to_the_text_of_another_is_refused(registry: Registry) -> None:
    first = put(registry, "西湖区文三路1号")
    second = put(registry, "西湖区文三路3号")
    with pytest.raises(DuplicateError, match=first.code):
        registry.correct(second.code, Change(address("西湖区文三路1号").parts), **BY)
    assert registry.text(second.code) == f"{CITY}西湖区文三路3号"


def test_a_day_before_the_last_change_is_refused(registry: Registry) -> None:
    made = put(registry, "西湖区文三路1号", day=DAYS[1])
    with pytest.raises(FieldError, match=str(DAYS[1])) as caught:
        registry.retire(made.code, **BY, day=DAYS[0])
    assert caught.value.field == "day"


def test_a_retired_address_answers_for_ever_and_frees_its_text(registry: Registry) -> None:
    made = put(registry, "西湖区文三路1号", day=DAYS[0])
    registry.retire(made.code, **BY, day=DAYS[1])
    assert registry.read(made.code).status is Status.RETIRED
    assert registry.as_of(made.code, DAYS[0]).status is Status.VALID
    assert registry.find(f"{CITY}西湖区文三路1号") is None
    again = put(registry, "西湖区文三路1号")
    assert again.code != made.code
    with pytest.raises(ConflictError, match=f"retired since {DAYS[1]}"):
        registry.correct(made.code, Change(place=Place(1.0, 1.0)), **BY)
    with pytest.raises(NotFoundError, match=str(DAYS[0])):
        registry.as_of(made.code, DAYS[0] - timedelta(days=1))


def test_a_replaced_address_names_what_replaced_it(registry: Registry) -> None:
    made = put(registry, "西湖区文三路1号")
    other = put(registry, "西湖区文三路5号")
    new: list[NewAddress | str] = [address("西湖区文三路1号甲"), other.code]
    codes = tuple(one.code for one in registry.replace(made.code, new, **BY))
    assert registry.successors(made.code) == codes
    assert registry.read(made.code).lineage[-1].others == codes
    assert registry.read(codes[0]).lineage[0].others == (made.code,)
    with pytest.raises(ConflictError, match=codes[0]):
        registry.retire(made.code, **BY)
    registry.replace(codes[0], [other.code], **BY)
    assert registry.successors(made.code) == (other.code,)


def test_a_replacement_by_itself_or_by_a_retired_one_is_refused(registry: Registry) -> None:
    made, gone = put(registry, "西湖区文三路1号"), put(registry, "西湖区文三路3号")
    registry.retire(gone.code, **BY)
    with pytest.raises(FieldError, match="successors"):
        registry.replace(made.code, [made.code], **BY)
    with pytest.raises(ConflictError, match="retired"):
        registry.replace(made.code, [gone.code], **BY)
    assert registry.read(made.code).status is Status.VALID


def test_a_renamed_road_writes_its_addresses_anew(registry: Registry) -> None:
    made = [put(registry, f"西湖区文三路{n}号", day=DAYS[0]) for n in (1, 3, 5)]
    road = element(made[0], "road")
    registry.retire(made[2].code, **BY, day=DAYS[1])
    done = registry.rename(road, "文三大道", **BY, day=DAYS[2])
    assert (done.codes, done.addresses, done.queued) == ((road,), 2, 0)
    assert registry.text(made[0].code) == f"{CITY}西湖区文三大道1号"
    assert registry.find(f"{CITY}西湖区文三大道3号") == made[1].code
    assert on(registry, made[0].code, DAYS[1]) == f"{CITY}西湖区文三路1号"
    assert registry.text(made[2].code) == f"{CITY}西湖区文三路5号"
    now = registry.read(made[0].code)
    assert element(now, "road") == road
    assert [alias.name for one in now.elements for alias in one.aliases] == ["文三路"]
    assert [event.action for event in registry.events(made[0].code)] == ["created", "renamed"]
    assert registry.read(made[2].code).elements[3].name == "文三路"


def test_old_names_stay_findable(registry: Registry) -> None:
    made = put(registry, "西湖区文三路1号")
    registry.rename(element(made, "road"), "文三大道", **BY)
    assert found(registry, "文三路1号") == found(registry, "文三大道1号") == [made.code]
    with pytest.raises(DuplicateError, match=made.code):
        put(registry, "西湖区文三路1号")


def test_a_name_that_another_road_has_is_refused(registry: Registry) -> None:
    made, other = put(registry, "西湖区文三路1号"), put(registry, "西湖区文二路1号")
    with pytest.raises(ConflictError, match=element(other, "road")):
        registry.rename(element(made, "road"), "文二路", **BY)
    assert registry.text(made.code) == f"{CITY}西湖区文三路1号"


@pytest.mark.parametrize("name", ["", "文三路", "\x07", "路" * 200])
def test_an_illegal_name_is_refused(registry: Registry, name: str) -> None:
    made = put(registry, "西湖区文三路1号")
    with pytest.raises(FieldError):
        registry.rename(element(made, "road"), name, **BY)


def test_a_merged_district_keeps_codes_and_old_addresses_findable(registry: Registry) -> None:
    old = put(registry, "滨江区西兴街道江南大道1号", "330108001", day=DAYS[0])
    kept = put(registry, "萧山区城厢街道江南大道1号", "330109001", day=DAYS[0])
    done = registry.merge(["330108"], "330109", **BY, day=DAYS[1])
    assert done.codes == ("330109",)
    assert registry.text(old.code) == f"{CITY}萧山区西兴街道江南大道1号"
    assert on(registry, old.code, DAYS[0]) == f"{CITY}滨江区西兴街道江南大道1号"
    assert registry.read(old.code).elements[-2] == registry.read(kept.code).elements[-2]
    assert old.code in found(registry, "滨江区江南大道1号")
    again = put(registry, "滨江区西兴街道江南大道3号", "330108")
    assert registry.text(again.code) == f"{CITY}萧山区西兴街道江南大道3号"
    assert old.code.startswith("330108")


def test_addresses_that_a_merger_makes_equal_wait_in_the_queue(registry: Registry) -> None:
    first = put(registry, "滨江区江南大道1号", "330108", day=DAYS[0])
    second = put(registry, "萧山区江南大道1号", "330109", day=DAYS[0])
    done = registry.merge(["330108"], "330109", **BY, day=DAYS[1])
    assert done.queued == 1
    case = registry.collisions()[0]
    assert {case.code, case.winner} == {first.code, second.code}
    assert registry.read(case.code).status is Status.DRAFT
    assert registry.as_of(case.code, DAYS[0]).status is Status.VALID


def test_districts_with_towns_of_one_name_are_not_merged(registry: Registry) -> None:
    for code, name in (("330108", "滨江区"), ("330109", "萧山区")):
        put(registry, f"{name}新镇江南大道1号", code)
    with pytest.raises(ConflictError, match="新镇"):
        registry.merge(["330108"], "330109", **BY)
    assert registry.elements("330108").validity.end is None


def test_a_split_district_hands_its_parts_on(registry: Registry) -> None:
    west = put(registry, "西湖区北山街道文三路1号", "330106002", day=DAYS[0])
    east = put(registry, "西湖区西溪街道文三路2号", "330106003", day=DAYS[0])
    street = put(registry, "西湖区西溪街道文三路4号", "330106003", day=DAYS[0])
    bare = put(registry, "西湖区文三路9号", day=DAYS[0])
    town = next(one.code for one in west.elements if one.kind == "township")
    pieces = [Piece("北山区", "330171", (town,)), Piece("西湖区", "330172")]
    done = registry.split("330106", pieces, **BY, day=DAYS[1])
    assert done.codes == ("330171", "330172")
    assert registry.text(west.code) == f"{CITY}北山区北山街道文三路1号"
    assert registry.text(east.code) == f"{CITY}西湖区西溪街道文三路2号"
    assert registry.text(bare.code) == f"{CITY}西湖区文三路9号"
    assert on(registry, west.code, DAYS[0]) == f"{CITY}西湖区北山街道文三路1号"
    roads = [element(registry.read(one.code), "road") for one in (west, east, street, bare)]
    assert len(set(roads)) == 2
    assert roads[1] == roads[2] == roads[3]
    with pytest.raises(FieldError, match=r"split|no more"):
        put(registry, "西湖区文三路11号", "330106")


def test_a_split_that_leaves_something_over_is_refused(registry: Registry) -> None:
    put(registry, "西湖区北山街道文三路1号", "330106002")
    pieces = [Piece("甲区", "330171", ("330106003",)), Piece("乙区", "330172", ("330106004",))]
    with pytest.raises(ConflictError, match="330106002"):
        registry.split("330106", pieces, **BY)
    with pytest.raises(FieldError, match="pieces"):
        registry.split("330106", pieces[:1], **BY)
    assert registry.elements("330106").validity.end is None


def test_entities_are_linked_with_roles(registry: Registry) -> None:
    made = put(registry, "西湖区文三路1号")
    links = (Link("BLDG1", "main"), Link("BLDG2", "auxiliary"))
    assert registry.correct(made.code, Change(links=links), **BY).links == links
    assert [row.code for row in registry.search(Query(entity="BLDG2")).rows] == [made.code]
    registry.correct(made.code, Change(links=()), **BY)
    detail = registry.events(made.code)[-1].detail["fields"]["links"]
    assert detail == [[["BLDG1", "main"], ["BLDG2", "auxiliary"]], []]


def twice(registry: Registry) -> tuple[str, str, int]:
    """A valid address, a draft with its text that waits, and the case."""
    winner = put(registry, "西湖区文三路1号", day=DAYS[0])
    draft = registry.create(address("西湖区文三路1号", status=Status.DRAFT), **BY, day=DAYS[0])
    case = registry.queue(draft.code, **BY)
    return winner.code, draft.code, case.id


def test_a_case_of_the_same_door_ends_the_draft(registry: Registry) -> None:
    winner, draft, case = twice(registry)
    assert registry.resolve(case, Decision("same"), **BY).outcome == "same"
    assert registry.successors(draft) == (winner,)
    assert registry.collisions() == ()
    assert [one.id for one in registry.collisions(every=True)] == [case]
    with pytest.raises(ConflictError, match="李雷: same"):
        registry.resolve(case, Decision("same"), **BY)
    with pytest.raises(NotFoundError, match="99"):
        registry.resolve(99, Decision("same"), **BY)


def test_a_case_of_different_doors_asks_for_what_differs(registry: Registry) -> None:
    winner, draft, case = twice(registry)
    with pytest.raises(DuplicateError, match=winner):
        registry.resolve(case, Decision("different"), **BY)
    parts = address("西湖区文三路1号甲").parts
    registry.resolve(case, Decision("different", parts), **BY)
    assert registry.read(draft).status is Status.VALID
    assert registry.collisions() == ()


def test_a_merged_case_gives_the_winner_what_only_the_draft_knew(registry: Registry) -> None:
    winner, draft, case = twice(registry)
    link = Link("BLDG1", "main")
    change = Change(place=Place(120.5, 30.5, 7.0, 1, "BLDG1"), links=(link,))
    registry.correct(draft, change, **BY)
    registry.resolve(case, Decision("merge"), **BY)
    assert registry.read(winner).place == Place(120.13, 30.27, 7.0, 1, "BLDG1")
    assert registry.read(winner).links == (link,)
    assert registry.read(draft).status is Status.RETIRED


def test_a_split_case_gives_both_new_elements(registry: Registry) -> None:
    winner, draft, case = twice(registry)
    with pytest.raises(FieldError, match="both"):
        registry.resolve(case, Decision("split"), **BY)
    first, second = (address(f"西湖区文三路1号{one}").parts for one in "甲乙")
    registry.resolve(case, Decision("split", first, second), **BY)
    assert registry.text(winner).endswith("1号乙")
    assert registry.text(draft).endswith("1号甲")


def test_a_door_moved_in_a_gis_is_an_event(registry: Registry, city: Path) -> None:
    made = put(registry, "西湖区文三路1号", day=DAYS[0])
    tables = OwnTables(city)
    with tables.writing() as connection:
        blob = point_blobs(np.array([[120.5, 30.5]]), 4490)[0]
        connection.execute("UPDATE addresses SET geom = ?", (blob,))
    tables.close()
    place = registry.read(made.code).place
    assert place is not None
    assert (place.lon, place.lat) == (120.5, 30.5)
    assert registry.events(made.code)[-1].who == "another program"
    with tables.writing() as connection:
        (code,) = connection.execute("SELECT beidou_code FROM addresses").fetchone()
    assert code is None
    tables.close()
    assert registry.as_of(made.code, DAYS[0]).place == made.place


def test_a_failed_change_leaves_nothing(registry: Registry) -> None:
    made = put(registry, "西湖区文三路1号")
    attempts: list[Callable[[], object]] = [
        lambda: registry.replace(made.code, [address("西湖区翠苑街道"), "x"], **BY),
        lambda: registry.merge([element(made, "road")], "330106", **BY),
        lambda: registry.split(element(made, "road"), [Piece("甲路"), Piece("乙路")], **BY),
    ]
    for attempt in attempts:
        with pytest.raises((FieldError, ConflictError, ValueError)):
            attempt()
    assert registry.read(made.code) == made
    assert len(registry.events(made.code)) == 1


def other_version(city: Path) -> None:
    """Let the keys be of another version of the canonical form."""
    tables = OwnTables(city)
    with tables.writing() as connection:
        connection.execute("UPDATE cim_setting SET value = 0 WHERE name = 'address_canonical'")
        connection.execute("UPDATE cim_address_element SET value = '旧写法' WHERE name = '文三路'")
        connection.execute("UPDATE addresses SET canonical_key = fid, version = version + 1")
    tables.close()


def test_keys_of_another_version_are_refused_until_they_are_written_anew(
    registry: Registry, city: Path
) -> None:
    made = put(registry, "西湖区文三路1号")
    other_version(city)
    with pytest.raises(ConfigError, match=r"version 0 .*cim address rekey"):
        put(registry, "西湖区文三路3号")
    done = registry.rekey(**BY)
    assert (done.elements, done.addresses, done.queued, done.clashing) == (1, 1, 0, ())
    assert registry.find(f"{CITY}西湖区文三路1号") == made.code
    with pytest.raises(DuplicateError, match=made.code):
        put(registry, "西湖区文三路1号")


def test_a_gis_reads_the_layer_and_is_refused_what_the_registry_does(
    registry: Registry, city: Path
) -> None:
    made = put(registry, "西湖区文三路1号")
    frame = pyogrio.raw.read(city, layer="addresses", columns=["address_code", "text"])
    assert frame[3][0].tolist() == [made.code]
    for statement, refused in (
        ("UPDATE addresses SET geom = geom", ""),
        ("UPDATE addresses SET text = 'x'", "written from elements"),
        ("DELETE FROM addresses", "never deleted"),
    ):
        words = ["ogrinfo", "-q", str(city), "-sql", statement]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert refused in done.stderr
        assert refused or not done.stderr
    assert registry.text(made.code) == f"{CITY}西湖区文三路1号"


def test_a_history_begins_when_the_address_was_made(registry: Registry) -> None:
    first = put(registry, "西湖区文三路1号", day=DAYS[0])
    registry.rename(element(first, "road"), "文三大道", **BY, day=DAYS[1])
    later = put(registry, "西湖区文三大道3号", day=DAYS[1])
    early = put(registry, "西湖区文三大道5号", day=DAYS[0])
    actions = [
        [one.action for one in registry.events(made.code)] for made in (first, later, early)
    ]
    assert actions == [["created", "renamed"], ["created"], ["created", "renamed"]]
