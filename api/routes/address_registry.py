"""The registry of standard addresses: read, search, make, change, as of a day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from addressing.code import parse_code
from addressing.registry.store import Registry
from api.errors import ParameterError, PreconditionMissingError
from api.numerals import whole_number
from api.schemas.registry import (
    CorrectIn,
    CreateIn,
    EventOut,
    FoundOut,
    FoundPageOut,
    HistoryOut,
    RegisteredOut,
    ReplaceIn,
    SearchIn,
    Why,
)
from api.writers import require_writer
from cim.codes.base import CodeError

LARGEST_VERSION = 2**31

PREFIX = "/api/addresses"
RESPONSES: dict[int | str, dict[str, str]] = {
    400: {"description": "A value is not legal; `field` names it"},
    403: {"description": "The settings do not let this client write"},
    404: {"description": "No address has the code"},
    409: {"description": "Another valid address has the text (`winner`), or it is retired"},
}
CHANGE_RESPONSES = RESPONSES | {
    412: {"description": "It was changed since: If-Match names another version"},
    428: {"description": "If-Match is missing"},
}

type On = Annotated[date | None, Query(description="日期 / As of the end of this day")]


def router(registry: Registry, writes: str, root_path: str) -> APIRouter:
    """Routes of the registry.

    Args:
        registry: The city's.
        writes: Who may write: `jobs.writes` of the settings.
        root_path: Path of the server behind a proxy.
    """
    routes = APIRouter(prefix=PREFIX, tags=["Addresses"])

    @routes.get("", summary="查询标准地址 / Search standard addresses")
    def search(asked: Annotated[SearchIn, Query()]) -> FoundPageOut:
        after = checked(asked.after, "after") if asked.after else ""
        page = registry.search(asked.query(after))
        return FoundPageOut(
            addresses=[FoundOut.of(row) for row in page.rows], next=page.next or None
        )

    @routes.post(
        "", status_code=201, summary="新建标准地址 / Make an address", responses=RESPONSES
    )
    def create(body: CreateIn, request: Request, response: Response) -> RegisteredOut:
        require_writer(request, writes)
        made = registry.create(body.new(), who=body.who, why=body.why, day=body.day)
        response.headers["Location"] = f"{root_path}{PREFIX}/{made.code}"
        return answer(registry, made.code, response)

    @routes.get("/{code}", summary="标准地址 / One address", responses=RESPONSES)
    def read(code: str, response: Response, on: On = None) -> RegisteredOut:
        return answer(registry, code, response, on)

    @routes.get("/{code}/history", summary="地址沿革 / History of an address")
    def history(code: str) -> HistoryOut:
        return HistoryOut(events=[EventOut.of(one) for one in registry.events(checked(code))])

    _add_changes(routes, registry, writes)
    return routes


def _add_changes(routes: APIRouter, registry: Registry, writes: str) -> None:
    """Routes that change an address; each asks for If-Match."""

    @routes.patch("/{code}", summary="更正 / Correct an address", responses=CHANGE_RESPONSES)
    def correct(code: str, body: CorrectIn, request: Request, response: Response) -> RegisteredOut:
        version = required_version(request, writes, registry, code)
        registry.correct(
            checked(code),
            body.change(),
            who=body.who,
            why=body.why,
            day=body.day,
            version=version,
        )
        return answer(registry, code, response)

    @routes.post("/{code}/retire", summary="注销 / Retire an address", responses=CHANGE_RESPONSES)
    def retire(code: str, body: Why, request: Request, response: Response) -> RegisteredOut:
        version = required_version(request, writes, registry, code)
        registry.retire(checked(code), who=body.who, why=body.why, day=body.day, version=version)
        return answer(registry, code, response)

    @routes.post(
        "/{code}/replace", summary="替换 / Replace an address", responses=CHANGE_RESPONSES
    )
    def replace(code: str, body: ReplaceIn, request: Request, response: Response) -> RegisteredOut:
        version = required_version(request, writes, registry, code)
        registry.replace(
            checked(code),
            body.given(),
            who=body.who,
            why=body.why,
            day=body.day,
            version=version,
        )
        return answer(registry, code, response)


def answer(
    registry: Registry, code: str, response: Response, on: date | None = None
) -> RegisteredOut:
    """The body of an address; its version is the ETag."""
    record = registry.record(checked(code), on)
    if on is None:
        response.headers["ETag"] = f'"{record.version}"'
    return RegisteredOut.of(record)


def checked(code: str, field: str = "code") -> str:
    """An address code that is one.

    Raises:
        ParameterError: It is none; the message names the digit.
    """
    try:
        return str(parse_code(code))
    except CodeError as error:
        raise ParameterError(field, str(error)) from error


def required_version(request: Request, writes: str, registry: Registry, code: str) -> int | None:
    """The version that a change names in If-Match; None for any, `*`.

    Raises:
        ForbiddenError: The client may not write.
        NotFoundError: No address has the code.
        PreconditionMissingError: There is no If-Match.
        ParameterError: It is no version.
    """
    require_writer(request, writes)
    found = registry.record(checked(code))
    given = request.headers.get("if-match")
    if given is None:
        raise PreconditionMissingError(
            f'If-Match is missing; legal: "{found.version}", the ETag of what was read'
        )
    if given.strip() == "*":
        return None
    text = given.strip().removeprefix('"').removesuffix('"')
    version = whole_number(text, LARGEST_VERSION)
    if version is None:
        raise ParameterError("If-Match", f'{given[:80]!r}; legal: one ETag such as "3", or *')
    return version
