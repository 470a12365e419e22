"""3D Tiles: which tilesets there are, and their files."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.routes.files import Folder, always_revalidate, respond
from api.schemas.tilesets import TilesetList, TilesetOut

logger = logging.getLogger(__name__)

ROOT_DOCUMENT = "tileset.json"


def router(folder: Path, root_path: str) -> APIRouter:
    """Routes over the tilesets in `folder`, one in each subfolder."""
    routes = APIRouter(prefix="/3dtiles", tags=["3D Tiles"])
    files = Folder(folder, always_revalidate)

    @routes.get("", summary="三维瓦片集列表 / Tilesets")
    def read_tilesets() -> TilesetList:
        return TilesetList(tilesets=list(_tilesets(folder, root_path)))

    @routes.api_route("/{tileset}/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def read_file(tileset: str, path: str, request: Request) -> Response:
        return await respond(files, f"{tileset}/{path}", request)

    return routes


def _tilesets(folder: Path, root_path: str) -> Iterator[TilesetOut]:
    for document in sorted(folder.glob(f"*/{ROOT_DOCUMENT}")):
        name = document.parent.name
        if name.startswith("."):
            continue
        try:
            extras = _extras(orjson.loads(document.read_bytes()))
            yield TilesetOut.from_extras(name, extras, root_path)
        except (OSError, ValueError) as error:
            logger.warning("tileset %s is left out: %s", document, error)


def _extras(document: dict[str, Any]) -> dict[str, Any]:
    """What `cim tiles build` wrote about a tileset, empty for a tileset from elsewhere."""
    extras = document.get("extras") or document.get("asset", {}).get("extras") or {}
    return extras if isinstance(extras, dict) else {}
