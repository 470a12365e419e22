"""3D Tiles: which tilesets there are, and their files."""

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from api.routes.files import IMMUTABLE, REVALIDATE
from api.routes.sending import Packed, send_file
from api.routes.tile_files import TRUSTED_S, Tilesets, missing
from api.schemas.tilesets import TilesetList, TilesetOut
from api.security.sight import SCOPE_KEY, Sight, sight_of
from cim.catalog import CLASSIFICATIONS
from cim.errors import CimError
from tiles.publish import is_immutable

logger = logging.getLogger(__name__)

PREFIX = "/3dtiles"
PUBLIC = CLASSIFICATIONS[0]
METHODS = ("GET", "HEAD")


def router(tilesets: Tilesets, root_path: str, classes: Mapping[str, str]) -> APIRouter:
    """The list of the tilesets.

    Args:
        tilesets: Where the files are.
        root_path: Path under which the server is reached.
        classes: Classification of tilesets made from files, by name.
    """
    routes = APIRouter(prefix=PREFIX, tags=["3D Tiles"])

    @routes.get("", summary="三维瓦片集列表 / Tilesets")
    def read_tilesets(request: Request) -> TilesetList:
        sight = sight_of(request)
        return TilesetList(
            tilesets=[
                one
                for one in _listed(tilesets, root_path)
                if sight.sees_tileset(one.id, one.layer, classes.get(one.id, PUBLIC))
            ]
        )

    return routes


class TileRoute(BaseRoute):
    """The files of tilesets. It stands before all other routes and makes no detour.

    Args:
        tilesets: Where the files are.
        root_path: Path under which the server is reached.
        classes: Classification of tilesets made from files, by name.
    """

    def __init__(self, tilesets: Tilesets, root_path: str, classes: Mapping[str, str]) -> None:
        self._tilesets = tilesets
        self._classes = classes
        self._layers = LayersOfTilesets(tilesets)
        self._lead = f"{root_path}{PREFIX}/"
        self._packed = Packed()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for a file of a tileset."""
        is_ours = scope["type"] == "http" and scope["path"].startswith(self._lead)
        return (Match.FULL if is_ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> Any:  # noqa: ANN401 - starlette's
        """Nothing: this route has no name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send a file.

        Raises:
            HTTPException: The method is neither GET nor HEAD.
            GoneError: It shows a layer that was retired.
            CimError: There is no such file, or it cannot be read.
        """
        if scope["method"] not in METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(METHODS)})
        name, _, path = scope["path"].removeprefix(self._lead).partition("/")
        file = self._tilesets.file(name, path)
        layer, kind = self._layers.of(name), self._classes.get(name, PUBLIC)
        sight: Sight = scope[SCOPE_KEY]
        if not sight.sees_tileset(name, layer, kind):
            if layer is not None:
                sight.say_gone(layer)
            raise missing(name, path)
        cache_control = IMMUTABLE if is_immutable(path) else REVALIDATE
        await send_file(file, cache_control, self._packed, scope, send)


class LayersOfTilesets:
    """Which layers tilesets were made from, as their root documents say; asked for every tile."""

    def __init__(self, tilesets: Tilesets) -> None:
        """The layers of `tilesets`."""
        self._tilesets = tilesets
        self._known: dict[str, tuple[float, str | None]] = {}

    def of(self, name: str) -> str | None:
        """The layer that a tileset was made from, None for one made from files."""
        held = self._known.get(name)
        if held is None or held[0] < time.monotonic():
            held = (time.monotonic() + TRUSTED_S, self._read(name))
            self._known[name] = held
        return held[1]

    def _read(self, name: str) -> str | None:
        try:
            layer = _extras(orjson.loads(self._tilesets.root_document(name))).get("layer")
        except (CimError, OSError, ValueError):
            return None
        return layer if isinstance(layer, str) else None


def _listed(tilesets: Tilesets, root_path: str) -> Iterator[TilesetOut]:
    for name in tilesets.names():
        try:
            extras = _extras(orjson.loads(tilesets.root_document(name)))
            yield TilesetOut.from_extras(name, extras, root_path)
        except (CimError, OSError, ValueError) as error:
            logger.warning("tileset %s is left out: %s", name, error)


def _extras(document: dict[str, Any]) -> dict[str, Any]:
    """What `cim tiles build` wrote about a tileset, empty for a tileset from elsewhere."""
    extras = document.get("extras") or document.get("asset", {}).get("extras") or {}
    return extras if isinstance(extras, dict) else {}
