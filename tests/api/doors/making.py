"""A small city with addresses, for plates, pages and checks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from starlette.testclient import TestClient

from addressing.model import Place, StandardAddress, Status
from addressing.registry.store import Registry
from cim.catalog import LayerDraft
from cim.store.base import Store
from tests.addressing.registry.making import address
from tests.api.cities import app_of, load, open_city
from tests.making import make_batch

HOST = "dz.example.gov.cn"
TAINAN = "71/台南市/东区"
DOOR = (120.13, 30.27)
BUILDINGS = LayerDraft("houses", "BLDG", "EPSG:4490", title_zh="房屋")
SECRETS = LayerDraft("secrets", "BLDG", "EPSG:4490", title_zh="涉密")


@dataclass
class DoorCity:
    """The city with what tests need of it."""

    folder: Path
    store: Store
    registry: Registry
    road: list[StandardAddress]
    """Doors 1 to 12 of a street."""

    tainan: StandardAddress
    draft: StandardAddress

    def client(self, **settings: dict[str, Any]) -> TestClient:
        """A client of its server; by default plates have a host."""
        addresses = {"host": HOST} | settings.pop("addresses", {})
        app = app_of(self.folder, self.store, addresses=addresses, **settings)
        return TestClient(app, raise_server_exceptions=False, follow_redirects=False)

    def retire(self, code: str, *others: str) -> None:
        """Retire an address; others took its place."""
        if others:
            self.registry.replace(code, others, who="李雷", why="测试")
        else:
            self.registry.retire(code, who="李雷", why="测试")


def door_city(folder: Path) -> DoorCity:
    """A city with a street of West Lake District, a door of Tainan, a draft, and buildings."""
    store = open_city(folder)
    registry = Registry(store.path)
    road = [_door(registry, number) for number in range(1, 13)]
    tainan = registry.create(
        address("臺南市東區東光里7鄰東安路123巷5弄3號", TAINAN, Place(120.22, 22.98)),
        who="陳",
        why="新建",
    )
    waiting = address("西湖区文三路99号", status=Status.DRAFT)
    draft = registry.create(waiting, who="李雷", why="新建")
    load(store, make_batch(geometry=_houses(), ids=["h1", "h2"]), BUILDINGS)
    return DoorCity(folder, store, registry, road, tainan, draft)


def _door(registry: Registry, number: int) -> StandardAddress:
    """A door of the street, odd numbers in the north."""
    side = 0.00005 if number % 2 else -0.00005
    place = Place(DOOR[0] + number * 0.00005, DOOR[1] + side)
    new = address(f"西湖区文三路{number}号", place=place)
    return registry.create(new, who="李雷", why="新建")


def _houses() -> Any:
    """Squares: one at the first door, one far from all."""
    west = np.array([DOOR[0], DOOR[0] + 0.01])
    return shapely.box(west, DOOR[1], west + 0.0002, DOOR[1] + 0.0002)
