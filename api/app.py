"""The web application of one workspace."""

import os
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import Lifespan

from addressing.registry.reports import Reports
from addressing.registry.store import Registry
from api import error_answers, geocode_openapi
from api.address_checks import Checker
from api.describing import describe
from api.direct import CityApp, direct
from api.doors.desk import Desk as DoorDesk
from api.doors.words import KINDS as REPORT_KINDS
from api.geocoding import SeenGeocoding, index_folder, source_of
from api.jobs.runner import Runner
from api.middleware import (
    HeadAsGet,
    Origins,
    RootPath,
    SecurityHeaders,
    TimeLimit,
)
from api.ogc.city import City
from api.ogc.editing.routes import Editing
from api.ogc.editing.service import Service
from api.ogc.files import Files
from api.ogc.items import Items
from api.ogc.makers import Makers
from api.ogc.parameters import Limits
from api.ogc.rebuild import Rebuilder
from api.ogc.routes import OgcApi, Works
from api.routes import (
    address_checks,
    address_elements,
    address_imports,
    address_plates,
    address_registry,
    addresses,
    audit,
    city,
    codes,
    doors,
    entities,
    geocode_jobs,
    grids,
    jobs,
    layers,
    models,
    tilesets,
    web,
)
from api.routes.desk import Desk
from api.routes.geocode import PATHS, Geocode
from api.routes.geocode_batch import BatchRoute
from api.routes.tile_files import Tilesets
from api.security.addresses import of_addresses
from api.security.desk import Access
from api.security.gate import Gate
from api.security.seen import SeenStore
from api.settings import Settings, load_settings
from api.tuning import save_memory, tune
from api.version import VERSION
from api.workspace import levels_of, open_store
from cim.store.base import Store
from geocode.city import CityGeocoder
from geocode.reverse_city import CityReverse

WORKSPACE_VARIABLE = "CIM_WORKSPACE"
ONLY_GET = ("/api", "/health", "/metrics", "/a/", "/nominatim", "/photon")
"""Paths below which routes know GET and have to be told of HEAD."""

WARM_S = 20.0
"""Seconds that a server which ends waits for what it prepares in the background."""

EXPOSED_HEADERS = (
    "Allow",
    "Content-Crs",
    "Content-Range",
    "ETag",
    "Link",
    "Location",
    "Preference-Applied",
)


def create_app(
    workspace: Path, settings: Settings, store: Store, *, viewer: Path = web.VIEWER
) -> FastAPI:
    """The application over an open store.

    Args:
        workspace: Folder of the city, with `tiles/` and `index/`.
        settings: What its `cim.toml` says.
        store: Its store; the caller closes it.
        viewer: Folder of the built map page.
    """
    server = settings.server
    caches = workspace / "index" / "items"
    bare, access = store, Access(workspace, settings, store)
    store = SeenStore(bare, access.sights)
    rebuild = Rebuilder(bare.path, caches)
    runner = Runner(workspace, settings.jobs.timeout_s, settings.jobs.keep_days)
    about = City(
        settings.city.title_zh,
        settings.city.title_en,
        settings.city.sample,
        server.root_path,
        VERSION,
    )
    items = Items(store, caches, rebuild, server.filter_timeout_s)
    limits, makers = Limits(server.default_limit, server.max_limit), Makers(bare.path)
    files = Files(store, items, limits, makers)
    works = Works(items, files, _editing(store, items, about, settings))
    ogc = OgcApi(store, works, about, limits)
    registry = Registry(bare.path, beside=bare)
    geocoder = CityGeocoder(registry, index_folder(workspace), source_of(settings, registry, bare))
    reverse = CityReverse(geocoder, bare, settings.addresses.boundaries)
    geocoding = SeenGeocoding(geocoder, reverse)
    reports = Reports(
        bare.path, tuple(REPORT_KINDS), settings.addresses.reports_per_day, beside=bare
    )
    app = CityApp(
        title="cim-server",
        version=VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(
            bare, rebuild, runner, geocoding, (geocoder, registry, reports, access, makers)
        ),
    )
    error_answers.install(app)
    describe(app)
    geocode_openapi.install(app)
    desk = Desk(workspace, settings.jobs, store)
    served = Tilesets(workspace / "tiles")
    app.router.routes[:0] = [
        tilesets.TileRoute(served, server.root_path, settings.access.tilesets),
        BatchRoute(geocoding, server.root_path, workspace, int(settings.jobs.max_upload_mb * 1e6)),
        *ogc.routes(),
    ]
    for router in (
        city.router(store, settings.city, VERSION),
        layers.router(bare, levels_of(settings), server.root_path),
        entities.router(store, server.root_path),
        models.router(store, server.root_path),
        grids.router(store),
        codes.router(),
        addresses.router(),
        *map(
            of_addresses,
            (
                *_door_routers(workspace, settings, store, registry, reports),
                address_imports.router(desk, server.root_path),
                address_elements.router(registry, settings.jobs.writes),
                address_registry.router(registry, settings.jobs.writes, server.root_path),
            ),
        ),
        tilesets.router(served, server.root_path, settings.access.tilesets),
        geocode_jobs.router(desk, geocoding, server.root_path),
        jobs.router(desk, server.root_path),
        audit.router(access.trail),
        web.docs_router(app, settings),
        web.viewer_router(viewer),
    ):
        app.include_router(router)
    around = _around(settings, access)
    for layer in reversed(around):
        app.add_middleware(layer.cls, *layer.args, **layer.kwargs)
    geocode = Geocode(geocoding, server.root_path, server.request_timeout_s)
    app.take_direct(PATHS, server.root_path, direct(geocode, around))
    return app


def _editing(store: Store, items: Items, about: City, settings: Settings) -> Editing:
    """What writes features."""
    service = Service(store, items, levels_of(settings), settings.editing.max_features)
    return Editing(store, service, about, settings.editing)


def _door_routers(
    workspace: Path, settings: Settings, store: Store, registry: Registry, reports: Reports
) -> tuple[APIRouter, ...]:
    """What stands before the routes of single addresses, whose paths would take theirs."""
    return (
        address_checks.router(Checker(registry, store, settings)),
        doors.steward_router(reports, settings.jobs.writes),
        doors.page_router(DoorDesk(registry, store, settings), reports),
        address_plates.router(registry, settings.addresses, workspace),
    )


def app_from_env() -> FastAPI:
    """The application of the workspace that `CIM_WORKSPACE` names, for several server processes.

    Raises:
        ConfigError: The workspace is not one.
    """
    save_memory()
    workspace = Path(os.environ.get(WORKSPACE_VARIABLE, ".")).resolve()
    settings = load_settings(workspace)
    app = create_app(workspace, settings, open_store(workspace, settings))
    tune()
    return app


class _Closable(Protocol):
    def close(self) -> None:
        """Release files."""
        ...


def _lifespan(
    store: Store,
    rebuild: Rebuilder,
    runner: Runner,
    geocoding: SeenGeocoding,
    opened: Iterable[_Closable],
) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def run(_app: FastAPI) -> AsyncIterator[None]:
        """Prepare in the background what the first requests would wait for."""
        rebuild(*store.layers())
        warming = threading.Thread(target=geocoding.warm, daemon=True)
        warming.start()
        runner.start()
        yield
        runner.close()
        rebuild.close()
        warming.join(WARM_S)  # it reads what is closed now
        for one in opened:
            one.close()

    return run


def _around(settings: Settings, access: Access) -> tuple[Middleware, ...]:
    """What every request passes through, the outermost first."""
    server = settings.server
    root = (Middleware(RootPath, root_path=server.root_path),) if server.root_path else ()
    return (
        *root,
        Middleware(SecurityHeaders),
        Middleware(
            Origins,
            allow_origins=server.cors_origins,
            allow_methods=("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("*",),
            expose_headers=EXPOSED_HEADERS,
        ),
        Middleware(TimeLimit, seconds=server.request_timeout_s),
        Middleware(HeadAsGet, prefixes=ONLY_GET),
        Middleware(Gate, access=access, root_path=server.root_path),
    )
