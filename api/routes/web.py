"""What people open in a browser: the map page and the documentation of the REST interface."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.ogc.documents import Context
from api.ogc.exchange import asked, origin
from api.ogc.html import shell
from api.ogc.html.render import render
from api.ogc.html.shell import Shown
from api.ogc.reference import operations
from api.routes.files import Folder, cache_control_of_page, respond
from api.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
VIEWER = PROJECT / "assets" / "viewer" / "dist"
INDEX = "index.html"


def docs_router(app: FastAPI, settings: Settings) -> APIRouter:
    """The documentation of `app`, which needs no network."""
    routes = APIRouter(prefix="/api/docs", include_in_schema=False)

    @routes.get("")
    def read_docs(request: Request) -> Response:
        shown = _shown(app, settings, request)
        return shell.respond(request, "docs.html", shown)

    return routes


def viewer_router(folder: Path) -> APIRouter:
    """The map page in `folder`, or a page that says how to build it."""
    routes = APIRouter(include_in_schema=False)
    files = Folder(folder, cache_control_of_page)

    @routes.api_route("/{path:path}", methods=["GET", "HEAD"])
    async def read_page(path: str, request: Request) -> Response:
        if not path and not (folder / INDEX).is_file():
            return HTMLResponse(render("not_built.html", asked(request).language), 503)
        return await respond(files, path or INDEX, request)

    return routes


def _shown(app: FastAPI, settings: Settings, request: Request) -> Shown:
    city, root = settings.city, origin(request, settings.server.root_path)
    language = asked(request).language
    return Shown(
        context=Context(f"{root}/ogc", language, city.title_zh, city.title_en),
        root=root,
        sample=city.sample,
        switch=shell.other_language(request, language),
        section="api",
        operations=operations(app.openapi()),
    )
