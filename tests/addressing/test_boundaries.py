import numpy as np
import pytest
import shapely

from addressing.boundaries import Boundaries, Disagreement, decide
from addressing.resources import load_divisions
from cim.errors import InputError, SourceDataError


def two() -> Boundaries:
    """Two districts side by side."""
    return Boundaries.of(
        [
            ("330105", shapely.box(120.0, 30.0, 120.1, 30.1)),
            ("330106", shapely.box(120.1, 30.0, 120.2, 30.1)),
        ]
    )


def test_a_point_is_in_the_division_around_it_and_on_an_edge_in_the_first() -> None:
    points = np.array([[120.05, 30.05], [120.15, 30.05], [120.1, 30.05], [121.0, 30.05]])
    assert two().locate(points) == ("330105", "330106", "330105", "")


def test_doors_outside_the_division_of_their_text_are_reported() -> None:
    points = np.array(
        [[120.05, 30.05], [120.05, 30.05], [120.15, 30.05], [121.0, 30.0], [121, 30]]
    )
    told = ["330105001", "330106", "3301", "330106", ""]
    assert two().disagreements(points, told) == (
        Disagreement(1, "330106", "330105"),
        Disagreement(3, "330106", ""),
    )


def test_no_points_have_no_divisions() -> None:
    assert two().locate(np.zeros((0, 2))) == ()


def test_a_point_that_is_not_finite_is_refused() -> None:
    with pytest.raises(InputError, match="point 1: "):
        two().locate(np.array([[120.0, 30.0], [np.nan, 30.0]]))


def test_codes_and_points_must_be_as_many() -> None:
    with pytest.raises(InputError, match="1 codes for 2 points"):
        two().disagreements(np.zeros((2, 2)), ["33"])


@pytest.mark.parametrize(
    ("areas", "says"),
    [
        ([], "no boundary at all"),
        ([("33", shapely.Point(0, 0))], "boundary of '33' is a Point"),
        (
            [("33", shapely.box(0, 0, 1, 1)), ("33", shapely.box(1, 0, 2, 1))],
            "'33' is there twice",
        ),
    ],
)
def test_a_layer_that_cannot_be_boundaries_is_refused(
    areas: list[tuple[str, shapely.Geometry]], says: str
) -> None:
    with pytest.raises(SourceDataError, match=says):
        Boundaries.of(areas)


def test_the_boundary_decides_and_the_text_tells_what_is_finer() -> None:
    points = np.array(
        [[120.15, 30.05], [120.05, 30.05], [120.05, 30.05], [121.0, 30.0], [121, 30]]
    )
    told = ["330106007", "330106", "", "330106", ""]
    found = decide(two(), load_divisions(), points, told)
    assert [one.path[-1].code if one.path else "" for one in found] == [
        "330106007",
        "330105",
        "330105",
        "330106",
        "",
    ]
    assert [one.disagreement for one in found] == [
        None,
        Disagreement(1, "330106", "330105"),
        None,
        Disagreement(3, "330106", ""),
        None,
    ]
    assert [one.name for one in found[1].path] == ["浙江省", "杭州市", "拱墅区"]
