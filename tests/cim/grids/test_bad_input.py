"""What is no point, no level and no code is refused, and the message says why."""

import numpy as np
import pytest

from cim import plugins
from cim.grids.base import Grid, GridCodeError, HeightGrid

SYSTEMS = plugins.names("cim.grids")


@pytest.fixture(params=SYSTEMS)
def grid(request: pytest.FixtureRequest) -> Grid:
    found: Grid = plugins.load(request.param, "cim.grids")
    return found


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ((np.nan, 0.0), "point 2: longitude nan, latitude 0.0 is not on the globe"),
        ((0.0, np.nan), "latitude nan"),
        ((np.inf, 0.0), "longitude inf"),
        ((0.0, -np.inf), "latitude -inf"),
        ((180.0000001, 0.0), "longitude -180 to 180"),
        ((0.0, -90.5), "latitude -90 to 90"),
        ((1e308, 1e308), "is not on the globe"),
        ((39.9, 116.3), "longitude and latitude look swapped"),
        ((-33.9, 151.2), "look swapped"),
    ],
)
def test_a_point_off_the_globe_is_named(
    grid: Grid, point: tuple[float, float], message: str
) -> None:
    points = np.array([(0.0, 0.0), (116.3, 39.9), point])
    with pytest.raises(GridCodeError) as caught:
        grid.encode(points, grid.levels[5])
    assert message in str(caught.value)


def test_only_points_that_fit_when_turned_round_look_swapped(grid: Grid) -> None:
    with pytest.raises(GridCodeError) as caught:
        grid.encode(np.array([[200.0, 95.0]]), grid.levels[5])
    assert "swapped" not in str(caught.value)


@pytest.mark.parametrize("step", [-1, 1, 1000])
def test_a_level_that_does_not_exist_is_refused(grid: Grid, step: int) -> None:
    level = grid.levels[0] - 1 if step < 0 else grid.levels[-1] + step
    legal = f"{level}: legal are {grid.levels[0]} to {grid.levels[-1]}"
    point = np.array([[116.3, 39.9]])
    codes = grid.encode(point, grid.levels[3])
    with pytest.raises(GridCodeError, match=legal):
        grid.encode(point, level)
    with pytest.raises(GridCodeError, match=legal):
        grid.ancestors(codes, level)
    with pytest.raises(GridCodeError, match=legal):
        grid.roots(level)
    if isinstance(grid, HeightGrid):
        with pytest.raises(GridCodeError, match="legal are"):
            grid.encode_heights(np.zeros(1), level)


def test_empty_input_gives_empty_output(grid: Grid) -> None:
    none = np.zeros(0, dtype=np.uint64)
    assert grid.from_text([]).tolist() == []
    assert grid.to_text(none).tolist() == []
    assert grid.overlaps(none, none).tolist() == []
    assert grid.bounds(none).shape == (0, 4)
    assert grid.encode(np.zeros((0, 2)), grid.levels[0]).tolist() == []
    if isinstance(grid, HeightGrid):
        assert grid.to_text_3d(none, none).tolist() == []
        codes, heights = grid.from_text_3d([])
        assert (codes.tolist(), heights.tolist()) == ([], [])
        assert grid.overlaps_3d(none, none, none, none).tolist() == []


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "N50J\n", "N50\0J", "北斗", "N50J47５", "x" * 10_000, "🜁"]
)
def test_a_text_that_is_no_code_at_all_is_named(grid: Grid, text: str) -> None:
    with pytest.raises(GridCodeError) as caught:
        grid.from_text([text])
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)
    if isinstance(grid, HeightGrid):
        with pytest.raises(GridCodeError):
            grid.from_text_3d([text])


FOREIGN = {
    "N50J47539B82": "BeiDou code",
    "N050J0047050390B8020": "BeiDou 3D code",
    "N50J475492E-10": "BeiDou reference code",
    "G00131032": "GeoSOT code",
    "G001310322-230230": "GeoSOT code",
    "G00131032223023031031211001100110" + "0" * 32: "GeoSOT 3D code",
    "412869894958481408-23": r"GeoSOT integer \(value-level\)",
    "8f31aa428cdc2a0": "H3 index",
}


@pytest.mark.parametrize(("text", "kind"), FOREIGN.items())
def test_a_code_of_another_kind_is_recognised(grid: Grid, text: str, kind: str) -> None:
    own = {"beidou": "BeiDou code", "geosot": "GeoSOT code", "h3": "H3 index"}[grid.name]
    if kind == own:
        assert len(grid.from_text([text])) == 1
        return
    with pytest.raises(GridCodeError, match=f"looks like an? {kind}$"):
        grid.from_text([text])


@pytest.mark.parametrize(
    ("system", "text", "kind"),
    [
        ("beidou", "N50J47539B82", "a BeiDou code"),
        ("beidou", "G00131032", "a GeoSOT code"),
        ("geosot", "N50J475", "a BeiDou code"),
        ("geosot", "8f31aa428cdc2a0", "an H3 index"),
    ],
)
def test_a_flat_code_is_no_solid_one(system: str, text: str, kind: str) -> None:
    grid: HeightGrid = plugins.load(system, "cim.grids")
    with pytest.raises(GridCodeError, match=f"looks like {kind}$"):
        grid.from_text_3d([text])


def test_truncated_codes_say_the_legal_lengths() -> None:
    beidou: HeightGrid = plugins.load("beidou", "cim.grids")
    with pytest.raises(GridCodeError, match="19 characters, legal: 4, 6, 7, 9, 11, 12, 14"):
        beidou.from_text(["N50J47539B8255346152", "N50J47539B825534615"])
    with pytest.raises(GridCodeError, match="31 characters, legal: 7, 10, 12, 15, 18"):
        beidou.from_text_3d(["N050J0047050390B802055634461152"])
    h3: Grid = plugins.load("h3", "cim.grids")
    with pytest.raises(GridCodeError, match="14 characters, want 15"):
        h3.from_text(["8f31aa428cdc2a"])


@pytest.mark.parametrize("height_m", [np.nan, np.inf, -np.inf, 1e300, -6_302_107.0, 528_680_172.0])
@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_heights_outside_the_grid_are_refused(system: str, height_m: float) -> None:
    grid: HeightGrid = plugins.load(system, "cim.grids")
    with pytest.raises(GridCodeError, match=r"height 1: .* outside the grid"):
        grid.encode_heights(np.array([0.0, height_m]), 10)


@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**64 - 1, 2**62 - 1])
def test_integers_that_are_no_codes_are_refused(grid: Grid, number: int) -> None:
    with pytest.raises(GridCodeError, match=f"code 0: {number}"):
        grid.bounds(np.array([number], dtype=np.uint64))
    with pytest.raises(TypeError, match="wanted uint64"):
        grid.bounds(np.array([number % 2**62], dtype=np.int64))
