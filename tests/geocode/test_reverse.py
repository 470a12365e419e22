"""From places to doors: the nearest ones are those that a plain search over all finds."""

import h3
import numpy as np

from geocode.city import CityGeocoder
from tests.geocode.making import Plate


def test_the_nearest_doors_are_the_nearest(
    tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    random = np.random.default_rng(5)
    for plate in tainan_plates[::40]:
        lon, lat = plate.lon + random.normal(0, 3e-4), plate.lat + random.normal(0, 3e-4)
        away = sorted(
            h3.great_circle_distance((lat, lon), (one.lat, one.lon), unit="m")
            for one in tainan_plates
        )
        found = tainan.reverse(lon, lat, limit=3, within_m=5_000)
        assert np.allclose([one.distance_m for one in found], away[: len(found)], atol=0.02)
        assert len(found) == 3


def test_far_from_all_doors_there_is_none(tainan: CityGeocoder) -> None:
    assert tainan.reverse(0.0, 0.0) == []
