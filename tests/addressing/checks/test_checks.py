"""Each check finds what it is for, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from addressing.boundaries import Boundaries
from addressing.checking import check_names, load_checks, run_checks
from addressing.checks.base import ElementTable, Limits
from cim.errors import NotFoundError
from tests.addressing.checks.making import (
    ELEMENTS,
    TODAY,
    Door,
    box,
    buildings,
    evidence,
    found,
    street,
)

RULES = (
    "address_without_entity",
    "building_without_address",
    "duplicate_text",
    "missing_parent",
    "number_gaps",
    "number_jumps",
    "outside_division",
    "stale",
    "wrong_side",
)


def test_each_file_is_a_check() -> None:
    assert check_names() == RULES


def test_an_unknown_check_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="'nope'; known: address_without_entity"):
        load_checks(["nope"])


@pytest.mark.parametrize("name", RULES)
def test_no_address_no_finding(name: str) -> None:
    nobody = evidence([], buildings=buildings(), boundaries=Boundaries.of([("330106", box(0, 0))]))
    assert found(name, nobody) == {}


@pytest.mark.parametrize("name", RULES)
def test_an_orderly_street_has_no_findings(name: str) -> None:
    doors = street()
    seen = evidence(
        doors,
        odd_side="left",
        buildings=buildings(*((door.x or 0.0, door.y) for door in doors)),
        boundaries=Boundaries.of([("330106", box(0, 0, 1000))]),
    )
    assert found(name, seen) == {}


@pytest.mark.parametrize("name", RULES)
def test_titles_are_in_both_languages(name: str) -> None:
    (check,) = load_checks([name])
    assert set(check.title) == {"zh", "en"}
    assert check.name == name


def test_a_check_without_its_evidence_says_what_it_lacks() -> None:
    outcomes = {one.check.name: one for one in run_checks(load_checks(), evidence(street()))}
    assert outcomes["outside_division"].findings is None
    assert "addresses.boundaries" in outcomes["outside_division"].absent
    assert "BLDG" in outcomes["building_without_address"].absent


# -- sides ----------------------------------------------------------------------------------------


def _swapped(doors: list[Door], number: int) -> list[Door]:
    """The doors with one on the other side."""
    return [replace(door, y=-door.y) if door.number == number else door for door in doors]


@pytest.mark.parametrize("odd_left", [True, False])
def test_a_door_across_the_street_is_on_the_wrong_side(*, odd_left: bool) -> None:
    seen = found("wrong_side", evidence(_swapped(street(odd_left=odd_left), 14)))
    assert list(seen) == [13]
    assert seen[13]["odd_side"] == ("left" if odd_left else "right")
    assert seen[13]["beyond_m"] == pytest.approx(6, abs=1)


def test_a_street_around_a_corner_keeps_its_sides() -> None:
    doors = street(40)
    turned = [
        door if (door.x or 0) < 100 else replace(door, x=100 - door.y, y=(door.x or 0) - 100)
        for door in doors
    ]
    assert found("wrong_side", evidence(turned)) == {}


def test_a_street_against_the_citys_rule_is_one_finding() -> None:
    seen = found("wrong_side", evidence(street(odd_left=True), odd_side="right"))
    assert seen == {0: {"street": "reversed", "odd_side": "left"}}


def test_a_street_without_sides_is_not_asked() -> None:
    row = [Door(number, 10.0 * number, 0.3 * (number % 3)) for number in range(1, 40)]
    assert found("wrong_side", evidence(row)) == {}


# -- numbers --------------------------------------------------------------------------------------


def test_missing_numbers_on_one_side_are_a_gap() -> None:
    doors = [door for door in street(80) if not (door.number % 2 and 21 <= door.number <= 69)]
    seen = found("number_gaps", evidence(doors))
    assert [(doors[row].number, detail) for row, detail in seen.items()] == [
        (71, {"after": 19, "missing": 25})
    ]


def test_the_least_gap_can_be_chosen() -> None:
    doors = [door for door in street() if door.number != 11]
    assert found("number_gaps", evidence(doors)) == {}
    assert len(found("number_gaps", evidence(doors, limits=Limits(gap=1)))) == 1


def test_a_door_far_from_its_neighbour_is_a_jump_there_and_back() -> None:
    doors = [replace(door, y=900.0) if door.number == 12 else door for door in street()]
    seen = found("number_jumps", evidence(doors))
    assert [doors[row].number for row in seen] == [12, 14]
    assert seen[11]["after"] == 10
    assert seen[11]["distance_m"] == pytest.approx(906, abs=2)


def test_a_country_road_with_wide_spaces_has_no_jumps() -> None:
    doors = [replace(door, x=80 * (door.x or 0)) for door in street()]
    assert found("number_jumps", evidence(doors)) == {}


def test_sub_numbers_drafts_and_doors_without_place_do_not_count_as_doors_of_the_street() -> None:
    odd = [
        Door(500, 9000, alone=False),
        Door(502, 9000, draft=True),
        Door(504, None),
    ]
    for name in ("number_gaps", "number_jumps", "wrong_side"):
        assert found(name, evidence([*street(), *odd])) == {}


# -- texts, elements, time ------------------------------------------------------------------------


def test_a_draft_with_the_text_of_a_valid_address_names_that_one() -> None:
    doors = [Door(text="a", draft=True), Door(text="b"), Door(text="a"), Door(text="a")]
    assert found("duplicate_text", evidence(doors)) == {0: {"same_as": "C2"}, 3: {"same_as": "C2"}}


def test_two_texts_with_one_key_are_not_the_same() -> None:
    seen = evidence([Door(text="a"), Door(text="b")])
    keys, turns = np.zeros(2, np.int64), np.arange(2)
    clash = replace(seen, addresses=replace(seen.addresses, keys=keys, turns=turns))
    assert found("duplicate_text", clash) == {}


def _elements(*, valid: tuple[bool, bool] = (True, True), parent: int = 1) -> ElementTable:
    return replace(ELEMENTS, valid=np.array(valid), parents=np.array([0, parent]))


def test_an_address_on_a_retired_street_lacks_its_parent() -> None:
    seen = found("missing_parent", evidence([Door()], elements=_elements(valid=(True, False))))
    assert seen == {0: {"element": "road", "code": "R2", "name": "文三路", "reason": "retired"}}


def test_a_street_in_a_retired_county_is_named_by_the_county() -> None:
    broken = _elements(valid=(False, True))
    seen = found("missing_parent", evidence([Door(division=2)], elements=broken))
    assert (seen[0]["element"], seen[0]["reason"]) == ("county", "retired")


def test_a_street_whose_parent_is_not_there_lies_in_nothing() -> None:
    seen = found("missing_parent", evidence([Door()], elements=_elements(parent=77)))
    assert (seen[0]["code"], seen[0]["reason"]) == ("R2", "lies in nothing")


def test_an_id_of_no_element_is_missing() -> None:
    assert found("missing_parent", evidence([Door(road=99)])) == {
        0: {"element": "road", "reason": "missing"}
    }


def test_a_room_in_no_building_lacks_its_parent() -> None:
    doors = [Door(kinds=("room",)), Door(kinds=("number", "room")), Door(kinds=("unit", "room"))]
    seen = found("missing_parent", evidence(doors))
    assert seen == {
        0: {"element": "room", "reason": "no building"},
        2: {"element": "unit", "reason": "no building"},
    }


def test_an_address_untouched_for_five_years_is_stale() -> None:
    doors = [Door(touched=TODAY - timedelta(days=days)) for days in (1825, 1826)]
    assert found("stale", evidence(doors)) == {1: {"reason": "not touched", "days": 1826}}


def test_an_address_of_a_retired_building_is_stale() -> None:
    seen = evidence([Door(linked=True, retired_link=True)])
    assert found("stale", seen) == {0: {"reason": "entity retired"}}


# -- places ---------------------------------------------------------------------------------------


def test_a_door_outside_its_division_names_both() -> None:
    areas = Boundaries.of([("330106", box(0, 0, 100)), ("330105", box(200, 0, 100))])
    doors = [Door(x=0), Door(x=200), Door(x=900), Door(x=None)]
    seen = found("outside_division", evidence(doors, boundaries=areas))
    assert seen == {
        1: {"told": "330106", "found": "330105"},
        2: {"told": "330106", "found": ""},
    }


def test_a_division_without_an_official_code_is_judged_by_the_one_it_lies_in() -> None:
    village = ElementTable(
        ids=np.array([1, 2]),
        codes=("330106", "330106E000001"),
        kinds=("county", "community"),
        names=("西湖区", "新村"),
        parents=np.array([0, 1]),
        valid=np.array([True, True]),
    )
    areas = Boundaries.of([("330106001001", box(0, 0, 100)), ("330105", box(200, 0, 100))])
    doors = [Door(x=0, division=2), Door(x=200, division=2)]
    seen = found("outside_division", evidence(doors, elements=village, boundaries=areas))
    assert seen == {1: {"told": "330106", "found": "330105"}}


def test_a_building_with_neither_link_nor_door_has_no_address() -> None:
    seen = evidence([Door(x=0)], buildings=buildings((0, 0), (100, 0), (200, 0)))
    assert seen.buildings is not None
    linked = replace(seen.buildings, linked=np.array([False, True, False]))
    assert found("building_without_address", replace(seen, buildings=linked)) == {
        2: {"entity": "B2"}
    }


@pytest.mark.parametrize(("gap_m", "count"), [(9.0, 0), (11.0, 1)])
def test_a_door_beside_the_wall_is_the_buildings(gap_m: float, count: int) -> None:
    seen = evidence([Door(x=5 + gap_m)], buildings=buildings((0, 0)))
    assert len(found("building_without_address", seen)) == count
    assert len(found("address_without_entity", seen)) == count


def test_an_address_belongs_to_an_entity_by_link_or_by_place() -> None:
    doors = [Door(x=0), Door(x=500, linked=True), Door(x=500), Door(x=None), Door(x=9, draft=True)]
    seen = found("address_without_entity", evidence(doors, buildings=buildings((0, 0))))
    assert seen == {2: {"reason": "no building near the door"}, 3: {"reason": "no door point"}}
