"""py3dtiles as a peer: the same buildings, points and BIM through its command, timed as a child.

It lives in a virtual environment of its own, because it pins old versions of what we use:
`make build/peers/py3dtiles/.installed` makes it from requirements/peer-py3dtiles.txt.
"""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from cim import frames

PYTHON = Path(__file__).resolve().parent.parent / "build" / "peers" / "py3dtiles" / "bin"
VERSION = "12.1.1"


@dataclass(frozen=True, slots=True)
class Run:
    """What a command cost."""

    cpu_s: float
    wall_s: float


class RefusedError(Exception):
    """py3dtiles does not take a file; the message is its own."""


def command(*arguments: str) -> Run:
    """Run `py3dtiles` with arguments to its end.

    Raises:
        SystemExit: It is not installed.
        RefusedError: It fails.
    """
    program = PYTHON / "py3dtiles"
    if not program.exists():
        raise SystemExit("py3dtiles is missing: make build/peers/py3dtiles/.installed")
    before, started = os.times(), time.perf_counter()
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    after, wall = os.times(), time.perf_counter() - started
    if done.returncode:
        raise RefusedError(f"py3dtiles {arguments[0]}: {done.stderr[-500:]}")
    used = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return Run(used, wall)


def footprints(geometry: np.ndarray, heights_m: np.ndarray, folder: Path) -> Run:
    """Buildings through its route for geometries: `export -d`, one WKB file a building.

    Args:
        geometry: (n,) Polygon objects in longitude and latitude.
        heights_m: (n,).
        folder: For the WKB files and the tileset; writing the files is not timed.
    """
    wkb = folder / "wkb"
    wkb.mkdir(parents=True)
    middle = shapely.bounds(geometry)
    origin = np.array([(middle[:, 0].min() + middle[:, 2].max()) / 2, middle[:, 1].mean()])
    scale = np.array([np.cos(np.radians(origin[1])), 1.0]) * np.pi / 180 * frames.SEMI_MAJOR_AXIS_M
    for number, (shape, height) in enumerate(zip(geometry, heights_m.tolist(), strict=True)):
        ring = (shapely.get_coordinates(shape.exterior) - origin) * scale
        (wkb / f"{number}.wkb").write_bytes(shapely.to_wkb(_extruded(ring, height), flavor="iso"))
    return command("export", "-d", str(wkb), "-s", str(folder / "tiles"))


def points(path: Path, folder: Path) -> Run:
    """A LAS file through `convert`, one process, to glb."""
    return command(
        "convert", str(path), "--out", str(folder / "tiles"), "--jobs", "1",
        "--spec-version", "1.1", "--overwrite",
    )  # fmt: skip


def ifc(path: Path, folder: Path) -> Run:
    """An IFC file through `convert`, one process, to glb; it is not placed on the Earth."""
    return command(
        "convert", str(path), "--out", str(folder / "tiles"), "--jobs", "1",
        "--spec-version", "1.1", "--overwrite",
    )  # fmt: skip


def _extruded(ring: np.ndarray, height: float) -> shapely.MultiPolygon:
    """Roof, floor and walls of a closed ring (k, 2) in metres as polygons in space."""
    low = np.column_stack((ring, np.zeros(len(ring))))
    high = low + np.array([0.0, 0.0, height])
    walls = [
        shapely.Polygon([low[i], low[i + 1], high[i + 1], high[i], low[i]])
        for i in range(len(ring) - 1)
    ]
    return shapely.MultiPolygon([shapely.Polygon(high), shapely.Polygon(low[::-1]), *walls])
