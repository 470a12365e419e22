"""Doors of streets in the order of their numbers, and sums over neighbours."""

from dataclasses import dataclass

import numpy as np

from addressing.checks.base import AddressTable
from cim.arrays import Bool, Float64, Int64

METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Doors:
    """Doors with a plain number and a place, one of each number, by street and number."""

    rows: Int64
    """(d,) rows of the address table."""

    streets: Int64
    """(d,) ascending."""

    numbers: Int64
    """(d,) ascending within a street."""

    points: Float64
    """(d, 2) metres east and north of the first door of the city."""


def doors_of(addresses: AddressTable) -> Doors:
    """The doors that count along the streets."""
    placed = np.isfinite(addresses.lon_lat).all(axis=1)
    counts = (addresses.streets >= 0) & (addresses.numbers > 0) & addresses.alone & placed
    rows = np.flatnonzero(counts & ~addresses.drafts)
    order = np.lexsort((addresses.numbers[rows], addresses.streets[rows]))
    rows = rows[order]
    streets, numbers = addresses.streets[rows], addresses.numbers[rows]
    first = np.ones(len(rows), bool)
    first[1:] = (streets[1:] != streets[:-1]) | (numbers[1:] != numbers[:-1])
    rows = rows[first]
    return Doors(rows, streets[first], numbers[first], _metres(addresses.lon_lat[rows]))


def _metres(lon_lat: Float64) -> Float64:
    """Degrees as metres; good within a city."""
    if not len(lon_lat):
        return np.zeros((0, 2))
    middle = np.median(lon_lat, axis=0)
    scale = np.array([METRES_A_DEGREE * np.cos(np.radians(middle[1])), METRES_A_DEGREE])
    return np.asarray((lon_lat - middle) * scale, np.float64)


@dataclass(frozen=True, slots=True)
class Windows:
    """For each door the range of its neighbours, itself among them."""

    start: Int64
    end: Int64

    def total(self, values: Float64) -> Float64:
        """Sum of values (d,) or (d, k) over each window."""
        sums = np.concatenate((np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)))
        return np.asarray(sums[self.end] - sums[self.start], np.float64)


def windows(streets: Int64, reach: int) -> Windows:
    """Windows of `reach` neighbours on each side that do not leave the street."""
    count = len(streets)
    place = np.arange(count)
    first = np.searchsorted(streets, streets, "left")
    last = np.searchsorted(streets, streets, "right")
    return Windows(np.maximum(place - reach, first), np.minimum(place + reach + 1, last))


def same_side(doors: Doors) -> tuple[Int64, Bool]:
    """Order of doors by street, parity and number; whether each follows one of its side."""
    parity = doors.numbers % 2
    order = np.lexsort((doors.numbers, parity, doors.streets))
    streets, sides = doors.streets[order], parity[order]
    follows = np.zeros(len(order), bool)
    follows[1:] = (streets[1:] == streets[:-1]) & (sides[1:] == sides[:-1])
    return order, follows
