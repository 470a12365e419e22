"""STL, text or binary, read by trimesh as arrays and nothing more.

trimesh gets the bytes of the file and no way to fetch another; its own processing of meshes, which
merges and reorders, is not used.
"""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from cim.appearance import PLAIN
from cim.errors import SourceDataError
from cim.extras import require
from cim.readers._mesh_scene import Node, Part, Scene


def load(path: Path) -> Scene:
    """The scene of an STL file: each solid of a text file is a node.

    Raises:
        SourceDataError: The file is cut off, holds no triangle or is no STL.
    """
    found = _read(path)
    solids: dict[str, Any] = found.get("geometry", {"": found})
    if not solids:
        raise SourceDataError("holds no triangle: cut off, or no STL file", where=str(path))
    nodes: list[Node] = []
    parts: list[Part] = []
    for name, solid in solids.items():
        plain = name.strip().replace("/", "∕") or path.name.split(".")[0]
        nodes.append(Node(plain, plain, ((len(parts), np.eye(4)),)))
        triangles = np.asarray(solid["faces"], np.int64)
        plain_material = np.full(len(triangles), PLAIN, np.int32)
        parts.append(Part(np.asarray(solid["vertices"], np.float64), triangles, plain_material))
    return Scene(tuple(nodes), tuple(parts))


def _read(path: Path) -> dict[str, Any]:
    """What trimesh makes of a file; whatever it raises is a fault of the file."""
    trimesh = require("trimesh.exchange.stl", "models")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found: dict[str, Any] = trimesh.load_stl(io.BytesIO(path.read_bytes()))
            return found
    except Exception as error:
        told = " ".join(str(error).split())[:120] or type(error).__name__
        reason = f"is no sound STL file, or cut off: {told}"
        raise SourceDataError(reason, where=str(path)) from error
