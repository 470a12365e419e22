"""What every request passes through."""

import asyncio

import orjson
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_answers, errors

TIMED_OUT = 503


class RootPath:
    """Lets the server be reached under a path, whether the proxy strips that path or not."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application as ASGI wants it: `path` begins with `root_path`."""
        if scope["type"] == "http":
            path: str = scope["path"]
            inside = path.startswith(f"{self._root_path}/") or path == self._root_path
            full = path if inside else self._root_path + path
            scope = {**scope, "root_path": self._root_path, "path": full}
        await self._app(scope, receive, send)


class TimeLimit:
    """Answers 503 when an answer has not begun within some seconds of the last bit of request."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; once the answer has begun it may take as long as it takes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = asyncio.timeout(self._seconds)

        async def receive_in_time() -> Message:
            message = await receive()
            if message["type"] == "http.request" and limit.when() is not None:
                limit.reschedule(asyncio.get_running_loop().time() + self._seconds)
            return message

        async def send_in_time(message: Message) -> None:
            if limit.when() is not None:
                limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await self._app(scope, receive_in_time, send_in_time)
        except TimeoutError:
            if not limit.expired():
                raise
            await _send_timeout(scope, send, self._seconds)


async def _send_timeout(scope: Scope, send: Send, seconds: float) -> None:
    document = {
        "type": "about:blank",
        "title": errors.TITLES[TIMED_OUT],
        "status": TIMED_OUT,
        "detail": f"No answer within {seconds:g} s; ask for less.",
        "instance": scope["path"],
    }
    headers = [(b"content-type", errors.MEDIA_TYPE.encode()), (b"retry-after", b"5")]
    await send({"type": "http.response.start", "status": TIMED_OUT, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(document)})


class Origins(CORSMiddleware):
    """Lets pages of other origins read; what no page asks for is spared the detour."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; its answer says that it may be another one for another origin."""
        if scope["type"] != "http" or any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
            return

        async def send_varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"vary", b"Origin")]
            await send(message)

        await self.app(scope, receive, send_varying)


class Problems:
    """Tells errors of an application that is reached without the framework."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, which sends nothing before it fails."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - what has no family is told as such
            await error_answers.answer(Request(scope), error)(scope, receive, send)


class HeadAsGet:
    """Answers HEAD as GET without the body, below paths whose routes know GET only."""

    def __init__(self, app: ASGIApp, prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; RFC 9110, 9.3.2."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if not (is_head and path.startswith(self._prefixes)):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_head)


class SecurityHeaders:
    """Adds what keeps browsers from guessing types, framing pages and loading from elsewhere."""

    HEADERS = (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"vary", b"Authorization, X-API-Key"),
    )
    """Answers differ by who asks (`api.security`), so caches must look at that too."""

    CONTENT_POLICY = (
        b"content-security-policy",
        (
            b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
            b"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            b"font-src 'self' data:; connect-src 'self' data: blob:; object-src 'none'; "
            b"base-uri 'self'; frame-ancestors 'self'"
        ),
    )
    """For pages. CesiumJS compiles WebAssembly, starts workers and shows textures from blobs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and add the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                policy = (self.CONTENT_POLICY,) if _needs_policy(given) else ()
                message["headers"] = [*given, *self.HEADERS, *policy]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _needs_policy(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether it is a page, and one that does not bring a policy of its own."""
    if not any(value.startswith(b"text/html") for _, value in headers):
        return False
    values = {name.lower(): value for name, value in headers}
    is_page = values.get(b"content-type", b"").startswith(b"text/html")
    return is_page and b"content-security-policy" not in values
