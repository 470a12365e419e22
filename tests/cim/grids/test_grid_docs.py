"""The grid pages name every grid, and their figures are those the grids draw."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from cim import plugins
from cim.grids.base import Grid, HeightGrid
from cim.grids.geosot import GeosotGrid

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reference"


@pytest.mark.parametrize("page", ["grids.md", "grids.zh.md"])
def test_each_grid_is_in_the_tables_with_its_standard(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for name in plugins.names("cim.grids"):
        grid: Grid = plugins.load(name, "cim.grids")
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        assert grid.source.split(" (")[0] in row


def test_figures_are_up_to_date() -> None:
    figures = runpy.run_path(str(DOCS / "grids" / "draw.py"))["FIGURES"]
    for name, draw in figures.items():
        assert (DOCS / "grids" / name).read_text(encoding="utf-8") == draw()


PAGES = [(name, end) for name in ("beidou", "geosot", "h3") for end in ("md", "zh.md")]


def table_rows(name: str, end: str, section: int) -> list[list[str]]:
    """Cells of the rows of a table: of levels (section 0) or worked examples (section 1)."""
    text = (DOCS / "grids" / f"{name}.{end}").read_text(encoding="utf-8")
    heading = (("## Levels", "## 层级"), ("## Worked examples", "## 算例"))[section]
    part = text.split(heading[end.startswith("zh")])[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if re.match(r"\| -?\d", line)]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def metres(words: str) -> float:
    number, unit = re.split(" ?× ?", words)[0].split()
    return float(number) * {"km": 1000.0, "m": 1.0, "cm": 0.01}[unit]


@pytest.mark.parametrize(("name", "end"), PAGES)
def test_the_worked_examples_are_what_the_grid_says(name: str, end: str) -> None:
    grid: Grid = plugins.load(name, "cim.grids")
    rows = table_rows(name, end, 1)
    assert len(rows) >= 6
    for lon, lat, height_m, level, code, *more in rows:
        codes = grid.encode(np.array([[float(lon), float(lat)]]), int(level))
        assert (grid.from_text([code]) == codes).all()
        if isinstance(grid, HeightGrid):
            heights = grid.encode_heights(np.array([float(height_m)]), int(level))
            assert grid.to_text_3d(codes, heights).tolist() == more[:1]
        if isinstance(grid, GeosotGrid):
            assert grid.to_printed(codes).tolist() == [code]
            assert grid.to_morton_text(codes).tolist() == more[1:2]


@pytest.mark.parametrize(("name", "end"), PAGES)
def test_the_table_of_levels_has_every_level_and_its_size(name: str, end: str) -> None:
    grid: Grid = plugins.load(name, "cim.grids")
    rows = table_rows(name, end, 0)
    assert [int(row[0]) for row in rows] == list(grid.levels)
    place = {"beidou": 6, "geosot": 4}.get(name)
    for row in rows:
        if not isinstance(grid, HeightGrid) or place is None or row[0] == "0":
            continue
        ground = grid.encode_heights(np.zeros(1), int(row[0]))
        thickness = grid.height_bounds(ground, np.array([int(row[0])]))[0, 1]
        assert metres(row[place]) == pytest.approx(thickness, rel=4e-3)
        if row[2] != "—":
            point = np.array([[1e-9, 1e-9]])
            west, _, east, _ = grid.bounds(grid.encode(point, int(row[0])))[0]
            wide = np.radians(east - west) * 6_378_137
            clipped = name == "geosot" and int(row[0]) < 3
            assert clipped or metres(row[2]) == pytest.approx(wide, rel=5e-3)
