"""The registry of addresses is a layer too: who may not see all of it has no registry."""

from fastapi import APIRouter, Depends
from starlette.requests import Request

from addressing.registry.schema import LAYER as ADDRESSES
from api.security.sight import sight_of
from cim.errors import NotFoundError


def of_addresses(router: APIRouter) -> APIRouter:
    """The routes of a router, for those who see the layer of addresses in full.

    The registry answers from tables of its own, by text and code: it cannot leave out what lies
    outside of an area. Who sees a part of the addresses reads that part as a layer.
    """
    guarded = APIRouter(dependencies=[Depends(require_addresses)])
    guarded.include_router(router)
    return guarded


def require_addresses(request: Request) -> None:
    """Let a request pass whose caller sees all addresses, or when there are none yet.

    Raises:
        NotFoundError: There are some, and the caller does not see all of them.
    """
    sight = sight_of(request)
    if sight.hides(ADDRESSES) or (ADDRESSES in sight.layers() and sight.is_partial(ADDRESSES)):
        raise NotFoundError("the city has no addresses yet; make one with: cim address create")
