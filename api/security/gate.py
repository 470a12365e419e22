"""What every request passes first: who asks, and what of the city there is for the caller."""

from starlette.types import ASGIApp, Receive, Scope, Send

from api.security.sight import SCOPE_KEY, Sights, enter, leave


class Gate:
    """Puts the caller's sight into the scope of a request."""

    def __init__(self, app: ASGIApp, sights: Sights) -> None:
        self._app = app
        self._sights = sights

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with the sight of whoever asks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sight = self._sights.anonymous
        scope[SCOPE_KEY] = sight
        token = enter(sight)
        try:
            await self._app(scope, receive, send)
        finally:
            leave(token)
