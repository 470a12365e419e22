"""What every test may use."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def shared_path(relative: str) -> Path:
    """A file of the test material beside the checkout; missing material is a failure."""
    path = SHARED / relative
    if not path.exists():
        pytest.fail(f"test material missing: ../shared/{relative}")
    return path


@pytest.fixture(scope="session")
def shared() -> object:
    """`shared_path` as a fixture."""
    return shared_path
