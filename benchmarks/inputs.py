"""Inputs of the benchmarks: real data beside the checkout, and footprints made from a seed."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from cim.arrays import Float64, Objects

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
MADE = Path(tempfile.gettempdir()) / "cim-bench-inputs"


def door_plates() -> Path:
    """696,416 door plates of Tainan."""
    return given("data/addresses/tainan_doorplates.csv.gz")


def buildings_200k() -> Path:
    """200,000 footprints of a Shanghai-like extent, made once a machine."""
    target = MADE / "bld.gpkg"
    if not target.exists():
        MADE.mkdir(parents=True, exist_ok=True)
        script = given("tools/make_200k_buildings.py")
        subprocess.run([sys.executable, str(script)], cwd=MADE, check=True)
    return target


def city(count: int) -> Path:
    """A workspace with `count` synthetic buildings in the layer `buildings`, made once a machine.

    The footprints are of the kinds of `buildings_200k`: rectangles, L and U shapes about 300
    centres, from a seed.
    """
    target = MADE / f"city-{count}"
    if target.exists():
        return target
    MADE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MADE) as folder:
        source, workspace = Path(folder) / "source.gpkg", Path(folder) / "city"
        _write_buildings(source, count)
        _cim("init", str(workspace))
        fields = ("--class", "BLDG", "--id-field", "code", "--height-field", "height")
        _cim("load", str(source), "--layer", "buildings", *fields, "-w", str(workspace))
        workspace.rename(target)
    return target


_RECTANGLE = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
_L_SHAPE = ((-1, -1), (1, -1), (1, 0), (0, 0), (0, 1), (-1, 1), (-1, -1))
_U_SHAPE = (
    (-1, -1), (1, -1), (1, 1), (0.6, 1), (0.6, -0.5), (-0.6, -0.5), (-0.6, 1), (-1, 1), (-1, -1),
)  # fmt: skip
_USES = ("住宅", "办公", "商业", "工业", "学校", "医院")


def _write_buildings(path: Path, count: int) -> None:
    """A GeoPackage of synthetic footprints."""
    rng = np.random.default_rng(7)
    towns = rng.uniform([121.25, 31.05], [121.75, 31.45], (300, 2))
    centre = towns[rng.integers(0, 300, count)] + rng.normal(0, [0.02, 0.017], (count, 2))
    half = (rng.gamma(4, 5, (count, 2)) * [1, 0.8] + 6) / 2
    turn, kind = rng.uniform(0, np.pi, count), rng.choice(3, count, p=(0.5, 0.3, 0.2))
    shapes = np.full(count, None, object)
    for number, outline in enumerate((_RECTANGLE, _L_SHAPE, _U_SHAPE)):
        rows = np.flatnonzero(kind == number)
        shapes[rows] = _polygons(np.array(outline), centre[rows], half[rows], turn[rows])
    numbers = np.arange(count)
    columns = {
        "code": np.array([f"SH-{n:08d}" for n in numbers], object),
        "name": np.array([f"建筑{n:07d}号楼" for n in numbers], object),
        "usage": np.array(_USES, object)[rng.integers(0, 6, count)],
        "height": np.round(half[:, 1] * 2.6, 2),
        "year": rng.integers(1950, 2026, count).astype(np.int32),
    }
    pyogrio.raw.write(
        path, geometry=shapely.to_wkb(shapes), field_data=list(columns.values()),
        fields=list(columns), geometry_type="Polygon", crs="EPSG:4490", layer="buildings",
        driver="GPKG",
    )  # fmt: skip


def _polygons(outline: Float64, centre: Float64, half: Float64, turn: Float64) -> Objects:
    """Outlines (p, 2) stretched by half their size in metres, turned and set down in degrees."""
    local = outline * half[:, None]
    cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
    east = local[..., 0] * cosine - local[..., 1] * sine
    north = local[..., 0] * sine + local[..., 1] * cosine
    degrees = np.stack((east / (111_320 * np.cos(np.radians(31.25))), north / 110_574), axis=2)
    return np.asarray(shapely.polygons(np.round(centre[:, None] + degrees, 7)), dtype=object)


_MAIN = "from api.cli.main import main; main()"


def _cim(*arguments: str) -> None:
    """Run the command of this checkout; what it prints is no part of a table."""
    command = [sys.executable, "-c", _MAIN, *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def given(relative: str) -> Path:
    """A file of the test material beside the checkout."""
    path = SHARED / relative
    if not path.exists():
        raise SystemExit(f"benchmark material missing: ../shared/{relative}")
    return path
