"""Ground plans of buildings, axis-aligned, with (x, y) as their south-west corner; metres."""

import numpy as np
from shapely import Point, Polygon, affinity, box
from shapely.geometry.base import BaseGeometry

type Step = tuple[float, float]


def rect(x: float, y: float, width: float, depth: float) -> Polygon:
    """A plain rectangle."""
    return box(x, y, x + width, y + depth)


def move[G: BaseGeometry](shape: G, x: float, y: float) -> G:
    """A shape shifted by (x, y)."""
    moved: G = affinity.translate(shape, x, y)
    return moved


def slab(x: float, y: float, units: int, unit_m: float, depth: float) -> Polygon:
    """A row of stairwell units: light wells on the north side, bays on the south side."""
    ring: list[Step] = []
    for unit in range(units):
        west, east = unit * unit_m, (unit + 1) * unit_m
        third = unit_m / 3
        ring += [(west, 0.9), (west + third, 0.9), (west + third, 0.0)]
        ring += [(east - third, 0.0), (east - third, 0.9), (east, 0.9)]
    ring.append((units * unit_m, depth))
    for unit in range(units - 1, 0, -1):
        edge = unit * unit_m
        ring += [(edge + 1.3, depth), (edge + 1.3, depth - 1.5)]
        ring += [(edge - 1.3, depth - 1.5), (edge - 1.3, depth)]
    ring.append((0.0, depth))
    return move(Polygon(ring), x, y)


def cross_tower(x: float, y: float, width: float, depth: float) -> Polygon:
    """A tower of four flats a floor around a core."""
    notch_w, notch_d = width * 0.27, depth * 0.26
    core = box(0, notch_d, width, depth - notch_d)
    return move(core.union(box(notch_w, 0, width - notch_w, depth)), x, y)


def butterfly_tower(x: float, y: float, width: float, depth: float) -> Polygon:
    """A tower whose two wings reach south on either side of a recess."""
    wing = width * 0.34
    wings = box(0, 0, wing, depth * 0.62).union(box(width - wing, 0, width, depth * 0.62))
    spine = box(width * 0.12, depth * 0.42, width * 0.88, depth * 0.8)
    return move(
        wings.union(spine).union(box(width * 0.36, depth * 0.6, width * 0.64, depth)), x, y
    )


def twin_slab(x: float, y: float, width: float, depth: float) -> Polygon:
    """A tall slab of two units set off against each other."""
    half = width / 2
    return move(box(0, 1.8, half, depth).union(box(half, 0, width, depth - 1.8)), x, y)


def l_shape(x: float, y: float, width: float, depth: float, wing_m: float) -> Polygon:
    """A wing along the north and one along the west."""
    return move(box(0, depth - wing_m, width, depth).union(box(0, 0, wing_m, depth)), x, y)


def u_shape(x: float, y: float, width: float, depth: float, wing_m: float) -> Polygon:
    """Three wings around a court that is open to the south."""
    return move(box(0, 0, width, depth) - box(wing_m, 0, width - wing_m, depth - wing_m), x, y)


def court(x: float, y: float, width: float, depth: float, wing_m: float) -> Polygon:
    """Four wings around a closed court: a polygon with a hole."""
    yard = box(wing_m, wing_m, width - wing_m, depth - wing_m)
    return move(box(0, 0, width, depth) - yard, x, y)


def h_shape(x: float, y: float, width: float, depth: float, wing_m: float) -> Polygon:
    """Two parallel wings and a link."""
    wings = box(0, 0, width, wing_m).union(box(0, depth - wing_m, width, depth))
    link = box(width / 2 - wing_m / 2, 0, width / 2 + wing_m / 2, depth)
    return move(wings.union(link), x, y)


def comb(x: float, y: float, width: float, depth: float, teeth: int) -> Polygon:
    """A spine along the north with teeth to the south, for wards and class rooms."""
    wing_m = depth * 0.3
    shape = box(0, depth - wing_m, width, depth)
    for west in np.linspace(0.0, width - wing_m, teeth):
        shape = shape.union(box(west, 0, west + wing_m, depth))
    return move(shape, x, y)


def blunt(x: float, y: float, width: float, depth: float, corner_m: float) -> Polygon:
    """A rectangle with its corners cut off."""
    core = box(corner_m, corner_m, width - corner_m, depth - corner_m)
    return move(core.buffer(corner_m, quad_segs=1), x, y)


def rounded(x: float, y: float, width: float, depth: float, radius_m: float) -> Polygon:
    """A rectangle with round corners."""
    core = box(radius_m, radius_m, width - radius_m, depth - radius_m)
    return move(core.buffer(radius_m, quad_segs=6), x, y)


def ellipse(x: float, y: float, width: float, depth: float) -> Polygon:
    """An ellipse within width and depth."""
    disc = Point(0.0, 0.0).buffer(1.0, quad_segs=10)
    oval: Polygon = affinity.scale(disc, width / 2, depth / 2)
    return move(oval, x + width / 2, y + depth / 2)


def track(x: float, y: float, width: float, length: float) -> Polygon:
    """A running track with its field, its long side from south to north."""
    radius = width / 2
    line = box(radius - 0.01, radius, radius + 0.01, length - radius)
    return move(line.buffer(radius - 0.01, quad_segs=12), x, y)
