"""Codes of real points: the door plates of Tainan, the features on the Shanghai waterfront."""

import csv
import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cim import plugins
from cim.arrays import Float64
from cim.grids.base import Grid

Shared = Callable[[str], Path]


def door_plates(shared: Shared) -> Float64:
    """(696416, 2) longitude, latitude."""
    path = shared("data/addresses/tainan_doorplates.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return np.array([(row["X"], row["Y"]) for row in csv.DictReader(file)], dtype=np.float64)


def shanghai(shared: Shared) -> Float64:
    """(n, 2) every vertex of the Shanghai features."""
    with gzip.open(shared("data/addresses/osm_buildings/shanghai_tilezen.js.gz"), "rt") as file:
        pairs = re.findall(r"\[\s*(-?\d+\.\d+),\s*(-?\d+\.\d+)\s*\]", file.read())
    return np.array(pairs, dtype=np.float64)


@pytest.mark.parametrize(("sample", "count"), [(door_plates, 696_416), (shanghai, 29_000)])
@pytest.mark.parametrize("system", plugins.names("cim.grids"))
def test_every_code_decodes_to_a_cell_that_holds_its_point(
    shared: Shared, system: str, sample: Callable[[Shared], Float64], count: int
) -> None:
    points = sample(shared)
    assert len(points) >= count
    grid: Grid = plugins.load(system, "cim.grids")
    level = grid.levels[-1]
    codes = grid.encode(points, level)
    assert (grid.from_text(grid.to_text(codes).tolist()) == codes).all()
    for start in range(0, len(points), 100_000):
        piece = slice(start, start + 100_000)
        west, south, east, north = grid.bounds(codes[piece]).T
        lon, lat = points[piece].T
        slack = 1e-12 if system == "h3" else 0.0
        assert ((west <= lon + slack) & (lon <= east + slack)).all()
        assert ((south <= lat + slack) & (lat <= north + slack)).all()
