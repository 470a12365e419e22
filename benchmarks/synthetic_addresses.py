"""Addresses of an invented city, as many as wanted: unique, the same in every run.

`python -m benchmarks.synthetic_addresses 10000000 plates.parquet`
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cim.arrays import Int64

CITY = "澜汀市"
_DISTRICTS = (
    "云汀区", "石澜区", "东浦屿区", "晴岚区", "松麓区",
    "海棠洲区", "青砚区", "南棹区", "望川区", "锦溪洲区",
)  # fmt: skip
_FIRST = "枫杉榆槐桐樟楠柏栎桦柳荷菱苇蓼芷兰蕙萱芙"
_SECOND = "霞岚汀洲屿浦泽渚溪涧岫峦嶂岭麓原野陌畦垄"
_ENDS = ("路", "街", "大道", "巷")
_DOORS, _BUILDINGS, _UNITS, _ROOMS = 120, 6, 3, 24
"""Of a street, a door, a building, a unit; rooms are four a floor."""

_BATCH = 250_000
_WEST, _SOUTH = 117.0, 32.0
_STREET_DEG, _DOOR_DEG = 0.0008, 0.0001


def main(count: int, path: Path) -> None:
    """Write a Parquet register of `count` addresses."""
    batches = tables(count)
    first = next(batches)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for table in batches:
            writer.write_table(table)


def tables(count: int) -> Iterator[pa.Table]:
    """The register, batch by batch."""
    for start in range(0, count, _BATCH):
        yield _table(np.arange(start, min(start + _BATCH, count)))


def _table(number: Int64) -> pa.Table:
    """Rows of some numbers: each digit of a mixed-base number names one element."""
    rest, room = np.divmod(number, _ROOMS)
    rest, unit = np.divmod(rest, _UNITS)
    rest, building = np.divmod(rest, _BUILDINGS)
    rest, door = np.divmod(rest, _DOORS)
    road, district = np.divmod(rest, len(_DISTRICTS))
    names = _roads(int(road.max()) + 1)
    return pa.table(
        {
            "plate_id": [f"P{one:09d}" for one in number.tolist()],
            "city": [CITY] * len(number),
            "division_code": [f"9902{one + 1:02d}" for one in district.tolist()],
            "district": [_DISTRICTS[one] for one in district.tolist()],
            "road": [names[one] for one in road.tolist()],
            "number": door * 2 + 1,
            "building": building + 1,
            "unit": unit + 1,
            "room": (room // 4 + 1) * 100 + room % 4 + 1,
            "lon": _WEST + district * 0.2 + door * _DOOR_DEG,
            "lat": _SOUTH + road * _STREET_DEG,
        }
    )


def _roads(count: int) -> list[str]:
    """Names of streets."""
    pairs = [f"{a}{b}{c}" for c in _ENDS for a in _FIRST for b in _SECOND]
    if count > len(pairs):
        raise SystemExit(f"{count} streets a district; legal: {len(pairs)}")
    return pairs[:count]


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
