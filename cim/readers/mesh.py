"""Mesh files: OBJ, glTF and GLB, STL, PLY, COLLADA. Each node with triangles is a feature.

Coordinates are metres of a local frame, x right, y ahead, z up, whatever unit and axes the file
has, until an anchor gives the frame a place; with a projected CRS named they are its eastings,
northings and heights. Meshes that several nodes show stay shared.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from itertools import batched
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from cim.arrays import Float64
from cim.bodies import Bodies
from cim.crs import LOCAL, named_crs, parse_crs
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch, Reject
from cim.readers._city_attributes import Columns, columns_of
from cim.readers._mesh_clean import clean
from cim.readers._mesh_items import Item, ids_of, item_of
from cim.readers._mesh_scene import TO_Z_UP, Scene
from cim.readers.base import Reader, ReadOptions, SourceInfo

type _Load = Callable[[Path], Scene]

_LOADERS: Final = {
    ".obj": ("_mesh_obj", "load"),
    ".gltf": ("_mesh_gltf", "load"),
    ".glb": ("_mesh_gltf", "load"),
    ".stl": ("_mesh_stl", "load"),
    ".ply": ("_mesh_ply", "load"),
    ".dae": ("_mesh_dae", "load"),
}
"""Module beside this one and function in it, imported when a file of the kind is opened."""

UNITS: Final[Mapping[str, float]] = {
    "m": 1.0,
    "mm": 0.001,
    "cm": 0.01,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
    "us-ft": 1200 / 3937,
}
"""Metres of the units a user may name."""

_MADE: Final = ("name", "node_path", "triangle_count", "height_m", "ground_elevation_m")
_LARGEST_M, _SMALLEST_M = 20_000.0, 0.01


@dataclass(frozen=True, slots=True)
class MeshReader:
    """Triangle meshes in files of their own."""

    suffixes: tuple[str, ...] = tuple(_LOADERS)

    def claims(self, path: Path) -> bool:
        """Whether there is such a file: the ending tells the format."""
        return path.is_file()

    def describe(self, path: Path, options: ReadOptions) -> SourceInfo:
        """Nodes and id rule of a file; its CRS is local unless the options name one.

        Raises:
            SourceDataError: The file is missing, empty, cut off, not of its format or without a
                triangle.
            InputError: The options name a layer, attribute, unit, axis or CRS that does not fit.
            ConfigError: A library that the format needs is not installed.
        """
        model = _model(path, options)
        return SourceInfo(
            layer=_stem(path),
            layers=(_stem(path),),
            count=len(model.items),
            crs=model.crs,
            id_rule=f"attribute {options.id_field}" if options.id_field else _ID_RULE,
            notes=model.notes,
        )

    def read(self, path: Path, options: ReadOptions) -> Iterator[FeatureBatch]:
        """The features; a node of which no triangle can be drawn is a reject.

        Raises:
            SourceDataError: As in `describe`.
            InputError: As in `describe`.
        """
        model = _model(path, options)
        for number, some in enumerate(batched(model.items, options.batch_size)):
            batch = _batch(some, model, options)
            told = {} if number else dict(model.dropped)
            yield replace(batch, notes=() if number else model.notes, tallies=told)


_ID_RULE: Final = "path of the node, repeated ones numbered in file order (-2, -3 …)"


@dataclass(frozen=True, slots=True)
class _Model:
    """A file with units, axes and meshes settled."""

    items: tuple[Item, ...]
    scene: Scene
    columns: Columns
    crs: str
    dropped: Counter[str]
    notes: tuple[str, ...]


def _model(path: Path, options: ReadOptions) -> _Model:
    """What a file holds; kept until another is asked for."""
    if options.layer is not None and options.layer != _stem(path):
        raise InputError(f"{path}: no layer {options.layer!r}; known: {_stem(path)}")
    if not path.is_file():
        raise SourceDataError("no such file", where=str(path))
    facts = path.stat()
    if not facts.st_size:
        raise SourceDataError("the file is empty (0 bytes)", where=str(path))
    crs = LOCAL if options.crs is None else _crs(options.crs)
    stamp = (facts.st_mtime_ns, facts.st_size)
    model = _settled(path, options.unit, options.up_axis, crs, stamp)
    if options.id_field is not None and options.id_field not in (*_MADE, *model.columns.names):
        known = ", ".join((*_MADE, *model.columns.names))
        raise InputError(f"{path}: no attribute {options.id_field!r}; known: {known}")
    return model


def _crs(text: str) -> str:
    """The CRS a user names for a mesh.

    Raises:
        InputError: It is none with metres or feet.
    """
    code = named_crs(text)
    if code != LOCAL and not parse_crs(code).is_projected:
        raise InputError(
            f"--crs {text}: a mesh is in lengths, not degrees; legal: a projected CRS or local"
        )
    return code


@lru_cache(maxsize=1)
def _settled(
    path: Path, unit: str | None, up_axis: str | None, crs: str, _stamp: tuple[int, int]
) -> _Model:
    scene = _loaded(path)
    to_frame = _to_frame(scene, unit, up_axis, crs)
    cleaned = [clean(part) for part in scene.parts]
    dropped = sum((one.dropped for one in cleaned), Counter[str]())
    ids = ids_of(scene.nodes)
    items = tuple(
        item_of(record, key, node, [one.mesh for one in cleaned], to_frame)
        for record, (key, node) in enumerate(zip(ids, scene.nodes, strict=True), 1)
    )
    if all(item.fault for item in items):
        told = "; ".join(f"{count} {reason}" for reason, count in dropped.items())
        raise SourceDataError(
            f"holds no triangle that can be drawn: {told or items[0].fault}", where=str(path)
        )
    extras = columns_of([item.node.extras for item in items])
    own = {name: kind for name, kind in extras.types.items() if name not in _MADE}
    size = () if crs != LOCAL else _size_note(items)
    return _Model(items, scene, Columns(own), crs, dropped, scene.notes + size)


def _loaded(path: Path) -> Scene:
    """The scene of a file, by the loader of its ending."""
    module, function = _LOADERS[path.suffix.lower()]
    load: _Load = getattr(import_module(f"cim.readers.{module}"), function)
    return load(path)


def _to_frame(scene: Scene, unit: str | None, up_axis: str | None, crs: str) -> Float64:
    """(4, 4) from the units and axes of a file to metres, z up, or to the units of the CRS."""
    if unit is not None and unit.lower() not in UNITS:
        raise InputError(f"--unit {unit!r}; legal: {', '.join(UNITS)}")
    if unit is not None and crs != LOCAL:
        raise InputError(f"--unit {unit}: the CRS {crs} tells the unit")
    if up_axis is not None and up_axis.lower() not in TO_Z_UP:
        raise InputError(f"--up-axis {up_axis!r}; legal: {', '.join(TO_Z_UP)}")
    metres = UNITS[unit.lower()] if unit else (scene.metres or 1.0)
    axes = next(TO_Z_UP[up] for up in TO_Z_UP if up == (up_axis or scene.up).lower())
    return np.diag([metres, metres, metres, 1.0] if crs == LOCAL else [1.0] * 4) @ axes


def _size_note(items: tuple[Item, ...]) -> tuple[str, ...]:
    """What to tell of a model of an unlikely size."""
    boxes = np.array([item.box for item in items if item.bodies])
    extent = boxes[:, 1].max(axis=0) - boxes[:, 0].min(axis=0)
    largest = float(extent.max())
    if _SMALLEST_M <= largest <= _LARGEST_M:
        return ()
    told = " x ".join(f"{side:.3g}" for side in extent)
    return (f"the model is {told} m; if that is not its size, name its unit with --unit, as mm",)


def _batch(items: tuple[Item, ...], model: _Model, options: ReadOptions) -> FeatureBatch:
    """Items as a batch, with the faulty ones as rejects."""
    sound = [item for item in items if item.bodies]
    rejects = tuple(
        Reject(item.record, "geometry", item.id, item.fault) for item in items if item.fault
    )
    table = _table(sound, model.columns)
    ids: tuple[str | None, ...] = tuple(item.id for item in sound)
    if options.id_field is not None:
        ids = tuple(None if v is None else str(v) for v in table[options.id_field].to_pylist())
    return FeatureBatch(
        crs=model.crs,
        geometry=np.array([*(item.footprint for item in sound), None], object)[:-1],
        attributes=table,
        source_ids=ids,
        records=np.array([item.record for item in sound], np.int64),
        bodies=_bodies(sound),
        palette=model.scene.palette,
        rejects=rejects,
    )


def _table(items: list[Item], columns: Columns) -> pa.Table:
    """What is told of each item, then the extras of its node."""
    counts = [sum(len(mesh.triangles) for mesh, _ in item.bodies) for item in items]
    made: dict[str, Any] = {
        "name": pa.array([item.node.name for item in items], pa.string()),
        "node_path": pa.array([item.node.path for item in items], pa.string()),
        "triangle_count": pa.array(counts, pa.int64()),
        "height_m": pa.array([item.box[1, 2] - item.box[0, 2] for item in items], pa.float64()),
        "ground_elevation_m": pa.array([item.box[0, 2] for item in items], pa.float64()),
    }
    return pa.table(made | columns.arrays([item.node.extras for item in items]))


def _bodies(items: list[Item]) -> Bodies:
    """The meshes of items, one row each."""
    rows = [(row, *body) for row, item in enumerate(items) for body in item.bodies]
    return Bodies(
        feature=np.array([row for row, _, _ in rows], np.int64),
        lod=("",) * len(rows),
        mesh=tuple(mesh for _, mesh, _ in rows),
        matrix=np.array([matrix for _, _, matrix in rows]).reshape(-1, 4, 4),
    )


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


PLUGIN: Reader = MeshReader()
