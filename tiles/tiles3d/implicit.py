"""Checks of implicit tiling: subtrees against files, and metadata against contents.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 8 (implicit tiling).
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cim.arrays import Float64, Int64
from cim.errors import SourceDataError, UnsupportedError
from tiles.gltf.loose import as_dict
from tiles.tiles3d import check
from tiles.tiles3d.check import Finding
from tiles.tiles3d.files import require, resolve
from tiles.tiles3d.morton import DIMENSIONS, from_morton, level_start, node_places, width
from tiles.tiles3d.place import Place, within
from tiles.tiles3d.subtree import Nodes, Subtree
from tiles.tiles3d.subtree_read import MOST_NODES, available_counts, unpack

VARIABLE = re.compile(r"\{(\w+)\}")
VOLUME_SEMANTICS = {
    "BOUNDING_BOX": "box",
    "BOUNDING_REGION": "region",
    "BOUNDING_SPHERE": "sphere",
}

type CheckContent = Callable[[Place, object], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Implicit:
    """What a tile says about the tiles below it."""

    scheme: str
    subtree_levels: int
    available_levels: int
    subtrees: str
    """Template of the addresses of subtrees."""

    contents: tuple[str, ...]
    """Templates of the addresses of contents."""

    volume: dict[str, Any]
    """`box` or `region` of the tile."""

    error_m: float

    @property
    def axes(self) -> int:
        """2 or 3."""
        return DIMENSIONS[self.scheme]


@dataclass(frozen=True, slots=True)
class _Root:
    """A subtree that is still to be looked at."""

    level: int
    cell: Int64
    """(2 or 3,)"""

    place: Place
    """Of its root tile's parent, or of the tile with `implicitTiling`."""


def implicit_of(tile: dict[str, Any]) -> tuple[Implicit | None, list[str]]:
    """What a tile says about the tiles below it, None where that is not legal, and its faults."""
    stated = as_dict(tile.get("implicitTiling"))
    scheme, volume = stated.get("subdivisionScheme"), as_dict(tile.get("boundingVolume"))
    levels, available = stated.get("subtreeLevels"), stated.get("availableLevels")
    subtrees = as_dict(stated.get("subtrees")).get("uri")
    faults = []
    if scheme not in DIMENSIONS:
        faults.append(f"subdivisionScheme {scheme!r}; legal: {', '.join(DIMENSIONS)}")
    for name, value in (("subtreeLevels", levels), ("availableLevels", available)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            faults.append(f"{name} {value!r}; legal: 1 or more")
    if not ("box" in volume or "region" in volume) or not check.is_volume(volume):
        faults.append("boundingVolume; legal: a box or a region")
    if faults:
        return None, faults
    contents = tuple(content.get("uri") for content in check.contents_of(tile))
    for name, template in (("subtrees", subtrees), *(("content", each) for each in contents)):
        faults += _template_faults(name, template, str(scheme))
    faults += [
        f"{name} beside implicitTiling" for name in ("children", "metadata") if name in tile
    ]
    if any(not isinstance(each, str) for each in (subtrees, *contents)):
        return None, faults
    if width(str(scheme)) ** int(levels or 1) > MOST_NODES:
        return None, [*faults, f"subtreeLevels {levels} of {scheme}: too many to be read"]
    error = tile.get("geometricError")
    made = Implicit(
        str(scheme), int(levels or 1), int(available or 1), str(subtrees),
        tuple(map(str, contents)), volume, error if check.is_error(error) else math.inf,
    )  # fmt: skip
    return made, faults


def _template_faults(name: str, template: object, scheme: str) -> Iterator[str]:
    """A template is text and names the level and each coordinate."""
    if not isinstance(template, str):
        yield f"{name}.uri {template!r}; legal: a template"
        return
    wanted = {"level", "x", "y", "z"} if scheme == "OCTREE" else {"level", "x", "y"}
    named = set(VARIABLE.findall(template))
    if named != wanted:
        legal = ", ".join(f"{{{each}}}" for each in sorted(wanted))
        yield f"{name}.uri {template!r}; it must name {legal}"


def expand(template: str, level: int, cell: Int64) -> str:
    """The address of a subtree or content."""
    values = {"level": level} | dict(zip("xyz", cell.tolist(), strict=False))
    return VARIABLE.sub(lambda found: str(values.get(found[1], found[0])), template)


def check_implicit(
    place: Place, tile: dict[str, Any], check_content: CheckContent
) -> Iterator[Finding]:
    """Findings about all tiles below a tile with `implicitTiling`.

    Args:
        place: Of what lies in the tile.
        tile: The tile.
        check_content: Findings about the content at an address.
    """
    implicit, faults = implicit_of(tile)
    for fault in faults:
        yield Finding(f"{place.name}/implicitTiling", "implicit-tiling", fault)
    if implicit is None:
        return
    waiting = [_Root(0, np.zeros(implicit.axes, np.int64), place)]
    while waiting:
        root = waiting.pop()
        name, fault = resolve(place.document, expand(implicit.subtrees, root.level, root.cell))
        if fault:
            yield Finding(f"{place.name}/implicitTiling", "subtree", fault)
            return
        try:
            data = require(place.files.read(name), name)
            found = read_subtree(place, implicit, name, data)
        except (SourceDataError, UnsupportedError) as error:
            yield Finding(name, "subtree", getattr(error, "reason", str(error)))
            continue
        yield from _check_availability(implicit, root, found, name)
        yield from _check_counts(found, data, name)
        places, findings = _tiles(implicit, root, found, name)
        yield from findings
        yield from _contents(implicit, root, found, places, check_content)
        waiting += _below(implicit, root, found, places)


def read_subtree(place: Place, implicit: Implicit, name: str, data: bytes) -> Subtree:
    """A subtree of a tileset.

    Raises:
        SourceDataError: It is not legal.
    """

    def get_buffer(uri: str) -> bytes:
        target, fault = resolve(name, uri)
        if fault:
            raise SourceDataError(fault, where=name)
        return require(place.files.read(target), target)

    return unpack(
        data,
        implicit.scheme,
        implicit.subtree_levels,
        schema=place.schema,
        where=name,
        get_buffer=get_buffer,
    )


def each_subtree(place: Place, implicit: Implicit) -> Iterator[tuple[int, Int64, int, Subtree]]:
    """Level and cell of the root, size in bytes, and value of every subtree of a tile.

    Raises:
        SourceDataError: One is missing or not legal.
    """
    waiting = [_Root(0, np.zeros(implicit.axes, np.int64), place)]
    while waiting:
        root = waiting.pop()
        name, fault = resolve(place.document, expand(implicit.subtrees, root.level, root.cell))
        if fault:
            raise SourceDataError(fault, where=place.document)
        data = require(place.files.read(name), name)
        found = read_subtree(place, implicit, name, data)
        yield root.level, root.cell, len(data), found
        codes = np.flatnonzero(found.children)
        waiting += [
            _Root(
                root.level + implicit.subtree_levels,
                (root.cell << implicit.subtree_levels) + cell,
                place,
            )
            for cell in from_morton(codes, implicit.axes)
        ]


def _check_availability(
    implicit: Implicit, root: _Root, found: Subtree, name: str
) -> Iterator[Finding]:
    """What is available has something above it."""
    tiles, many = found.tiles.available, width(implicit.scheme)
    if not tiles[0]:
        yield Finding(name, "availability", "the root tile of an available subtree is not")
    numbers = np.flatnonzero(tiles)[1:]
    orphans = numbers[~tiles[(numbers - 1) // many]]
    if len(orphans):
        message = f"{len(orphans)} tiles without the tile above them, the first is {orphans[0]}"
        yield Finding(f"{name}#/tileAvailability", "availability", message)
    levels, _ = node_places(implicit.scheme, implicit.subtree_levels)
    deep = np.count_nonzero(tiles & (levels + root.level >= implicit.available_levels))
    if deep:
        message = f"{deep} tiles at level {implicit.available_levels} or below"
        yield Finding(f"{name}#/tileAvailability", "available-levels", message)
    for number, content in enumerate(found.contents):
        bare = np.flatnonzero(content.available & ~tiles)
        if len(bare):
            message = f"{len(bare)} contents without their tile, the first is {bare[0]}"
            yield Finding(f"{name}#/contentAvailability/{number}", "availability", message)
    last = tiles[level_start(implicit.scheme, implicit.subtree_levels - 1) :]
    lost = np.count_nonzero(found.children & ~np.repeat(last, many))
    if lost:
        message = f"{lost} subtrees without the tile above them"
        yield Finding(f"{name}#/childSubtreeAvailability", "availability", message)
    if len(found.contents) > len(implicit.contents):
        message = f"{len(found.contents)} contents; the tile has {len(implicit.contents)}"
        yield Finding(f"{name}#/contentAvailability", "availability", message)


def _check_counts(found: Subtree, data: bytes, name: str) -> Iterator[Finding]:
    """`availableCount` is the number of bits that are 1."""
    true = {
        "tileAvailability": found.tiles.available,
        "childSubtreeAvailability": found.children,
        **{f"contentAvailability/{n}": c.available for n, c in enumerate(found.contents)},
    }
    for pointer, stated in available_counts(data, name).items():
        count = int(np.count_nonzero(true[pointer]))
        if stated != count:
            message = f"availableCount {stated}, but {count} are available"
            yield Finding(f"{name}#/{pointer}", "available-count", message)


def _tiles(
    implicit: Implicit, root: _Root, found: Subtree, name: str
) -> tuple[dict[int, Place], list[Finding]]:
    """Places of the contents of each available tile by its number, and findings about tiles."""
    places: dict[int, Place] = {}
    findings: list[Finding] = []
    levels, cells = node_places(implicit.scheme, implicit.subtree_levels)
    told = _rows(found.tiles)
    for number in np.flatnonzero(found.tiles.available).tolist():
        level = root.level + int(levels[number])
        cell = (root.cell << int(levels[number])) + cells[number]
        above = places.get((number - 1) // width(implicit.scheme)) if number else root.place
        if above is None:
            continue
        at = f"/tiles/{level}/{'/'.join(map(str, cell.tolist()))}"
        here = replace(above, at=at, document=root.place.document)
        error = float(told(number).get("TILE_GEOMETRIC_ERROR", implicit.error_m / 2**level))
        if not check.is_error(error) or error > above.error:
            message = f"geometricError {error} above its parent's {above.error}"
            findings.append(Finding(f"{name}#{at}", "error-monotone", message))
        volume = _stated_volume("TILE", told(number)) or divided(implicit, level, cell)
        if not check.is_volume(volume):
            findings.append(Finding(f"{name}#{at}", "bounding-volume", f"{volume!r}"[:200]))
        places[number] = within(replace(here, error=error), volume)
    return places, findings


def _contents(
    implicit: Implicit,
    root: _Root,
    found: Subtree,
    places: Mapping[int, Place],
    check_content: CheckContent,
) -> Iterator[Finding]:
    """Findings about the contents of a subtree."""
    levels, cells = node_places(implicit.scheme, implicit.subtree_levels)
    for template, content in zip(implicit.contents, found.contents, strict=False):
        told = _rows(content)
        for number in np.flatnonzero(content.available).tolist():
            if number not in places:
                continue
            level = int(levels[number])
            cell = (root.cell << level) + cells[number]
            here = within(places[number], _stated_volume("CONTENT", told(number)))
            yield from check_content(here, expand(template, root.level + level, cell))


def _below(
    implicit: Implicit, root: _Root, found: Subtree, places: Mapping[int, Place]
) -> Iterator[_Root]:
    """The subtrees below a subtree."""
    first = level_start(implicit.scheme, implicit.subtree_levels - 1)
    codes = np.flatnonzero(found.children)
    for code, cell in zip(codes, from_morton(codes, implicit.axes), strict=True):
        above = places.get(first + int(code) // width(implicit.scheme))
        if above is not None:
            level = root.level + implicit.subtree_levels
            yield _Root(level, (root.cell << implicit.subtree_levels) + cell, above)


def _rows(nodes: Nodes) -> Callable[[int], dict[str, Float64]]:
    """What metadata says about a node by its number."""
    ranks = np.cumsum(nodes.available) - 1
    return lambda number: {name: rows[ranks[number]] for name, rows in nodes.metadata.items()}


def _stated_volume(prefix: str, told: Mapping[str, Float64]) -> dict[str, Any] | None:
    """The bounding volume that metadata states."""
    for semantic, kind in VOLUME_SEMANTICS.items():
        if f"{prefix}_{semantic}" in told:
            return {kind: told[f"{prefix}_{semantic}"].tolist()}
    return None


def divided(implicit: Implicit, level: int, cell: Int64) -> dict[str, Any]:
    """The bounding volume of a tile that follows from that of the root."""
    share = np.ones(3)
    share[: implicit.axes] = 0.5**level
    middle = np.zeros(3)
    middle[: implicit.axes] = (2 * cell + 1) * 0.5**level - 1
    if "box" in implicit.volume:
        numbers = np.array(implicit.volume["box"], np.float64)
        axes = numbers[3:].reshape(3, 3)
        return {"box": [*(numbers[:3] + middle @ axes), *(axes * share[:, None]).ravel()]}
    west, south, east, north, low, high = implicit.volume["region"]
    span = check.lon_span(west, east)
    lows, spans = np.array((west, south, low)), np.array((span, north - south, high - low))
    start = lows + spans * (middle + 1 - share) / 2
    end = start + spans * share
    lon = [each - 2 * math.pi if each > math.pi else each for each in (start[0], end[0])]
    return {"region": [lon[0], start[1], lon[1], end[1], start[2], end[2]]}
