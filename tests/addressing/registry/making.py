"""Registries to test on."""

from datetime import date
from pathlib import Path

from addressing.model import Place, StandardAddress, Status
from addressing.registry.reading import read_parts
from addressing.registry.store import Registry
from addressing.registry.values import NewAddress
from cim.store.gpkg import PLUGIN

WEST_LAKE = "330106"
DOOR = Place(120.13, 30.27)


def new_city(folder: Path) -> Path:
    """An empty store."""
    path = folder / "city.gpkg"
    PLUGIN.create(path, "EPSG:4490")
    return path


def address(
    text: str,
    division: str = WEST_LAKE,
    place: Place | None = DOOR,
    status: Status = Status.VALID,
) -> NewAddress:
    """An address to be made, of its text."""
    return NewAddress(read_parts(text), place, division, status)


def put(
    registry: Registry, text: str, division: str = WEST_LAKE, day: date | None = None
) -> StandardAddress:
    """An address made of its text."""
    return registry.create(address(text, division), who="李雷", why="新建", day=day)
