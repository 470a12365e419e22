"""Buildings and tilesets for tests, made with defaults."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from cim import frames
from cim.appearance import PLAIN, Material
from cim.arrays import Float64, Objects
from cim.bodies import NO_BODIES, Bodies, Mesh
from cim.features import NO_SURFACES, SURFACE_KINDS, FeatureBatch, Surfaces
from tiles.build import build
from tiles.gltf import glb, read
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions, BuildReport

LON, LAT = 114.3, 30.5
TOOLS = Path(__file__).resolve().parent.parent / "tools"
GROUND, WALL, ROOF = (SURFACE_KINDS.index(name) for name in ("ground", "wall", "roof"))


def squares(count: int, *, lon: float = LON, lat: float = LAT, size: float = 2e-4) -> Objects:
    """`count` squares of about 20 m in rows of a hundred."""
    number = np.arange(count)
    west, south = lon + 2 * size * (number % 100), lat + 2 * size * (number // 100)
    boxes = shapely.box(west, south, west + size, south + size)
    return np.array(boxes, object)


def make_features(
    geometry: Any = 3,
    *,
    surfaces: Surfaces = NO_SURFACES,
    bodies: Bodies = NO_BODIES,
    palette: tuple[Material, ...] = (),
    **columns: Sequence[object],
) -> FeatureBatch:
    """A batch with entity ids, names and heights of 12 m unless columns say otherwise."""
    shapes = squares(geometry) if isinstance(geometry, int) else np.array(geometry, object)
    count = len(shapes)
    usual: dict[str, Sequence[object]] = {
        "entity_id": [f"BLDGN50J4753{n:011d}0" for n in range(count)],
        "name": [f"{n} 号楼" for n in range(count)],
        "height_m": [12.0] * count,
    }
    return FeatureBatch(
        crs="EPSG:4490",
        geometry=shapes,
        attributes=pa.table(usual | columns),
        source_ids=tuple(f"s{n}" for n in range(count)),
        records=np.arange(1, count + 1),
        surfaces=surfaces,
        bodies=bodies,
        palette=palette,
    )


def gabled_house(*, lon: float = LON, lat: float = LAT, base: float = 20.0) -> Objects:
    """(7,) polygons of a closed house: ground, four walls of which two are gables, two roofs."""
    w, s, e, n = lon, lat, lon + 1e-4, lat + 2e-4
    middle, eaves, ridge = lon + 0.5e-4, base + 6.0, base + 9.0
    rings = [
        [(w, s, base), (w, n, base), (e, n, base), (e, s, base)],
        [(w, s, base), (e, s, base), (e, s, eaves), (middle, s, ridge), (w, s, eaves)],
        [(e, s, base), (e, n, base), (e, n, eaves), (e, s, eaves)],
        [(e, n, base), (w, n, base), (w, n, eaves), (middle, n, ridge), (e, n, eaves)],
        [(w, n, base), (w, s, base), (w, s, eaves), (w, n, eaves)],
        [(e, s, eaves), (e, n, eaves), (middle, n, ridge), (middle, s, ridge)],
        [(w, n, eaves), (w, s, eaves), (middle, s, ridge), (middle, n, ridge)],
    ]
    return np.array([shapely.Polygon(ring) for ring in rings], object)


HOUSE_KINDS = np.array([GROUND, WALL, WALL, WALL, WALL, ROOF, ROOF], np.uint8)


def house_surfaces(*lods: str) -> Surfaces:
    """The gabled house as feature 0, once for each level of detail."""
    house = shapely.MultiPolygon(list(gabled_house()))
    return Surfaces(
        feature=np.zeros(len(lods), np.int64),
        lod=tuple(lods),
        geometry=np.array([house] * len(lods), object),
        kinds=tuple(HOUSE_KINDS for _ in lods),
    )


def cube(size: float = 10.0, *, material: int = PLAIN, **columns: Any) -> Mesh:
    """A cube on eight points that stands on the origin, flat unless columns bring normals."""
    corners = np.array([(x, y, z) for z in (0, 1) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
    quads = np.array(
        [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
    )
    triangles = quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    return Mesh(size * corners, triangles, np.full(12, material, np.int32), **columns)


def make_bodies(*meshes: Mesh, feature: Sequence[int] = (), lod: Sequence[str] = ()) -> Bodies:
    """Meshes 50 m apart to the east of each other, one for each feature unless told."""
    owners = np.array(feature or range(len(meshes)), np.int64)
    placed = [frames.enu_to_ecef_matrix(LON, LAT, 20.0) for _ in meshes]
    for number, matrix in enumerate(placed):
        matrix[:3, 3] += 50 * number * matrix[:3, 0]
    matrices = np.array(placed).reshape(-1, 4, 4)
    return Bodies(owners, tuple(lod or [""] * len(meshes)), meshes, matrices)


def build_tileset(folder: Path, *batches: FeatureBatch, **options: Any) -> BuildReport:
    """Build a tileset from batches."""
    return build(iter(batches), BuildOptions(folder, **options))


def glb_files(folder: Path) -> list[Path]:
    """Files of the contents of a tileset that has been published once, sorted by name."""
    return sorted(folder.glob("content/*/*.glb"), key=lambda file: file.name)


def contents_of(folder: Path) -> list[Gltf]:
    """All contents of a tileset, sorted by name."""
    files = glb_files(folder)
    return [Gltf(*glb.unpack(file.read_bytes(), where=file.name), file.name) for file in files]


def column(content: Gltf, name: str) -> list[str]:
    """A text column of the first property table."""
    table = read.property_tables(content)[0]
    return read.texts(content, table["properties"][name], table["count"])


def numbers(content: Gltf, name: str, kind: str) -> list[Any]:
    """A column of numbers of the first property table."""
    table = read.property_tables(content)[0]
    found: list[Any] = read.numbers(
        content, table["properties"][name], kind, table["count"]
    ).tolist()
    return found


def schema_of(folder: Path) -> dict[str, Any]:
    """The schema of a tileset's properties."""
    (path,) = folder.glob("**/schema*.json")
    document: dict[str, Any] = orjson.loads(path.read_bytes())
    return document


def classes(folder: Path, content: Gltf) -> list[str]:
    """Entity class of each feature of a content."""
    names = [each["name"] for each in schema_of(folder)["enums"]["class_values"]["values"]]
    return [names[place] for place in numbers(content, "class", "UINT8")]


def root_of(folder: Path) -> dict[str, Any]:
    """The root tileset document."""
    document: dict[str, Any] = orjson.loads((folder / "tileset.json").read_bytes())
    return document


def world_matrices(folder: Path) -> dict[str, Float64]:
    """Matrix to Earth-centred coordinates of each content, by file name."""
    found: dict[str, Float64] = {}
    waiting = [(np.eye(4), root_of(folder)["root"])]
    while waiting:
        above, tile = waiting.pop()
        matrix = above
        if "transform" in tile:
            matrix = above @ np.array(tile["transform"]).reshape(4, 4).T
        waiting += [(matrix, child) for child in tile.get("children", ())]
        uri = tile.get("content", {}).get("uri", "")
        if uri.endswith(".json"):
            waiting.append((matrix, orjson.loads((folder / uri).read_bytes())["root"]))
        elif uri:
            found[Path(uri).name] = matrix
    return found


def khronos_issues(files: list[Path]) -> list[dict[str, Any]]:
    """What Khronos' glTF validator says about glb files, one report a file."""
    found: list[dict[str, Any]] = []
    for first in range(0, len(files), 100):
        some = [str(file) for file in files[first : first + 100]]
        command = ["node", str(TOOLS / "validate_glb.js"), *some]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"run npm ci in {TOOLS.name}: {done.stderr}"
        found += [orjson.loads(line) for line in done.stdout.splitlines()]
    return found
