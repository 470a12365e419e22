"""A way past the framework for what is asked thousands of times a second.

Routing, telemetry and handlers of the framework take as long as a small answer does. A few paths
are answered by applications of their own, which pass through the same layers as all others.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.middleware import HeadAsGet, Problems, TimeLimit

OWN: frozenset[object] = frozenset((TimeLimit, HeadAsGet))
"""Layers whose work applications that are reached directly do themselves, where it is needed."""


class CityApp(FastAPI):
    """The framework's application, and beside it those that are reached directly."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - the framework's
        super().__init__(**settings)
        self.direct: dict[str, ASGIApp] = {}
        """Applications that are reached directly, by path."""

    def take_direct(self, paths: Iterable[str], root_path: str, app: ASGIApp) -> None:
        """Let `app` answer some paths, whether a proxy strips `root_path` or not."""
        for path in paths:
            self.direct[path] = self.direct[root_path + path] = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self.direct.get(scope["path"]) if scope["type"] == "http" else None
        await (app or super().__call__)(scope, receive, send)


def direct(app: ASGIApp, around: Sequence[Middleware]) -> ASGIApp:
    """An application inside layers, the outermost first; its errors are told as all others."""
    app = Problems(app)
    for layer in reversed(around):
        if layer.cls not in OWN:
            app = layer.cls(app, *layer.args, **layer.kwargs)
    return app
