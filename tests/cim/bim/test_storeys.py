"""Storeys counted as people count them, and what is part of the outside."""

from dataclasses import replace

import pytest

from cim.bim.model import IfcModel, IfcObject
from cim.bim.storeys import storey_numbers
from tests.cim.bim.reading import model_of, read


def with_storeys(*elevations: float | None, building: str | None = "b") -> IfcModel:
    """A model with nothing but storeys."""
    storeys = {
        f"s{number}": IfcObject(
            f"s{number}", number, "", "storey", "IfcBuildingStorey",
            building=building, elevation_m=elevation,
        )
        for number, elevation in enumerate(elevations)
    }  # fmt: skip
    return replace(model_of("s05_ifc4x3_m_utm31_mapconversion.ifc"), objects=storeys)


@pytest.mark.parametrize(
    ("elevations", "numbers"),
    [
        ((0.0, 3.0, 6.0), [1, 2, 3]),
        ((6.0, 0.0, -3.2, -6.4), [2, 1, -1, -2]),
        ((0.0, 0.1, 3.0), [1, 1, 2]),
        ((437.2, 440.0), [1, 2]),
        ((-0.4, 2.8), [1, 2]),
    ],
)
def test_storeys_are_counted_from_the_ground_and_there_is_no_zero(
    elevations: tuple[float, ...], numbers: list[int]
) -> None:
    assert list(storey_numbers(with_storeys(*elevations)).values()) == [
        *(numbers[place] for place in sorted(range(len(numbers)), key=elevations.__getitem__)),
    ]


def test_a_storey_without_elevation_has_no_number() -> None:
    assert storey_numbers(with_storeys(0.0, None)) == {"s0": 1}


def test_elements_carry_the_number_of_their_storey() -> None:
    table = read("duplex.ifc").batch.attributes
    pairs = set(
        zip(*(table[name].to_pylist() for name in ("storey", "storey_number")), strict=True)
    )
    named = {pair for pair in pairs if pair[0] is not None}
    assert named == {("T/FDN", -1), ("Level 1", 1), ("Level 2", 2), ("Roof", 3)}


def test_a_window_that_states_nothing_follows_its_wall_and_a_plate_its_curtain_wall() -> None:
    table = read("xbim_SampleHouse4.ifc").batch.attributes.to_pylist()
    assert all(
        row["is_external"] for row in table if row["ifc_class"] in {"IfcPlate", "IfcWindow"}
    )
    assert {row["is_external"] for row in table if row["ifc_class"] == "IfcFurniture"} == {None}
