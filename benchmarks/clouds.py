"""A synthetic airborne scan of a city: the same points for every run."""

from collections.abc import Iterator
from pathlib import Path

import laspy
import numpy as np
from pyproj import CRS

from cim.arrays import Float64

CRS_CODE = "EPSG:4547"
WEST, SOUTH = 530_000.0, 3_380_000.0
POINTS_PER_M2 = 20.0
STRIP_M = 400.0
"""Width of a flight strip."""

BLOCK_M = 60.0
"""One house stands in each block."""

CHUNK = 500_000
GROUND, TREE, HOUSE = 2, 5, 6


def city_scan(path: Path, count: int) -> Path:
    """Write a scan of `count` points as LAS 1.4 or LAZ, point format 7, by the file's ending."""
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = np.full(3, 0.001), np.array([WEST, SOUTH, 0.0])
    header.add_crs(CRS.from_user_input(CRS_CODE))
    with laspy.open(path, mode="w", header=header) as file:
        for record in _records(header, count):
            file.write_points(record)
    return path


def _records(header: laspy.LasHeader, count: int) -> Iterator[laspy.ScaleAwarePointRecord]:
    """Points strip by strip, line by line, as an aircraft brings them."""
    side = np.sqrt(count / POINTS_PER_M2)
    random = np.random.default_rng(4)
    for first in range(0, count, CHUNK):
        some = min(CHUNK, count - first)
        place = (first + np.arange(some)) / count * side * side
        strip = place // (STRIP_M * side)
        north = (place - strip * STRIP_M * side) / STRIP_M
        east = (strip + random.random(some)) * STRIP_M
        yield _record(header, np.column_stack((east, north)) + random.normal(0, 0.1, (some, 2)))


def _record(header: laspy.LasHeader, plan: Float64) -> laspy.ScaleAwarePointRecord:
    """Point records of places in the plane."""
    random = np.random.default_rng(5)
    block, within = np.divmod(plan, BLOCK_M)
    number = (block[:, 0] * 7919 + block[:, 1] * 104_729).astype(np.int64)
    house = ((within > 15) & (within < 45)).all(axis=1)
    tree = ~house & (np.sin(plan[:, 0] * 0.7) * np.sin(plan[:, 1] * 0.9) > 0.8)
    height = 20 + 4 * np.sin(plan[:, 0] / 300) + 3 * np.cos(plan[:, 1] / 200)
    height += np.where(house, 6 + number % 60, 0) + np.where(tree, random.random(len(plan)) * 9, 0)
    record = laspy.ScaleAwarePointRecord.zeros(len(plan), header=header)
    record.x, record.y = WEST + plan[:, 0], SOUTH + plan[:, 1]
    record.z = height + random.normal(0, 0.02, len(plan))
    record.classification = np.where(house, HOUSE, np.where(tree, TREE, GROUND)).astype(np.uint8)
    record.intensity = random.integers(200, 4_000, len(plan)).astype(np.uint16)
    shade = random.integers(-12, 12, len(plan)) + 30 * (number % 5)
    for name, base in (("red", 90 + 60 * house), ("green", 100 + 40 * tree), ("blue", 80)):
        record[name] = (np.clip(base + shade, 1, 255) * 256).astype(np.uint16)
    return record
