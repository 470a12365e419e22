"""Who may write: decided by the settings until access keys exist."""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request

from api.errors import ForbiddenError

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def require_writer(request: Request, writes: str, what: str = "start or cancel jobs") -> None:
    """Let a request pass that may do `what`, which changes the city.

    Pages of other sites may never write, whoever opens them; on this machine a name that is not
    its own in `Host` is taken for another site that has learnt to answer as this machine.

    Raises:
        ForbiddenError: It may not; the message names the setting.
    """
    if writes == "none":
        raise ForbiddenError(f'jobs.writes is "none": nobody may {what} here')
    host = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").lower()
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForbiddenError(f"pages of other sites may not {what}")
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise ForbiddenError(f"pages of other sites may not {what}")
    if writes == "local" and not (_is_local(request) and host in LOCAL_NAMES):
        raise ForbiddenError(
            f'jobs.writes is "local": only this machine may {what}, and not '
            'through a proxy; an operator who wants more sets it to "all"'
        )


def _is_local(request: Request) -> bool:
    """Whether the client is this machine itself."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
