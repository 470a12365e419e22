"""Files that pages load; errors as pages for those who read pages; OPTIONS of what is read."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import TELLER
from api.ogc.exchange import prefers_html
from api.ogc.html import shell
from api.ogc.web import Pages
from cim.errors import NotFoundError

NOT_ALLOWED = 405
READING = ("GET", "HEAD", "OPTIONS")
"""Methods of what is only read; the routes that write answer OPTIONS themselves."""


async def send_asset(request: Request) -> Response:
    """A style sheet or script of the pages.

    Raises:
        NotFoundError: There is none of this name.
    """
    name: str = request.path_params["name"]
    found = shell.asset(name)
    if found is None:
        raise NotFoundError(f"pages load no file {name[:80]!r}")
    body, media = found
    is_named = request.query_params.get("v") == shell.digest(name)
    headers = {"Cache-Control": shell.FOREVER if is_named else "no-cache"}
    return Response(body, headers=headers, media_type=media)


class ProblemPages:
    """Has errors told by a page where the client would rather have HTML than JSON."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application."""
        scope[TELLER] = self._tell  # the one scope of the request: who raises may be outside
        try:
            await self._app(scope, receive, send)
        except HTTPException as error:
            if scope["method"] != "OPTIONS" or error.status_code != NOT_ALLOWED:
                raise
            await Response(headers={"Allow": ", ".join(READING)})(scope, receive, send)

    def _tell(self, request: Request, error: Exception) -> Response | None:
        return self._pages.problem(request, error) if prefers_html(request) else None
