"""What every grid system promises, asked of each plugin of `cim.grids`."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim import plugins
from cim.arrays import Bool, Float64
from cim.grids.base import Grid, GridCodeError

SYSTEMS = plugins.names("cim.grids")

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-87.999, 87.999)


@pytest.fixture(params=SYSTEMS)
def grid(request: pytest.FixtureRequest) -> Grid:
    loaded: Grid = plugins.load(request.param, "cim.grids")
    return loaded


def points(count: int, seed: int = 7) -> Float64:
    """Points in all four quadrants, away from the polar caps."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(-180, 180, count), rng.uniform(-87.9, 87.9, count)])


def holds(bounds: Float64, lon_lat: Float64, slack: float = 1e-12) -> Bool:
    """Whether each box holds its point, on the round globe."""
    west, south, east, north = bounds.T
    lon, lat = lon_lat.T
    past_west = (lon - west + slack) % 360
    width = np.where(east - west == 360, 360, (east - west) % 360)
    fits: Bool = (past_west <= width + 2 * slack) & (south <= lat + slack) & (lat <= north + slack)
    return fits


def test_name_is_the_plugin_name(grid: Grid) -> None:
    assert grid.name in SYSTEMS
    assert set(grid.title) == {"zh", "en"}
    assert grid.source


def test_empty_input_gives_empty_output_of_the_right_shape(grid: Grid) -> None:
    codes = grid.encode(np.zeros((0, 2)), grid.levels[-1])
    assert codes.shape == (0,)
    assert codes.dtype == np.uint64
    assert grid.level_of(codes).shape == (0,)
    assert grid.centers(codes).shape == (0, 2)
    assert grid.bounds(codes).shape == (0, 4)
    assert grid.polygons(codes).shape == (0,)
    assert grid.to_text(codes).shape == (0,)
    assert grid.from_text([]).shape == (0,)


def test_every_level_holds_its_points_and_knows_itself(grid: Grid) -> None:
    sample = points(500)
    for level in grid.levels:
        codes = grid.encode(sample, level)
        assert codes.dtype == np.uint64
        assert (grid.level_of(codes) == level).all()
        assert holds(grid.bounds(codes), sample, 1e-9).all()
        assert (grid.encode(grid.centers(codes), level) == codes).all()


def test_text_and_code_are_two_views_of_one_cell(grid: Grid) -> None:
    for level in grid.levels:
        codes = grid.encode(points(200), level)
        texts = grid.to_text(codes)
        assert (grid.from_text(texts.tolist()) == codes).all()


def test_an_array_may_mix_levels_and_keeps_its_order(grid: Grid) -> None:
    sample = points(len(grid.levels))
    codes = np.concatenate(
        [grid.encode(sample[i : i + 1], level) for i, level in enumerate(grid.levels)]
    )
    assert grid.level_of(codes).tolist() == list(grid.levels)
    texts = grid.to_text(codes)
    assert (grid.from_text(texts.tolist()) == codes).all()
    one_by_one = [str(grid.to_text(codes[i : i + 1])[0]) for i in range(len(codes))]
    assert texts.tolist() == one_by_one
    assert (grid.bounds(codes)[::-1] == grid.bounds(codes[::-1])).all()


def test_polygons_cover_the_centres_and_fit_the_bounds(grid: Grid) -> None:
    for level in grid.levels:
        codes = grid.encode(points(50), level)
        shapes = grid.polygons(codes)
        assert shapely.is_valid(shapes).all()
        assert shapely.covers(shapes, shapely.points(grid.centers(codes))).all()


@given(lon=LONGITUDES, lat=LATITUDES)
@pytest.mark.parametrize("system", SYSTEMS)
def test_any_point_round_trips_at_the_finest_level(system: str, lon: float, lat: float) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    point = np.array([[lon, lat]])
    codes = grid.encode(point, grid.levels[-1])
    assert holds(grid.bounds(codes), point, 1e-9).all()
    assert (grid.encode(grid.centers(codes), grid.levels[-1]) == codes).all()
    assert grid.from_text(grid.to_text(codes).tolist()) == codes


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ((np.nan, 20.0), "point 1: longitude nan"),
        ((20.0, np.inf), "latitude inf"),
        ((180.5, 20.0), "longitude 180.5"),
        ((39.9, 116.4), "look swapped"),
        ((-200.0, -95.0), "not on the globe"),
    ],
)
def test_a_point_off_the_globe_is_named(
    grid: Grid, point: tuple[float, float], message: str
) -> None:
    with pytest.raises(GridCodeError, match=message):
        grid.encode(np.array([(116.4, 39.9), point]), grid.levels[1])


def test_a_level_the_grid_does_not_have_is_refused(grid: Grid) -> None:
    for level in (grid.levels[0] - 1, grid.levels[-1] + 1):
        with pytest.raises(GridCodeError, match=rf"level {level}: legal are"):
            grid.encode(points(1), level)


@pytest.mark.parametrize("text", ["", "x", "Ñ50J", "N50J\0", "8f31aa428cdc2a0000000000", "G04"])
def test_a_text_that_is_no_code_is_named(grid: Grid, text: str) -> None:
    good = grid.to_text(grid.encode(points(1), grid.levels[-1])).tolist()
    with pytest.raises(GridCodeError) as caught:
        grid.from_text([*good, text])
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [0, 2**64 - 1])
def test_an_integer_that_is_no_code_is_named(grid: Grid, number: int) -> None:
    good = grid.encode(points(1), grid.levels[-1])
    codes = np.concatenate([good, np.array([number], dtype=np.uint64)])
    for view in (grid.to_text, grid.bounds, grid.level_of, grid.centers, grid.polygons):
        with pytest.raises(GridCodeError, match=str(number)):
            view(codes)


def test_codes_of_another_type_are_a_mistake_of_the_caller(grid: Grid) -> None:
    codes = grid.encode(points(3), grid.levels[-1]).astype(np.int64)
    for view in (grid.to_text, grid.bounds, grid.level_of, grid.parents, grid.neighbors):
        with pytest.raises(TypeError, match="wanted uint64"):
            view(codes)  # type: ignore[arg-type]


def test_single_precision_points_mean_what_they_hold(grid: Grid) -> None:
    sample = points(100).astype(np.float32)
    codes = grid.encode(sample, grid.levels[-1])  # type: ignore[arg-type]
    assert (codes == grid.encode(sample.astype(np.float64), grid.levels[-1])).all()


def test_arguments_are_left_as_they_were(grid: Grid) -> None:
    sample = points(100)
    before = sample.copy()
    codes = grid.encode(sample, grid.levels[-1])
    kept = codes.copy()
    grid.bounds(codes), grid.polygons(codes), grid.to_text(codes), grid.centers(codes)
    assert (sample == before).all()
    assert (codes == kept).all()


def test_a_parent_is_one_level_up_and_contains_its_cell(grid: Grid) -> None:
    for level in grid.levels[1:]:
        codes = grid.encode(points(200), level)
        parents = grid.parents(codes)
        assert (parents == grid.ancestors(codes, level - 1)).all()
        assert (grid.level_of(parents) == level - 1).all()
        assert grid.contains(parents, codes).all()
        assert not grid.contains(codes, parents).any()
        assert (grid.ancestors(codes, level) == codes).all()


def test_children_are_sorted_and_name_their_parent(grid: Grid) -> None:
    for level in grid.levels[:-1]:
        codes = grid.encode(points(40), level)
        lists = grid.children(codes)
        owners = lists.owners()
        assert (grid.parents(lists.codes) == codes[owners]).all()
        same_list = owners[1:] == owners[:-1]
        assert (lists.codes[1:] > lists.codes[:-1])[same_list].all()
        if grid.name != "h3":
            areas = np.bincount(owners, weights=shapely.area(grid.polygons(lists.codes)))
            assert np.allclose(areas, shapely.area(grid.polygons(codes)))


def test_neighbours_are_mutual_of_one_level_and_touch(grid: Grid) -> None:
    for level in grid.levels:
        codes = grid.encode(points(40), level)
        lists = grid.neighbors(codes)
        owners = codes[lists.owners()]
        assert (grid.level_of(lists.codes) == level).all()
        assert (lists.codes != owners).all()
        back = grid.neighbors(lists.codes)
        ours = np.isin(
            np.arange(len(back.codes)), np.flatnonzero(back.codes == owners[back.owners()])
        )
        assert ours.sum() == len(lists.codes)
        apart = shapely.distance(grid.polygons(owners), grid.polygons(lists.codes))
        seam = np.abs(grid.centers(owners)[:, 0]) > 100
        assert (apart[~seam] < 1e-9).all()


def test_neighbours_are_all_the_cells_just_outside(grid: Grid) -> None:
    for level in grid.levels[2:]:
        codes = grid.encode(points(40), level)
        lists = grid.neighbors(codes)
        ring = shapely.buffer(grid.polygons(codes), 1e-10, join_style="mitre", quad_segs=1)
        corners, owner = shapely.get_coordinates(shapely.boundary(ring), return_index=True)
        inside = (np.abs(corners[:, 0]) < 180) & (np.abs(corners[:, 1]) < 87.9)
        seen = grid.encode(corners[inside], level)
        pairs = set(zip(codes[lists.owners()].tolist(), lists.codes.tolist(), strict=True))
        found = set(zip(codes[owner[inside]].tolist(), seen.tolist(), strict=True))
        assert {pair for pair in found if pair[0] != pair[1]} <= pairs


def test_the_ends_of_the_hierarchy_are_refused(grid: Grid) -> None:
    top = grid.encode(points(3), grid.levels[0])
    bottom = grid.encode(points(3), grid.levels[-1])
    with pytest.raises(GridCodeError, match="no parent"):
        grid.parents(top)
    with pytest.raises(GridCodeError, match=r"no c"):
        grid.children(bottom)
    with pytest.raises(GridCodeError, match="coarser than level"):
        grid.ancestors(top, grid.levels[-1])


def test_cells_of_unequal_level_contain_or_are_apart(grid: Grid) -> None:
    sample = points(300)
    fine, coarse = grid.encode(sample, grid.levels[-1]), grid.encode(sample, grid.levels[2])
    assert (grid.contains(coarse, fine) == (grid.ancestors(fine, grid.levels[2]) == coarse)).all()
    rolled = np.roll(coarse, 1)
    apart = grid.contains(rolled, fine)
    assert (apart == (rolled == grid.ancestors(fine, grid.levels[2]))).all()


def test_a_point_lies_in_cells_that_overlap_at_any_two_levels(grid: Grid) -> None:
    lon_lat = points(50)
    levels = grid.levels[:: max(len(grid.levels) // 6, 1)]
    for upper in levels:
        coarse = grid.encode(lon_lat, upper)
        around = grid.neighbors(coarse)
        assert not grid.overlaps(coarse[around.owners()], around.codes).any()
        for lower in levels:
            fine = grid.encode(lon_lat, lower)
            assert grid.overlaps(coarse, fine).all()
            assert grid.overlaps(fine, coarse).all()
