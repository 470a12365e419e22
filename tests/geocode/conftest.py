"""A real city that the tests only read, and a small one that each may change."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from addressing.registry.store import Registry
from geocode.city import CityGeocoder
from tests.addressing.registry.making import new_city
from tests.geocode.making import TAINAN, Plate, city_of, plates, put

STEP = 150
"""Some 4,000 of Tainan's plates; the benchmark reads them all."""

STREET = [f"西湖区文三路{number}号" for number in (2, 4, 8, 10, 20, 21, 23)]
ROOMS = ("1单元101室", "1单元502室", "2单元101室", "2单元502室")
ESTATE = [f"西湖区文三路30号翠苑新村3幢{room}" for room in ROOMS]


@pytest.fixture(scope="session")
def tainan_plates(shared: Callable[[str], Path]) -> list[Plate]:
    """Plates of Tainan."""
    return plates(shared(TAINAN), STEP)


@pytest.fixture(scope="session")
def tainan(
    tainan_plates: list[Plate], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CityGeocoder]:
    """The geocoder of these plates."""
    registry, geocoder = city_of(tmp_path_factory.mktemp("tainan"), tainan_plates)
    yield geocoder
    geocoder.close()
    registry.close()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """The addresses of a street and an estate in Hangzhou."""
    made = Registry(new_city(tmp_path))
    for number, text in enumerate(STREET + ESTATE):
        put(made, text, 120.13 + number * 1e-4)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the index of the small city is."""
    return tmp_path / "index"


@pytest.fixture
def hangzhou(registry: Registry, folder: Path) -> Iterator[CityGeocoder]:
    """Its geocoder."""
    geocoder = CityGeocoder(registry, folder)
    yield geocoder
    geocoder.close()
