"""What the tests of the registry share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from addressing.registry.store import Registry
from tests.addressing.registry.making import new_city


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """An empty store."""
    return new_city(tmp_path)


@pytest.fixture
def registry(city: Path) -> Iterator[Registry]:
    """A registry without addresses."""
    registry = Registry(city)
    yield registry
    registry.close()
