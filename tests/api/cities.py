"""Small cities for tests of the server: a workspace with a real store."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from fastapi import FastAPI

from api.app import create_app
from api.ogc.cache import build
from api.settings import Settings, parse_settings
from cim import plugins
from cim.catalog import Field, LayerDraft
from cim.features import FeatureBatch
from cim.store.base import Store, StoreFactory
from tests.making import SOURCE, coded, make_batch

BUILDINGS = 25
CITY = {
    "city": {
        "name": "jianghan",
        "title_zh": "江汉示范区",
        "title_en": "Jianghan",
        "division_code": "420103",
        "sample": True,
    }
}
BUILDINGS_DRAFT = LayerDraft(
    "buildings",
    "BLDG",
    "EPSG:4490",
    title_zh="建筑",
    title_en="Buildings",
    name_field="name",
    height_field="height",
    authority="住建局",
    fields=(Field("height", "number", "高度", "Height", "m"),),
)
PLATES_DRAFT = LayerDraft("plates", "DOOR", "EPSG:4490", title_zh="门牌")


def buildings(count: int = BUILDINGS, **columns: Any) -> FeatureBatch:
    """Squares near 114.3 E 30.5 N, with text that is awkward in JSON and in HTML."""
    use = ["住宅" if n % 2 else "办公" for n in range(count)]
    note = ['<b>"5" & x < 6</b>'] + [None] * (count - 1)
    extra: dict[str, Any] = {
        "use": use,
        "floors": list(range(1, count + 1)),
        "surveyed": [date(2024, 1, 1 + n % 28) for n in range(count)],
        "note": note,
    }
    return make_batch(count, **(extra | columns))


def plates() -> FeatureBatch:
    """Three points; the last has a height."""
    points = [shapely.Point(114.31, 30.51), shapely.Point(114.32, 30.52)]
    return make_batch(geometry=[*points, shapely.Point(114.33, 30.53, 12.3456)])


def open_city(workspace: Path, *, crs: str = "EPSG:4490") -> Store:
    """A new, empty store in a workspace."""
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    factory.create(workspace / "city.gpkg", crs)
    return factory.open(workspace / "city.gpkg")


def load(store: Store, batch: FeatureBatch, draft: LayerDraft = BUILDINGS_DRAFT) -> None:
    """Bring a batch into a layer; what an earlier batch brought and this one lacks is retired."""
    store.load(draft, replace(SOURCE, name="survey"), iter([coded(batch)]))


def build_caches(store: Store, workspace: Path) -> None:
    """Make the feature caches of all layers, so that no app starts a process for it."""
    for name in store.layers():
        build(store, name, workspace / "index" / "items")


def app_of(workspace: Path, store: Store, **settings: dict[str, Any]) -> FastAPI:
    """The application of a workspace, with its map page in `viewer/`."""
    return create_app(workspace, settings_of(**settings), store, viewer=workspace / "viewer")


def settings_of(**settings: dict[str, Any]) -> Settings:
    """The settings of the test city."""
    return parse_settings(CITY | settings, {}, where="test")
