"""Tilesets of building models that become part of a city's tileset.

All files of such a tileset are taken into the folder of the city's, under a name with their
digest: the city can be packed, copied and served as one, and a model that is built again changes
nothing before the city is brought up to date. Files whose names hold a digest become hard links.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import shapely

from cim.arrays import Float64
from cim.errors import InputError, SourceDataError
from tiles.bim.elements import to_degrees
from tiles.gltf.loose import as_dict, as_list
from tiles.options import LinkedModel
from tiles.publish import ROOT_DOCUMENT, is_immutable, published_names, put_tree
from tiles.tiles3d import boxes, check
from tiles.tiles3d.files import Files, open_files, require

PREFIX: Final = "external"
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class External:
    """A model's tileset, taken in."""

    name: str
    """Fit for a file name, unique among the models of a build."""

    replaces: str | None
    """Entity id or source id of the feature that it replaces; None: what stands there."""

    uri: str
    """Of its root document, in the folder of the city's tileset."""

    files: frozenset[str]
    """Names of all its files there."""

    frame: Float64
    """(4, 4) from its root tile to EPSG:4978."""

    bounds: Float64
    """(2, 3) of its root tile."""

    error_m: float
    """Of its root tile."""

    footprint: shapely.Geometry
    """Of its buildings, else of its box, in degrees."""

    low_m: float
    high_m: float
    """Of its buildings, metres above the ellipsoid."""


def take_in(models: Sequence[LinkedModel], output: Path, work: Path) -> list[External]:
    """Tilesets of models put into the folder of the city's.

    Raises:
        NotFoundError: There is no such tileset.
        InputError: Two of them have one name.
        SourceDataError: One cannot be linked.
    """
    names = [_name(model.path) for model in models]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"--bim: two models are named {name!r}; rename one of them")
    return [_taken_in(*pair, output, work) for pair in zip(models, names, strict=True)]


def _name(path: Path) -> str:
    whole = (path.parent if path.name == ROOT_DOCUMENT else path).resolve()
    return _NOT_IN_NAMES.sub("-", whole.name.removesuffix(".3tz").lower()).strip("-") or "model"


def _taken_in(model: LinkedModel, name: str, output: Path, work: Path) -> External:
    """One tileset."""
    with open_files(model.path) as files:
        document = _document(files, model.path)
        root = as_dict(document.get("root"))
        frame, bounds = _box(root, model.path)
        plain = {key: value for key, value in root.items() if key != "transform"}
        links, kept = _files(files, model.path)
        kept[ROOT_DOCUMENT] = orjson.dumps({**document, "root": plain})
        folder = put_tree(output, links, kept, work, prefix=PREFIX)
    footprint, low, high = _place(document, frame, bounds)
    held = frozenset(f"{folder}/{path}" for path in (*links, *kept))
    uri = f"{folder}/{ROOT_DOCUMENT}"
    error = float(root["geometricError"])
    return External(name, model.replaces, uri, held, frame, bounds, error, footprint, low, high)


def _document(files: Files, path: Path) -> dict[str, Any]:
    """The root document of a tileset."""
    try:
        document = orjson.loads(require(files.read(files.root), files.root))
    except orjson.JSONDecodeError as error:
        raise SourceDataError(f"is not JSON: {error}", where=str(path)) from error
    if not isinstance(document, dict) or not check.is_error(
        as_dict(document.get("root")).get("geometricError")
    ):
        raise SourceDataError("is no tileset document", where=str(path))
    return document


def _box(root: dict[str, Any], path: Path) -> tuple[Float64, Float64]:
    """Frame of a root tile and its bounds in it.

    Raises:
        SourceDataError: Its volume is no box, or it does not stand on the Earth.
    """
    frame, volume = check.matrix_of(root), as_dict(root.get("boundingVolume"))
    if frame is None or not check.is_volume(volume) or "box" not in volume:
        reason = "its root has no box as bounding volume; only such models can be linked"
        raise SourceDataError(reason, where=str(path))
    if not np.allclose(frame[:3, :3] @ frame[:3, :3].T, np.eye(3), atol=1e-9):
        raise SourceDataError("its root is scaled; only rigid ones can be linked", where=str(path))
    middle, axes = boxes.box_axes(volume["box"])
    reach = np.abs(axes).sum(axis=0)
    return frame, np.stack((middle - reach, middle + reach))


def _files(files: Files, path: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    """Files that never change under their names, as links to them, and all others as they are."""
    folder = path.parent if path.is_file() and path.suffix == ".json" else path
    names = published_names(folder) if folder.is_dir() else None
    links: dict[str, str] = {}
    kept: dict[str, bytes] = {}
    for name in sorted(names if names is not None else set(files.names())):
        if name == files.root:
            continue
        if folder.is_dir() and is_immutable(name):
            links[name] = str((folder / name).resolve())
        else:
            kept[name] = require(files.read(name), name)
    return links, kept


def _place(
    document: dict[str, Any], frame: Float64, bounds: Float64
) -> tuple[shapely.Geometry, float, float]:
    """Footprint and heights: of the buildings that the document names, else of the box."""
    extras = as_dict(as_dict(document.get("asset")).get("extras"))
    buildings = [*_buildings(as_list(as_dict(extras.get("model")).get("buildings")))]
    if buildings:
        shapes = [shape for shape, _, _ in buildings]
        low, high = min(base for _, base, _ in buildings), max(top for _, _, top in buildings)
        return shapely.union_all(shapes), low, high
    (west, south, low), (east, north, high) = bounds.tolist()
    around = np.array([shapely.box(west, south, east, north)], object)
    return to_degrees(around, frame)[0], low, high


def _buildings(told: Sequence[object]) -> Iterator[tuple[shapely.Geometry, float, float]]:
    """Footprint, base and top of each building that is told in full."""
    for one in told:
        facts = as_dict(one)
        try:
            shape = shapely.from_geojson(orjson.dumps(facts["footprint"]))
            base, height = float(facts["base_m"]), float(facts["height_m"])
        except (KeyError, TypeError, ValueError, shapely.GEOSException):
            continue
        yield shapely.make_valid(shape), base, base + height
