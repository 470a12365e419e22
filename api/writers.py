"""Who may write what is no layer's row: jobs, addresses, reports."""

from starlette.requests import Request

from addressing.registry.schema import LAYER as ADDRESSES
from api.errors import ForbiddenError
from api.security.sight import sight_of

ANY = "*"
"""Stands for a layer to be made whose name is not known yet."""


def require_writer(request: Request, writes: str, verb: str = "update", layer: str = "") -> None:
    """Let a request pass that may write: by its key, or by `jobs.writes` without one.

    Args:
        request: The request.
        writes: `jobs.writes` of the settings.
        verb: What it does with the layer.
        layer: Which layer; empty: that of the addresses; `ANY`: one not known yet.

    Raises:
        UnauthorizedError: It may not, and does not say who asks.
        ForbiddenError: It may not; the message says why.
        NotFoundError: For the caller there is no such layer.
    """
    if writes == "none":
        raise ForbiddenError('jobs.writes is "none": this server takes no jobs and no changes')
    sight_of(request).require(verb, layer or ADDRESSES)
