"""What every request passes first: who asks, what there is for the caller, how much it may ask.

Answers to those who show who they are must not be given to others by a cache between: they are
`private`. What is restricted or changed is written into the audit trail.
"""

from collections.abc import Iterable
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import UnauthorizedError, error_response
from api.security.bodies import check_length, limited
from api.security.credentials import credential_of
from api.security.desk import Access
from api.security.local import address_of
from api.security.principals import ANONYMOUS, Principal
from api.security.recording import READING, is_write, record_of
from api.security.sight import SCOPE_KEY, Sight, enter, leave
from cim.errors import BackendError, CimError

IN_QUERY: Final = "cim.key_in_query"
"""In the scope, until there is a sight: the key that came in the query."""


class Gate:
    """Lets requests in with the sight of whoever asks."""

    def __init__(self, app: ASGIApp, access: Access, root_path: str = "") -> None:
        self._app = app
        self._access = access
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, or say why the request does not come in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        principal = ANONYMOUS
        try:
            principal = await self._principal(scope)
            most_bytes = self._take(scope, principal)
        except CimError as error:
            await self._refuse(scope, receive, send, (principal, error))
            return
        if scope["method"] not in READING:
            receive = limited(receive, most_bytes)
        await self._run(scope, receive, send, principal)

    async def _principal(self, scope: Scope) -> Principal:
        credential = credential_of(scope)
        if credential is None:
            return ANONYMOUS
        found = await self._access.principal(credential)
        if credential.in_query:
            scope[IN_QUERY] = credential.text
        if found.proof == "key" and self._access.keys.note_use(found.key):
            await anyio.to_thread.run_sync(self._access.keys.write_use, found.key)
        return found

    def _take(self, scope: Scope, principal: Principal) -> int:
        """Most bytes of the body, for a caller who may ask now."""
        per_s, most_bytes = self._access.allowance(principal)
        if per_s:
            self._access.limit.take(principal.key or address_of(scope), per_s)
        if scope["method"] not in READING:
            check_length(scope, most_bytes)
        return most_bytes

    async def _run(self, scope: Scope, receive: Receive, send: Send, principal: Principal) -> None:
        sight = self._access.sights.of(principal, scope)
        sight.notes.link_key = scope.pop(IN_QUERY, "")
        scope[SCOPE_KEY] = sight
        is_plain = not principal.is_known and scope["method"] in READING
        guarded = send if is_plain else self._watched(scope, sight, send)
        token = enter(sight)
        try:
            if principal.is_known and not sight.is_ready():
                await anyio.to_thread.run_sync(sight.layers)
            await self._app(scope, receive, guarded)
        finally:
            leave(token)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, why: tuple[Principal, CimError]
    ) -> None:
        """Say why a request does not come in; what was shown and does not hold is recorded."""
        principal, error = why
        response = error_response(Request(scope), error)
        if scope["method"] not in READING or isinstance(error, UnauthorizedError):
            sight = self._access.sights.of(principal, scope)
            action = scope["method"].lower()
            self._access.recorder.gather(record_of(scope, sight, response.status_code, action))
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)

    def _watched(self, scope: Scope, sight: Sight, send: Send) -> Send:
        """`send` that keeps answers private and has them recorded before they leave."""
        is_lost = False

        async def send_watched(message: Message) -> None:
            nonlocal is_lost
            if is_lost:
                return
            if message["type"] == "http.response.start":
                try:
                    await self._record(scope, sight, message["status"])
                except BackendError as error:
                    is_lost = True
                    await error_response(Request(scope), error)(scope, _no_body, send)
                    return
                if sight.principal.is_known:
                    message["headers"] = _private(message.get("headers", ()))
            await send(message)

        return send_watched

    async def _record(self, scope: Scope, sight: Sight, status: int) -> None:
        """Put a request that is answered with `status` into the trail, if it belongs there.

        Raises:
            BackendError: It was a write, and the trail cannot be written.
        """
        recorder, notes = self._access.recorder, sight.notes
        if is_write(scope, sight, self._root_path):
            action = notes.verb or METHOD_VERBS.get(scope["method"], scope["method"].lower())
            record = record_of(scope, sight, status, action)
            await anyio.to_thread.run_sync(recorder.write, record)
        elif notes.restricted:
            record = record_of(scope, sight, status, "read")
            if recorder.is_full:
                await anyio.to_thread.run_sync(recorder.write, record)
            else:
                recorder.gather(record)


METHOD_VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


async def _no_body() -> Message:
    return {"type": "http.disconnect"}


def _private(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers of an answer that is for one caller only."""
    given, kept = list(headers), b""
    for name, value in given:
        if name.lower() == b"cache-control":
            parts = [part.strip() for part in value.split(b",")]
            kept = b", ".join(part for part in parts if part not in {b"public", b"private"})
    others = [(name, value) for name, value in given if name.lower() != b"cache-control"]
    return [*others, (b"cache-control", b"private" + (b", " + kept if kept else b""))]
