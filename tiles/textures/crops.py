"""What to cut out of which picture, and how large it is to be; no picture is decoded for it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from cim.appearance import Texture, Wrap
from cim.arrays import Bool, Float64, Int64
from tiles.textures.islands import Islands
from tiles.textures.shelves import LARGEST_PAGE_PX

FINEST_TEXEL_M = 0.002
"""Texels finer than 2 mm on the ground show nothing: 500 to the metre."""

TEXELS_PER_ERROR = 16
"""A tile is drawn while its geometric error is less than 16 pixels (CesiumJS's default): a texel
a sixteenth of the error wide is about a pixel."""

MOST_TURNS = 2.0
"""A picture repeated further than this stays whole and is repeated by the graphics card."""

WORTH_CUTTING = 0.6
"""Parts that fill more of the box about them all are cut as one: it takes less room."""

PADDING_PX = 4
"""Round each crop, so that its neighbours do not shine in when it is seen from afar."""


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that can be read, as its header says."""

    texture: Texture
    width: int
    height: int
    clear: bool
    """It may be transparent."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a picture."""

    material: int
    islands: Int64
    """Islands that lie in it."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels; they may leave the picture where it is repeated."""

    size: tuple[int, int]
    """Width and height that it is drawn with."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of islands."""

    shift: Float64
    """(i, 2) whole turns to be taken off u and v."""

    whole: Bool
    """(i,) the island repeats its picture so often that it needs it whole."""

    crops: tuple[Crop, ...]
    scales: Mapping[int, float]
    """Share of its size that the picture of a material is to have where it is needed whole."""


def plan(islands: Islands, sources: Mapping[int, Source], error_m: float) -> Plan:
    """Crops of the pictures of islands.

    Args:
        islands: All of them of materials with a source.
        sources: By material.
        error_m: Geometric error of the tile.
    """
    texel_m = max(error_m / TEXELS_PER_ERROR, FINEST_TEXEL_M)
    shift = np.zeros_like(islands.low)
    whole = (islands.high - islands.low > MOST_TURNS).any(axis=1)
    crops: list[Crop] = []
    scales: dict[int, float] = {}
    for material in np.unique(islands.material).tolist():
        source, rows = sources[material], np.flatnonzero(islands.material == material)
        shift[rows] = _turns(islands.low[rows], source.texture.wrap)
        density = islands.metres / np.sqrt(source.width * source.height) / texel_m
        kept, cut = rows[whole[rows]], rows[~whole[rows]]
        if len(kept):
            scales[material] = _scale(density[kept], max(source.width, source.height))
        crops += _crops(material, cut, _boxes(islands, shift, cut, source), density)
    return Plan(shift, whole, tuple(crops), scales)


def _turns(low: Float64, wrap: Wrap) -> Float64:
    """Whole turns that bring islands next to the picture; none where it is not repeated."""
    if wrap == "clamp":
        return np.zeros_like(low)
    period = 2.0 if wrap == "mirror" else 1.0
    return np.asarray(period * np.floor(low / period + 1e-6))


def _boxes(islands: Islands, shift: Float64, rows: Int64, source: Source) -> Int64:
    """(r, 4) left, top, right, bottom pixels of islands, a pixel more on each side."""
    size = np.array([source.width, source.height])
    low, high = islands.low[rows] - shift[rows], islands.high[rows] - shift[rows]
    left, right = low[:, 0] * size[0], high[:, 0] * size[0]
    top, bottom = (1 - high[:, 1]) * size[1], (1 - low[:, 1]) * size[1]
    edges = np.stack((left + 0.01, top + 0.01, right - 0.01, bottom - 0.01), axis=1)
    whole = np.floor(edges).astype(np.int64)
    return np.asarray(whole + np.array([0, 0, 1, 1]))


def _crops(material: int, rows: Int64, boxes: Int64, density: Float64) -> list[Crop]:
    """Crops of one picture: boxes that touch are cut as one."""
    found = []
    for members in _groups(boxes):
        low, high = boxes[members, :2].min(axis=0), boxes[members, 2:].max(axis=0)
        width, height = (high - low).tolist()
        scale = _scale(density[rows[members]], max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        box = (*low.tolist(), *high.tolist())
        found.append(Crop(material, rows[members], box, size))
    return found


def _groups(boxes: Int64) -> list[Int64]:
    """Boxes that overlap, also by the boxes about them, as groups of rows."""
    if not len(boxes):
        return []
    outlines = shapely.box(*boxes.T.astype(np.float64))
    while True:
        parts = shapely.get_parts(shapely.union_all(outlines))
        merged = shapely.box(*shapely.bounds(parts).T)
        if len(merged) == len(outlines):
            break
        outlines = merged
    middles = shapely.points((boxes[:, :2] + boxes[:, 2:]) / 2)
    box_rows, group_rows = shapely.STRtree(outlines).query(middles, predicate="intersects")
    firsts = np.unique(box_rows, return_index=True)[1]
    owner = group_rows[firsts]
    west, south, east, north = shapely.total_bounds(outlines)
    if shapely.area(outlines).sum() > WORTH_CUTTING * (east - west) * (north - south):
        return [np.arange(len(boxes))]
    return [np.flatnonzero(owner == group) for group in np.unique(owner).tolist()]


def _scale(density: Float64, longest_px: int) -> float:
    """Share of its size that a picture is drawn with: no finer than is seen, no larger than fits.

    Args:
        density: Texels of the wanted size along a texel of the picture, of each island.
        longest_px: Of the sides of what is drawn.
    """
    fitting = (LARGEST_PAGE_PX - 2 * PADDING_PX) / longest_px
    return float(min(1.0, density.max(), fitting))
