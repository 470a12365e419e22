"""Height codes against the formulas of the standards in decimal arithmetic of 40 digits.

GB/T 39409-2020 (C.8, C.12, C.14) and GB/T 40087-2021 (2), (5): layer n = floor of
(t0 / t) log(1 + H / r0) / log(1 + t0), with t0 one degree in radians.
"""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from cim.arrays import Float64
from cim.grids._layers import HIGHEST_M, LOWEST_M
from cim.grids.beidou import PLUGIN as BEIDOU
from cim.grids.geosot import PLUGIN as GEOSOT

DIGITS = 40
PI = Decimal("3.14159265358979323846264338327950288419716939937510")
RADIUS_M = 6_378_137
BEIDOU_ENDS = (7, 10, 12, 15, 18, 20, 23, 26, 29, 32)


def heights(count: int, seed: int) -> Float64:
    """Heights in cities, in the air, in space and under the ground."""
    rng = np.random.default_rng(seed)
    kinds = [
        rng.uniform(-500, 9000, count // 2),
        np.round(rng.uniform(-100, 1000, count // 4), 2),
        rng.uniform(LOWEST_M, 0, count // 8),
        rng.uniform(0, HIGHEST_M, count // 8),
    ]
    return np.concatenate(kinds)


def layer(height_m: float, per_degree: Decimal, step: Decimal) -> int:
    """The index of the layer that holds a height."""
    ratio = 1 + Decimal(height_m) / RADIUS_M
    return int((ratio.ln() / step * per_degree).to_integral_value("ROUND_FLOOR"))


def beidou_height(index: int) -> str:
    """The height digits of level 10 of a layer index, as C.14 cuts its bits."""
    bits = f"{abs(index):031b}"
    digits = ["1" if index < 0 else "0", f"{int(bits[:6], 2):02d}"]
    start = 6
    for width in (3, 1, 4, 4, 1, 3, 3, 3, 3):
        digits.append(f"{int(bits[start : start + width], 2):X}")
        start += width
    return "".join(digits)


def digits_of(text: str) -> str:
    """The height digits of a 3D code of level 10."""
    return text[1] + text[5:7] + "".join(text[end - 1] for end in BEIDOU_ENDS[1:])


def indices_of(sample: Float64, per_degree: Decimal) -> list[int]:
    """Layer indices of heights."""
    with localcontext() as context:
        context.prec = DIGITS
        step = (1 + PI / 180).ln()
        return [layer(height, per_degree, step) for height in sample.tolist()]


def geosot_number(index: int, level: int) -> int:
    """The height code of a layer index: a sign bit and the size."""
    return abs(index) | (index < 0) << level - 1


def check(count: int, seed: int) -> None:
    """Compare both grids with the formulas at the finest level."""
    sample = heights(count, seed)
    indices = indices_of(sample, Decimal(3600 * 2048))
    cell = np.full(len(sample), BEIDOU.encode(np.array([[116.3, 39.9]]), 10)[0])
    texts = BEIDOU.to_text_3d(cell, BEIDOU.encode_heights(sample, 10)).tolist()
    assert [digits_of(text) for text in texts] == [beidou_height(index) for index in indices]
    wanted = [geosot_number(index, 32) for index in indices]
    assert GEOSOT.encode_heights(sample, 32).tolist() == wanted


def test_twenty_thousand_heights_equal_decimal_arithmetic() -> None:
    check(20_000, seed=3)


@pytest.mark.parametrize("level", range(10, 32))
def test_geosot_heights_of_coarser_levels_use_the_angle_of_the_level(level: int) -> None:
    two = Decimal(2)
    degrees = {True: 60 * two ** (level - 15), False: 3600 * two ** (level - 21)}
    sample = heights(800, seed=level)
    wanted = [geosot_number(n, level) for n in indices_of(sample, degrees[level <= 15])]
    assert GEOSOT.encode_heights(sample, level).tolist() == wanted


@pytest.mark.slow
def test_a_million_heights_equal_decimal_arithmetic() -> None:
    check(1_000_000, seed=4)
