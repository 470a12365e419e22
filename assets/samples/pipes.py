"""Pipes under the streets: water, rain water, sewage and gas, from node to node."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from assets.samples.frame import rng_for
from assets.samples.model import EXPRESSWAY, Pipe, RoadClass, Street

_NODE_M: Final = 110.0
_BRIDGE_M: Final = 8.0


@dataclass(frozen=True, slots=True)
class PipeRule:
    """How one kind of pipe is laid."""

    kind: str
    side: float
    """Offset from the street's middle line as a share of its corridor, left positive."""

    diameters_mm: dict[str, int]
    """By name of the road class."""

    materials: tuple[str, ...]
    depth_m: tuple[float, float]
    over_bridges: bool


_RULES: Final = (
    PipeRule(
        kind="给水",
        side=0.34,
        diameters_mm={"主干路": 800, "次干路": 500, "支路": 300},
        materials=("球墨铸铁", "球墨铸铁", "PE"),
        depth_m=(1.0, 1.5),
        over_bridges=True,
    ),
    PipeRule(
        kind="雨水",
        side=-0.12,
        diameters_mm={"主干路": 1500, "次干路": 1000, "支路": 600},
        materials=("钢筋混凝土", "HDPE"),
        depth_m=(1.8, 3.2),
        over_bridges=False,
    ),
    PipeRule(
        kind="污水",
        side=0.12,
        diameters_mm={"主干路": 800, "次干路": 600, "支路": 400},
        materials=("钢筋混凝土", "HDPE", "玻璃钢"),
        depth_m=(2.4, 4.5),
        over_bridges=False,
    ),
    PipeRule(
        kind="燃气",
        side=-0.36,
        diameters_mm={"主干路": 315, "次干路": 200, "支路": 110},
        materials=("PE", "钢"),
        depth_m=(0.9, 1.3),
        over_bridges=True,
    ),
)


def _stretches(line: LineString) -> list[LineString]:
    """A line cut into equal stretches of about the distance between manholes."""
    count = max(round(line.length / _NODE_M), 1)
    ends = np.linspace(0.0, line.length, count + 1)
    return [substring(line, low, high) for low, high in pairwise(ends)]


def _lay(street: Street, rule: PipeRule, water: BaseGeometry) -> list[Pipe]:
    rng = rng_for("pipes", street.name, rule.kind)
    road: RoadClass = street.road_class
    line = shapely.offset_curve(street.line, rule.side * road.corridor_m)
    if not isinstance(line, LineString) or line.is_empty:
        return []
    material = str(rng.choice(rule.materials))
    year = int(rng.integers(1988, 2023))
    pipes = []
    for part in _stretches(line):
        wet = part.intersection(water).length > _BRIDGE_M
        if wet and not rule.over_bridges:
            continue
        depth = -1.2 if wet else round(float(rng.uniform(*rule.depth_m)), 2)
        diameter = rule.diameters_mm[road.name]
        pipes.append(Pipe(rule.kind, part, diameter, material, depth, year, street.name))
    return pipes


def build_pipes(streets: tuple[Street, ...], water: BaseGeometry) -> tuple[Pipe, ...]:
    """All pipes, kind by kind; the ring road carries none."""
    shapely.prepare(water)
    laid = [street for street in streets if street.road_class is not EXPRESSWAY]
    return tuple(pipe for rule in _RULES for street in laid for pipe in _lay(street, rule, water))
