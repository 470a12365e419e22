"""Doors and the buildings they belong to."""

import numpy as np
import shapely

from addressing.assigning import Assignment, Doors, Footprints, assign

M = 1 / 111_320
"""A metre in degrees at the equator."""


def doors(*at: tuple[float, float], numbers: tuple[str, ...] = ()) -> Doors:
    """Doors at places in metres."""
    return Doors(
        tuple(f"{row:016d}" for row in range(len(at))),
        np.array(at) * M,
        numbers or ("",) * len(at),
        np.zeros(len(at), np.bool_),
    )


def houses(*boxes: tuple[float, float, float, float], numbers: tuple[str, ...] = ()) -> Footprints:
    """Houses of sides in metres."""
    shapes = np.array([shapely.box(*(side * M for side in box)) for box in boxes], object)
    return Footprints(
        tuple(f"E{row}" for row in range(len(boxes))), shapes, numbers or ("",) * len(boxes)
    )


def pairs(made: Assignment) -> list[tuple[int, int]]:
    return list(zip(made.doors.tolist(), made.footprints.tolist(), strict=True))


def test_a_door_belongs_to_the_building_around_it_or_the_nearest_one() -> None:
    made = assign(
        doors((5, 5), (12, 5), (5, 40)), houses((0, 0, 10, 10), (20, 0, 30, 10)), within_m=20
    )
    assert pairs(made) == [(0, 0), (1, 0)]
    assert (made.inside, made.without_building) == (1, 1)


def test_two_buildings_equally_near_are_ambiguous() -> None:
    made = assign(doors((15, 5)), houses((0, 0, 10, 10), (20, 0, 30, 10)), within_m=20)
    assert (pairs(made), made.ambiguous) == ([], 1)


def test_a_building_across_the_street_is_not_taken() -> None:
    street = np.array([shapely.LineString([(12 * M, -50 * M), (12 * M, 50 * M)])], object)
    house = houses((0, 0, 10, 10))
    far = assign(doors((14, 5), (11, 5)), house, within_m=20, streets=street)
    assert (pairs(far), far.across_street) == ([(1, 0)], 1)


def test_the_number_of_a_building_decides_and_must_not_contradict() -> None:
    two = houses((0, 0, 10, 10), (20, 0, 30, 10), numbers=("3", "5"))
    made = assign(doors((5, 5), (5, 5), (5, 5), numbers=("5", "3", "9")), two, within_m=20)
    assert pairs(made) == [(0, 1), (1, 0)]
    assert made.other_number == 1


def test_the_main_address_is_that_of_the_whole_building() -> None:
    three = doors((5, 5), (5, 6), (12, 5))
    inner = Doors(three.codes, three.lon_lat, three.buildings, np.array([True, False, False]))
    made = assign(inner, houses((0, 0, 10, 10)), within_m=20)
    assert made.main.tolist() == [False, True, False]


def test_nothing_is_assigned_where_there_is_nothing() -> None:
    made = assign(doors((5, 5)), houses((500, 0, 510, 10)), within_m=20)
    assert (len(made.doors), made.without_building) == (0, 1)
    none = Doors((), np.zeros((0, 2)), (), np.zeros(0, np.bool_))
    assert len(assign(none, houses((0, 0, 10, 10)), within_m=20).doors) == 0
