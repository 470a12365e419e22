"""A million points of each Chinese grid against integer arithmetic written from the text."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from cim.arrays import Float64
from cim.grids.base import Grid
from cim.grids.beidou import PLUGIN as BEIDOU
from cim.grids.geosot import PLUGIN as GEOSOT

TICKS = 3600 * 2048
COUNT = 1_000_000


def edges_and_neighbours(count: int, seed: int) -> Float64:
    """Points on cell edges of all levels and up to two doubles beside them, in all quadrants."""
    rng = np.random.default_rng(seed)
    steps = 2 ** rng.integers(0, 24, (count, 2)) * rng.choice([1, 60, 225, 3600], (count, 2))
    limits = np.array([180, 88]) * TICKS
    ticks = rng.integers(0, limits, (count, 2)) // steps * steps
    points = ticks / TICKS
    for _ in range(2):
        aim = rng.choice([-1000.0, 0.0, 1000.0], (count, 2))
        points = np.where(aim == 0, points, np.nextafter(points, aim))
    points = np.clip(np.abs(points), 0, np.nextafter([180.0, 88.0], 0))
    signed: Float64 = points * rng.choice([-1.0, 1.0], (count, 2))
    return signed


def anywhere(count: int, seed: int) -> Float64:
    """Points with 3 to 16 decimals, in all quadrants."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (count, 2)) * (180, 88)
    places = rng.integers(3, 17, count)
    for decimals in range(3, 17):
        rows = places == decimals
        points[rows] = np.round(points[rows], decimals)
    return np.clip(points, (-179.9999, -87.9999), (179.9999, 87.9999))


def tick(degrees: float) -> int:
    """Tick of |degrees| by whole numbers: of the edge that rounds to it, or else below it."""
    top, bottom = abs(degrees).as_integer_ratio()
    below, rest = divmod(top * TICKS, bottom)
    return below + 1 if rest and (below + 1) / TICKS == abs(degrees) else below


def beidou_text(lon: float, lat: float) -> str:
    """Level-10 code by successive division (clause 5.2, Annex B)."""
    (column, x), (row, y) = divmod(tick(lon), 6 * TICKS), divmod(tick(lat), 4 * TICKS)
    text = f"{'NS'[lat < 0]}{30 - column if lon < 0 else 31 + column:02d}{chr(65 + row)}"
    (a, x), (b, y) = divmod(x, 1800 * 2048), divmod(y, 1800 * 2048)
    text += f"{a:X}{b}"
    (a, x), (b, y) = divmod(x, 900 * 2048), divmod(y, 600 * 2048)
    text += str(2 * b + a)
    for size in (60 * 2048, 4 * 2048, 2 * 2048, 512, 64, 8, 1):
        (a, x), (b, y) = divmod(x, size), divmod(y, size)
        text += str(2 * b + a) if size == 4096 else f"{a:X}{b:X}"
    return text


def geosot_text(lon: float, lat: float) -> str:
    """Level-32 code by interleaved bits (clause 6.2.3.1)."""
    pair = []
    for angle in (lat, lon):
        seconds, parts = divmod(tick(angle), 2048)
        minutes, second = divmod(seconds, 60)
        degree, minute = divmod(minutes, 60)
        pair.append(f"{degree:08b}{minute:06b}{second:06b}{parts:011b}")
    digits = (str(int(b + a, 2)) for b, a in zip(*pair, strict=True))
    return f"G{2 * (lat < 0) + (lon < 0)}" + "".join(digits)


def blocks(points: Float64) -> Iterator[Float64]:
    """Points in pieces, to keep the texts of one piece in memory."""
    return (points[i : i + 50_000] for i in range(0, len(points), 50_000))


BOTH = pytest.mark.parametrize(
    ("grid", "by_the_text"),
    [(BEIDOU, beidou_text), (GEOSOT, geosot_text)],
    ids=["beidou", "geosot"],
)


@BOTH
@pytest.mark.parametrize("sample", [edges_and_neighbours, anywhere])
def test_codes_of_every_level_equal_whole_number_arithmetic(
    grid: Grid, by_the_text: Callable[[float, float], str], sample: Callable[..., Float64]
) -> None:
    points = sample(10_000, seed=12)
    finest = [by_the_text(lon, lat) for lon, lat in points.tolist()]
    for level in grid.levels:
        texts = grid.to_text(grid.encode(points, level)).tolist()
        assert texts == [text[: len(texts[0])] for text in finest]
    assert grid.from_text(finest).tolist() == grid.encode(points, grid.levels[-1]).tolist()


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("sample", [edges_and_neighbours, anywhere])
def test_codes_equal_whole_number_arithmetic_on_half_a_million_points(
    grid: Grid, by_the_text: Callable[[float, float], str], sample: Callable[..., Float64]
) -> None:
    for piece in blocks(sample(COUNT // 2, seed=11)):
        texts = grid.to_text(grid.encode(piece, grid.levels[-1])).tolist()
        expected = [by_the_text(lon, lat) for lon, lat in piece.tolist()]
        assert texts == expected
