"""PLY files of points."""

from pathlib import Path

import numpy as np
import pytest

from cim.errors import SourceDataError
from cim.pointclouds.base import PointOptions
from cim.pointclouds.ply import PLUGIN

PROPERTIES = (
    "property double x\nproperty double y\nproperty float z\nproperty uchar red\n"
    "property uchar green\nproperty uchar blue\nproperty ushort intensity\nproperty float nx\n"
)
RECORD = [
    ("x", "f8"), ("y", "f8"), ("z", "f4"), ("red", "u1"), ("green", "u1"), ("blue", "u1"),
    ("intensity", "u2"), ("nx", "f4"),
]  # fmt: skip


def head(form: str, count: int, more: str = "") -> bytes:
    """The head of a file."""
    return (
        f"ply\nformat {form} 1.0\ncomment made by hand\nelement vertex {count}\n{PROPERTIES}"
        f"{more}end_header\n"
    ).encode()


def rows(count: int) -> np.ndarray:
    """Vertices."""
    values = np.zeros(count, RECORD)
    values["x"], values["y"], values["z"] = np.arange(count) + 0.25, -np.arange(count), 7
    values["red"], values["blue"], values["intensity"] = np.arange(count) % 256, 9, 40_000
    return values


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("more", ["", "element face 0\nproperty list uchar int vertex_index\n"])
def test_points_of_every_form_are_read(tmp_path: Path, form: str, more: str) -> None:
    values, path = rows(250), tmp_path / "cloud.ply"
    if form == "ascii":
        body = "\n".join(" ".join(map(str, row)) for row in values.tolist()).encode() + b"\n"
    else:
        order = "<" if "little" in form else ">"
        body = values.astype([(name, order + kind) for name, kind in RECORD]).tobytes()
    path.write_bytes(head(form, 250, more) + body)
    batches = list(PLUGIN.read(path, PointOptions(batch_size=100)))
    assert [len(batch) for batch in batches] == [100, 100, 50]
    last = batches[-1]
    assert last.xyz[-1].tolist() == [249.25, -249.0, 7.0]
    assert last.colour is not None
    assert last.intensity is not None
    assert last.colour[-1].tolist() == [249, 0, 9]
    assert last.intensity[-1] == 40_000
    assert PLUGIN.describe(path, PointOptions()).count == 250


def test_text_after_the_points_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "edges.ply"
    line = b"1 2 3 4 5 6 7 8\n"
    more = "element edge 1\nproperty int a\nproperty int b\n"
    path.write_bytes(head("ascii", 2, more) + line * 2 + b"0 1\n")
    (batch,) = PLUGIN.read(path, PointOptions())
    assert batch.xyz.tolist() == [[1, 2, 3]] * 2


def test_meshes_and_broken_heads_are_not_claimed(tmp_path: Path) -> None:
    cloud, mesh, broken = (tmp_path / name for name in ("cloud.ply", "mesh.ply", "broken.ply"))
    cloud.write_bytes(head("ascii", 1))
    mesh.write_bytes(head("ascii", 3, "element face 1\nproperty list uchar int vertex_index\n"))
    broken.write_bytes(b"ply\nformat utf9 1.0\n")
    claimed = [PLUGIN.claims(path) for path in (cloud, mesh, broken, tmp_path / "none.ply")]
    assert claimed == [True, False, False, False]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not begin with b'ply'"),
        (b"ply\nformat utf9 1.0\n", "head line not understood: 'format utf9 1.0'"),
        (b"ply\nformat ascii 1.0\n", "head line not understood: 'nothing'"),
        (b"ply\n" + b"comment x\n" * 2_000, "head longer than 1000 lines"),
        (head("ascii", 0), "states no points"),
        (head("ascii", 0).replace(b"double y", b"double h"), "has no column y"),
        (head("binary_little_endian", 9) + rows(4).tobytes(), "states 9 points"),
        (head("ascii", 9) + b"1 2 3 4 5 6 7 8\n", "states 9 points, the file holds 1"),
        (head("ascii", 1) + b"1 2 three 4 5 6 7 8\n", "a line is not 8 numbers"),
        (head("ascii", 1).replace(b"element vertex", b"element edge 4\nelement vertex"), "first"),
    ],
)
def test_files_that_hold_no_points_are_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "bad.ply"
    path.write_bytes(data)
    with pytest.raises(SourceDataError, match=reason):
        _ = (PLUGIN.describe(path, PointOptions()), list(PLUGIN.read(path, PointOptions())))
