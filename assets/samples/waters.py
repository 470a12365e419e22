"""The river with its bends, a canal and a lake."""

from typing import Final

import numpy as np
import shapely
from shapely import LineString, Polygon

from assets.samples.frame import plan_line, plan_polygon
from assets.samples.model import Water
from assets.samples.names import CANAL, LAKE, RIVER
from cim.arrays import Float64

EAST_EDGE: Final = 2050.0
NORTH_EDGE: Final = 1550.0
CANAL_U: Final = 243.0
LAKE_CENTRE: Final = (590.0, -868.0)
_MARGIN: Final = 250.0


def river_axis_v(u: Float64) -> Float64:
    """Where the middle of the river lies: grid `v` for grid `u`."""
    return -60.0 + 150.0 * np.sin(u / 640.0 + 0.5) + 45.0 * np.sin(u / 275.0 - 0.8)


def _half_width(u: Float64) -> Float64:
    return 68.0 + 14.0 * np.sin(u / 410.0 + 2.0) + 6.0 * np.sin(u / 130.0)


def river_line(offset_m: float, reach: float = EAST_EDGE + _MARGIN) -> LineString:
    """A line along the river from west to east, `offset_m` north of its middle."""
    u = np.arange(-reach, reach + 1.0, 25.0)
    axis = plan_line(np.column_stack([u, river_axis_v(u)]))
    return shapely.offset_curve(axis, offset_m, quad_segs=16) if offset_m else axis


def river_polygon() -> Polygon:
    """The water of the river, wider and narrower by turns, beyond the city's edge at both ends."""
    u = np.arange(-EAST_EDGE - _MARGIN, EAST_EDGE + _MARGIN + 1.0, 20.0)
    axis, half = river_axis_v(u), _half_width(u)
    north = np.column_stack([u, axis + half])
    south = np.column_stack([u, axis - half])
    return plan_polygon(np.concatenate([south, north[::-1]]))


def canal_polygon() -> Polygon:
    """A canal from the south edge into the river."""
    end = float(river_axis_v(np.array([CANAL_U]))[0])
    line = plan_line(np.array([[CANAL_U, -NORTH_EDGE - 200.0], [CANAL_U, end]]))
    return line.buffer(9.0, cap_style="flat").difference(river_polygon())


def lake_polygon() -> Polygon:
    """A lake with bays around an island."""
    turn = np.linspace(0.0, 2.0 * np.pi, 120, endpoint=False)
    wave = 1.0 + 0.16 * np.sin(2 * turn + 0.6) + 0.10 * np.sin(3 * turn + 2.0)
    ripple = 1.0 + 0.035 * np.sin(9 * turn)
    reach = np.column_stack([205.0 * np.cos(turn), 122.0 * np.sin(turn)])
    shore = plan_polygon(reach * (wave * ripple)[:, None] + LAKE_CENTRE)
    island = plan_polygon(reach * 0.13 + (LAKE_CENTRE[0] + 62.0, LAKE_CENTRE[1] + 18.0))
    return shore.difference(island)


def lake_walk() -> LineString:
    """A walk around the lake, ten metres from the shore."""
    return LineString(lake_polygon().buffer(10.0).exterior.coords)


def water_bodies(district: Polygon) -> tuple[Water, ...]:
    """All water within the district."""
    bodies = ((RIVER, "河流", river_polygon()), (CANAL, "沟渠", canal_polygon()))
    clipped = [Water(name, kind, shape.intersection(district)) for name, kind, shape in bodies]
    return (*clipped, Water(LAKE, "湖泊", lake_polygon()))
