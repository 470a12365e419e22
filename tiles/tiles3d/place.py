"""Where in a tileset something stands, while its tree is walked."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson

from cim.arrays import Float64
from tiles.gltf.loose import as_dict
from tiles.tiles3d import check
from tiles.tiles3d.check import Finding
from tiles.tiles3d.files import Files, resolve

type Volume = tuple[dict[str, Any], Float64, str]
"""A bounding volume, the (4, 4) matrix of its tile to the Earth, and the tile's name."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the way to a tile or a document says."""

    files: Files
    document: str
    """Name of the document's file."""

    at: str = ""
    """JSON pointer inside the document, for messages."""

    matrix: Float64 = field(default_factory=lambda: np.eye(4))
    """(4, 4) from the parent's frame to the Earth's."""

    error: float = np.inf
    """Geometric error of the parent."""

    volumes: tuple[Volume, ...] = ()
    """Bounding volumes on the way."""

    documents: tuple[str, ...] = ()
    """Tileset documents on the way."""

    schema: dict[str, Any] = field(default_factory=dict)
    """Metadata schema of the document's tileset; empty for none."""

    depth: int = 0

    @property
    def name(self) -> str:
        """File and place in it."""
        return f"{self.document}#{self.at}"


def inside(place: Place, tile: dict[str, Any]) -> Place:
    """The place of what lies in a tile."""
    transform = check.matrix_of(tile)
    error = tile.get("geometricError")
    here = replace(
        place,
        matrix=place.matrix if transform is None else place.matrix @ transform,
        error=error if check.is_error(error) else place.error,
        depth=place.depth + 1,
    )
    return within(here, tile.get("boundingVolume"))


def within(place: Place, volume: object) -> Place:
    """The place with one more bounding volume about it, if the volume is legal."""
    if not isinstance(volume, dict) or not check.is_volume(volume):
        return place
    return replace(place, volumes=(*place.volumes, (volume, place.matrix, place.name)))


def read_schema(place: Place, owner: dict[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """The schema in or beside a tileset document or a glb's metadata; empty for none.

    Args:
        place: Of the owner.
        owner: With `schema` or `schemaUri`, or with neither.
    """
    if "schema" in owner:
        return as_dict(owner["schema"]), list(_not_object(place, owner["schema"]))
    if "schemaUri" not in owner:
        return {}, []
    name, fault = resolve(place.document, owner["schemaUri"])
    data = place.files.read(name) if name else None
    if data is None:
        reason = fault or f"{owner['schemaUri']}: no such file"
        return {}, [Finding(place.name, "schema", f"schemaUri {reason}")]
    try:
        schema = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return {}, [Finding(name, "schema", f"is not JSON: {error}")]
    return as_dict(schema), list(_not_object(place, schema))


def _not_object(place: Place, schema: object) -> Iterator[Finding]:
    if not isinstance(schema, dict):
        yield Finding(place.name, "schema", "is not a JSON object")
