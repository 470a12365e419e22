"""Workspaces: the whole OGC API once more under a path of its own, with fewer layers.

`/ogc/{name}/…` shows the layers of the workspace of this name, or of this class of the data
catalogue, and no others; all its links stay there. So QGIS opens a short list.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.security.sight import SCOPE_KEY, enter, leave, sight_of
from cim.catalog import Layer, LayerWorkspace
from cim.store.base import Store
from cim.themes import is_within, themes

WORKSPACE_KEY = "cim.workspace"


class Workspaces:
    """Lets requests below a workspace's path see its layers only."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, inside a workspace if the path names one."""
        name = _below(scope).lstrip("/").partition("/")[0]
        workspace = self._find(name)
        if workspace is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        sight = sight_of(request).narrowed(name, _holds(workspace))
        scope["root_path"] = f"{scope.get('root_path', '')}/{name}"
        scope[WORKSPACE_KEY] = workspace
        scope[SCOPE_KEY] = sight
        if _below(scope) == "":
            scope["path"] += "/"
        token = enter(sight)
        try:
            await self._app(scope, receive, send)
        finally:
            leave(token)

    def _find(self, name: str) -> LayerWorkspace | None:
        theme = themes().get(name)
        if theme is not None and theme.is_class:
            return LayerWorkspace(theme.code, theme.title_zh, theme.title_en)
        return self._store.workspaces().get(name)


def _below(scope: Scope) -> str:
    """The path below the root of the API."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def workspace_of(request: Request) -> LayerWorkspace | None:
    """The workspace that a request is inside of."""
    found: LayerWorkspace | None = request.scope.get(WORKSPACE_KEY)
    return found


def _holds(workspace: LayerWorkspace) -> Callable[[Layer], bool]:
    """Whether a layer is in a workspace."""
    name = workspace.name
    return lambda layer: name in layer.workspaces or is_within(layer.theme, name)
