"""Instances in CesiumJS: drawn where they stand, in their colours, each picked as itself."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cim import frames
from cim.appearance import Material
from cim.bodies import Bodies
from tests.commands import cim
from tests.conftest import shared_path
from tests.looking import look
from tests.tiles.making import LAT, LON, build_tileset, cube, make_bodies, make_features
from tiles.options import Instancing

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SIDE, APART_M = 7, 16.0
GLASS, BRICK = 0, 1
PALETTE = (
    Material(colour=(0.4, 0.7, 0.9, 0.5), double_sided=True),
    Material(colour=(0.7, 0.3, 0.2, 1.0)),
)


def turned_cubes() -> Bodies:
    """Rows of cubes, each turned and stretched in its own way, every other one of glass."""
    count = SIDE * SIDE
    bodies = make_bodies(*[cube(material=number % 2) for number in range(count)])
    matrices = np.tile(frames.enu_to_ecef_matrix(LON, LAT, 20.0), (count, 1, 1))
    for number, matrix in enumerate(matrices):
        angle = np.radians(13.0 * number)
        turn = np.eye(4)
        turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        place = np.eye(4)
        place[:2, 3] = APART_M * np.array(divmod(number, SIDE))
        matrix[:] = matrix @ place @ turn @ np.diag([1.0, 1.0, 1.0 + number % 3, 1.0])
    return replace(bodies, matrix=matrices)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser showed."""
    folder, shots = tmp_path_factory.mktemp("instances"), tmp_path_factory.mktemp("shots")
    bodies = turned_cubes()
    names = [f"{number}" for number in range(len(bodies.mesh))]
    batch = make_features([None] * len(names), bodies=bodies, palette=PALETTE, name=names)
    build_tileset(
        folder / "cubes", batch, instancing=Instancing(least_saving_bytes=0),
        compression="meshopt",
    )  # fmt: skip
    model = shared_path("data/models/ifc/duplex.ifc")
    cim("tiles", "build", model, "-o", folder / "house", "--anchor", "121.5,31.2,5")
    return look({name: folder / name for name in ("cubes", "house")}, shots)


@pytest.mark.parametrize("name", ["cubes", "house"])
def test_instances_are_drawn_in_colours_without_a_fault(seen: dict[str, Any], name: str) -> None:
    assert "error" not in seen[name], seen[name]
    assert (seen[name]["failures"], seen[name]["console"]) == ([], [])
    for view in ("far", "near"):
        pixels = seen[name][view]["pixels"]
        assert seen[name][view]["settled"]
        assert pixels["drawn"] > 0.03
        assert pixels["black"] < 0.1
        assert pixels["colours"] >= 3


def test_a_pick_on_an_instance_tells_which_feature_stands_there(seen: dict[str, Any]) -> None:
    picks = [pick for view in ("far", "near") for pick in seen["cubes"][view]["picks"]]
    there = np.linalg.inv(frames.enu_to_ecef_matrix(LON, LAT, 20.0))
    named = [pick for pick in picks if pick["properties"]]
    assert len({pick["properties"]["name"] for pick in named}) >= 3
    for pick in named:
        east, north, up, _ = there @ [*pick["position"], 1.0]
        number = int(pick["properties"]["name"])
        column, row = divmod(number, SIDE)
        assert np.hypot(east - APART_M * column, north - APART_M * row) < 8.0, pick
        assert -0.5 < up < 10.5 * (1 + number % 3)
