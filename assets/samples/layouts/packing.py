"""Putting a list of buildings onto a lot, each where it wants to be and there is room."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from assets.samples.layouts.rows import fits, setback
from assets.samples.model import Draft, Green, Layout
from assets.samples.shapes import move

_STEP_M = 5.0


@dataclass(frozen=True, slots=True)
class Item:
    """A building or a ground to be put down, drawn at the origin."""

    draft: Draft | Green
    anchor: tuple[float, float]
    """Where it wants to be: shares of the lot's width and depth, (0, 0) in the south-west."""


def _spots(
    ground: Polygon, shape: BaseGeometry, anchor: tuple[float, float]
) -> Iterator[tuple[float, float]]:
    """Places on a lattice, the nearest to the anchor first."""
    west, south, east, north = ground.bounds
    _, _, width, depth = shape.bounds
    xs = np.arange(west, east - width + 0.01, _STEP_M)
    ys = np.arange(south, north - depth + 0.01, _STEP_M)
    x, y = (axis.ravel() for axis in np.meshgrid(xs, ys))
    want_x = west + anchor[0] * (east - west - width)
    want_y = south + anchor[1] * (north - south - depth)
    order = np.argsort(np.hypot(x - want_x, y - want_y), kind="stable")
    yield from zip(x[order].tolist(), y[order].tolist(), strict=True)


def pack(ground: Polygon, items: Iterable[Item], border_m: float, between_m: float) -> Layout:
    """The items that find room, in the order given; the others are left out."""
    inner = setback(ground, border_m)
    shapely.prepare(inner)
    taken: BaseGeometry = Polygon()
    drafts: list[Draft] = []
    greens: list[Green] = []
    for item in items:
        spot = next(
            (
                moved
                for x, y in _spots(inner, item.draft.shape, item.anchor)
                if fits(moved := move(item.draft.shape, x, y), inner, taken)
            ),
            None,
        )
        if spot is None:
            continue
        taken = taken.union(spot.buffer(between_m))
        shapely.prepare(taken)
        if isinstance(item.draft, Green):
            greens.append(replace(item.draft, shape=spot))
        else:
            drafts.append(replace(item.draft, shape=spot))
    return Layout(tuple(drafts), greens=tuple(greens))
