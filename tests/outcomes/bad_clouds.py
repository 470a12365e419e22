"""Faulty point clouds, each with one fault, made from a small sound one."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cim.arrays import Float64
from tests.cim.pointclouds.making import coloured, scattered, write_las

type Maker = Callable[[Path], Path]

COUNT = 500
FAR = (9e6, 9e6, 0.0)


def cloud(name: str, change: Callable[[Float64], Any] = lambda _xyz: None, **more: Any) -> Maker:
    """A maker of the cloud with other coordinates or fields."""

    def make(folder: Path) -> Path:
        xyz = scattered(COUNT)
        changed = change(xyz)
        return write_las(folder / name, xyz if changed is None else changed, **more)

    return make


def patched(name: str, change: Callable[[bytes], bytes]) -> Maker:
    """A maker of the cloud with other bytes."""

    def make(folder: Path) -> Path:
        path = write_las(folder / name, scattered(COUNT), **coloured(COUNT))
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def _with(place: int, form: str, value: float) -> Callable[[bytes], bytes]:
    """A number of the head exchanged."""

    def change(data: bytes) -> bytes:
        field = struct.pack(form, value)
        return data[:place] + field + data[place + len(field) :]

    return change


def _unknown_crs(data: bytes) -> bytes:
    return data.replace(
        struct.pack("<4H", 3072, 0, 1, 4547), struct.pack("<4H", 3072, 0, 1, 32767)
    )


def _spike(xyz: Float64) -> None:
    xyz[7, 2] = 100_000.0


def _points_only_ply(folder: Path) -> Path:
    path = folder / "points.ply"
    head = "ply\nformat ascii 1.0\nelement vertex 2\n"
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    path.write_text(f"{head}{axes}end_header\n1 2 3\n4 5 6\n", encoding="ascii")
    return path


BAD_CLOUDS: dict[str, Maker] = {
    "the sound cloud the others are made from, LAS": cloud("cloud.las"),
    "cut off in the middle, LAS": patched("cut.las", lambda data: data[: len(data) // 2]),
    "cut off in the middle, LAZ": patched("cut.laz", lambda data: data[: len(data) // 2]),
    "other bytes at the beginning, LAS": patched("other.las", lambda data: b"PK\3\4" + data[4:]),
    "no points, LAS": patched("none.las", _with(107, "<I", 0)),
    "scale of 0, LAS": patched("scale.las", _with(131, "<d", 0.0)),
    "CRS without a code, LAS": patched("unknown-crs.las", _unknown_crs),
    "no CRS, LAS": cloud("no-crs.las", crs=None),
    "no CRS, PLY of points": _points_only_ply,
    "x and y exchanged, LAS": cloud("swapped.las", lambda xyz: xyz[:, [1, 0, 2]]),
    "off the area of its CRS, LAS": cloud("far.las", lambda xyz: xyz + np.array(FAR)),
    "one point 100 km high, LAS": cloud("spike.las", _spike),
    "points marked as deleted, LAS": cloud("withheld.las", withheld=[1] * 9 + [0] * (COUNT - 9)),
    "8-bit colours in 16-bit fields, LAS": cloud("dim.las", **coloured(COUNT, wide=False)),
}
"""What is wrong, and the file."""
