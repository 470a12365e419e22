"""Which requests without a key come from the machine the server runs on."""

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from api.errors import ForbiddenError, UnauthorizedError
from cim.errors import CimError

FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def objection_to(scope: Scope, writes: str) -> CimError | None:
    """Why a request without a key may not write, None when it may.

    Pages of other sites may never write, whoever opens them; on this machine a name that is not
    its own in `Host` is taken for another site that has learnt to answer as this machine.

    Args:
        scope: The request.
        writes: `jobs.writes` of the settings: who may write without a key.
    """
    if writes == "none":
        return ForbiddenError('jobs.writes is "none": this server takes no jobs and no changes')
    headers = Headers(scope=scope)
    host = (urlsplit(f"//{headers.get('host', '')}").hostname or "").lower()
    origin = headers.get("origin")
    is_foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    if is_foreign or headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return ForbiddenError("pages of other sites may not start or cancel jobs or change data")
    if writes == "local" and not (_is_local(scope, headers) and host in LOCAL_NAMES):
        return UnauthorizedError(
            'jobs.writes is "local": without a key only this machine may start and cancel jobs '
            "and change data, and not through a proxy; an operator who wants more gives keys "
            '(cim key create) or sets it to "all"',
            is_invalid=False,
        )
    return None


def address_of(scope: Scope) -> str:
    """Network address that a request comes from: that of the proxy, where there is one."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_local(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether the client is this machine itself."""
    if any(name in headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(address_of(scope)).is_loopback
    except ValueError:
        return False
