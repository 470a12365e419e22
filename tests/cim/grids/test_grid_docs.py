"""The grid pages name every grid, and their figures are those the grids draw."""

import runpy
from pathlib import Path

import pytest

from cim import plugins
from cim.grids.base import Grid

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
