"""The rooms, walls and openings of the community service centre, in metres.

Local axes: x along the south front from its west corner, y to the north, z up from the ground.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LENGTH: Final = 36.0
DEPTH: Final = 18.0
BAY: Final = 6.0
OUTER: Final = 0.3
INNER: Final = 0.2
SLAB: Final = 0.15
CORRIDOR: Final = (7.6, 10.4)
"""Middle lines of the two corridor walls."""

PARAPET: Final = 0.9
STOREYS: Final = (("一层", 0.0, 4.2), ("二层", 4.2, 3.6), ("三层", 7.8, 3.6))
"""Name, elevation and height from floor to floor."""

ROOF_M: Final = 11.4
_BAYS: Final = int(LENGTH / BAY)
_ROOMS: Final = (
    ("综合服务大厅", "警务室", "党群活动室", "老年活动室", "助餐食堂", "卫生服务站"),
    ("图书阅览室", "儿童活动室", "书画室", "舞蹈室", "调解室", "心理咨询室"),
    ("居委会办公室", "网格员办公室", "会议室", "档案室", "多功能厅", "值班室"),
)
_NORTH_ROOMS: Final = ("楼梯间", "卫生间", "储藏室", "设备间", "志愿者之家", "培训室")


@dataclass(frozen=True, slots=True)
class Wall:
    """A straight wall by its middle line."""

    name: str
    start: tuple[float, float]
    end: tuple[float, float]
    thickness: float
    outer: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """A window or a door in a wall."""

    name: str
    wall: int
    """Index of the wall within the storey."""

    kind: str
    """`window` or `door`."""

    along: float
    """From the wall's start to the middle of the opening."""

    width: float
    height: float
    sill: float


@dataclass(frozen=True, slots=True)
class Room:
    """A room by its inner corners."""

    name: str
    low: tuple[float, float]
    high: tuple[float, float]


def walls() -> tuple[Wall, ...]:
    """The walls of any storey: four outer, two along the corridor, then the partitions."""
    edge = OUTER / 2
    west, east, south, north = edge, LENGTH - edge, edge, DEPTH - edge
    outer = (
        Wall("南外墙", (0.0, south), (LENGTH, south), OUTER, outer=True),
        Wall("北外墙", (0.0, north), (LENGTH, north), OUTER, outer=True),
        Wall("西外墙", (west, OUTER), (west, DEPTH - OUTER), OUTER, outer=True),
        Wall("东外墙", (east, OUTER), (east, DEPTH - OUTER), OUTER, outer=True),
    )
    return (*outer, *_corridor_walls(), *_partitions())


def _corridor_walls() -> Iterator[Wall]:
    for name, y in zip(("走廊南墙", "走廊北墙"), CORRIDOR, strict=True):
        yield Wall(name, (OUTER, y), (LENGTH - OUTER, y), INNER, outer=False)


def _partitions() -> Iterator[Wall]:
    half = INNER / 2
    for bay in range(1, _BAYS):
        x = bay * BAY
        yield Wall(f"南隔墙{bay}", (x, OUTER), (x, CORRIDOR[0] - half), INNER, outer=False)
        yield Wall(f"北隔墙{bay}", (x, CORRIDOR[1] + half), (x, DEPTH - OUTER), INNER, outer=False)


def openings(storey: int) -> Iterator[Opening]:
    """The windows and doors of a storey; the entrance is in the first bay of the ground floor."""
    for bay in range(_BAYS):
        middle = (bay + 0.5) * BAY
        if storey == 0 and bay == 0:
            yield Opening("主入口", 0, "door", middle, 3.0, 2.7, 0.0)
        else:
            yield Opening(f"南窗{bay + 1}", 0, "window", middle, 3.0, 2.0, 0.9)
        yield Opening(f"北窗{bay + 1}", 1, "window", middle, 2.4, 1.6, 1.1)
        inner = middle - OUTER - 1.5
        yield Opening(f"南室门{bay + 1}", 4, "door", inner, 1.0, 2.1, 0.0)
        yield Opening(f"北室门{bay + 1}", 5, "door", inner, 1.0, 2.1, 0.0)
    for name, wall in (("西走廊窗", 2), ("东走廊窗", 3)):
        yield Opening(name, wall, "window", sum(CORRIDOR) / 2 - OUTER, 1.8, 1.6, 0.9)


def rooms(storey: int) -> Iterator[Room]:
    """The rooms of a storey and its corridor."""
    half = INNER / 2
    yield Room("走廊", (OUTER, CORRIDOR[0] + half), (LENGTH - OUTER, CORRIDOR[1] - half))
    for bay in range(_BAYS):
        low = bay * BAY + (half if bay else OUTER)
        high = (bay + 1) * BAY - (half if bay < _BAYS - 1 else OUTER)
        yield Room(_ROOMS[storey][bay], (low, OUTER), (high, CORRIDOR[0] - half))
        yield Room(_NORTH_ROOMS[bay], (low, CORRIDOR[1] + half), (high, DEPTH - OUTER))
