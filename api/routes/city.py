"""The city itself, and whether the server is well."""

from collections.abc import Iterable

from fastapi import APIRouter

from api.schemas.city import CityOut
from api.schemas.common import Titles
from api.settings import CitySettings
from cim.catalog import Bounds
from cim.errors import BackendError
from cim.store.base import Store


def router(store: Store, city: CitySettings, version: str) -> APIRouter:
    """Routes about the city in `store`."""
    routes = APIRouter()

    @routes.get("/api/city", tags=["City"], summary="城市概况 / The city")
    def read_city() -> CityOut:
        layers = store.layers().values()
        return CityOut(
            name=city.name,
            title=Titles(zh=city.title_zh, en=city.title_en),
            division_code=city.division_code,
            bounds=union(layer.bounds for layer in layers),
            sample=city.sample,
            version=version,
            entity_count=sum(layer.item_count for layer in layers),
        )

    @routes.get("/health/live", tags=["Operation"], summary="存活检查 / The process answers")
    async def read_live() -> dict[str, str]:
        return {"status": "live"}

    @routes.get("/health/ready", tags=["Operation"], summary="就绪检查 / The store answers")
    def read_ready() -> dict[str, str | int]:
        if not store.path.exists():
            raise BackendError(f"{store.path}: the store is gone")
        return {"status": "ready", "layers": len(store.layers())}

    return routes


def union(boxes: Iterable[Bounds | None]) -> Bounds | None:
    """The box around all boxes, None when there is none."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)
