"""The city of doors, made anew for each file of tests."""

from collections.abc import Iterator

import pytest

from tests.api.doors.making import DoorCity, door_city


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorCity]:
    """A city with addresses."""
    made = door_city(tmp_path_factory.mktemp("doors"))
    yield made
    made.registry.close()
    made.store.close()
