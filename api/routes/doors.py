"""The page behind a plate, and reports of faults."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from addressing.model import Status
from addressing.registry.reports import Report, Reports, ReportsFullError
from addressing.registry.walk import look_up
from api import errors
from api.doors.desk import Answer, Desk
from api.doors.limiting import Limiter
from api.doors.mending import digits_of
from api.doors.pages import render
from api.errors import (
    ForbiddenError,
    ParameterError,
    QueueFullError,
    TooLargeError,
    UnsupportedMediaError,
)
from api.numerals import LARGEST_ROW, RowNumber
from api.ogc.exchange import Asked, asked, in_thread, origin
from api.schemas.doors import (
    DoorOut,
    ReportIn,
    ReportMade,
    ReportOut,
    ReportsOut,
    Settlement,
)
from api.writers import require_writer
from cim.errors import ConflictError, NotFoundError

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 8_192
"""Of a report as a form; each of 500 characters may take nine bytes."""

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The page has no script and loads nothing."""

type Every = Annotated[bool, Query(description="包括已办结 / Settled ones too")]
type After = Annotated[
    int, Query(ge=0, le=LARGEST_ROW, description="上一页末条编号 / Last of the page before")
]
type Limit = Annotated[int, Query(ge=1, le=1000)]


def page_router(desk: Desk, reports: Reports) -> APIRouter:
    """Routes of the page."""
    routes = APIRouter(tags=["Addresses"])
    limiter = Limiter()

    @routes.get("/a", include_in_schema=False)
    def look(request: Request, code: str = "") -> Response:
        target = f"{desk.settings.server.root_path}/a/{digits_of(code)[:40] or '0'}"
        return RedirectResponse(f"{target}?lang={asked(request).language}", 303)

    @routes.head("/a/{code}", include_in_schema=False)
    @routes.get(
        "/a/{code}",
        summary="扫码页面 / What a scanned plate opens",
        response_model=DoorOut,
        responses={200: {"content": {"text/html": {}}}, 404: {}, 410: {}},
    )
    def read_door(code: str, request: Request) -> Response:
        wanted = asked(request)
        return _respond(desk.answer(code, wanted.language), wanted, request)

    @routes.post("/a/{code}/reports", include_in_schema=False)
    async def send_form(code: str, request: Request) -> Response:
        body = _report_in(await _form(request))
        wanted = asked(request)
        try:
            await in_thread(_report, desk, reports, limiter, request, code, body)
        except QueueFullError:
            answer = await in_thread(desk.answer, code, wanted.language)
            page = render(answer.page, wanted.language, "later")
            headers = _page_headers(wanted.language) | {"Retry-After": errors.RETRY_S}
            return HTMLResponse(page, 429, headers=headers)
        root = desk.settings.server.root_path
        return RedirectResponse(f"{root}/a/{code}?lang={wanted.language}&thanks=1", 303)

    @routes.post("/api/addresses/{code}/reports", status_code=201, summary="问题上报 / Report")
    def send_report(code: str, body: ReportIn, request: Request) -> ReportMade:
        return ReportMade(id=_report(desk, reports, limiter, request, code, body).id)

    return routes


def steward_router(reports: Reports, writes: str) -> APIRouter:
    """Routes for those who look after reports."""
    routes = APIRouter(prefix="/api/addresses/reports", tags=["Addresses"])

    @routes.get("", summary="问题上报列表 / Reports")
    def read_reports(
        request: Request, *, every: Every = False, after: After = 0, limit: Limit = 100
    ) -> ReportsOut:
        require_writer(request, writes)
        found = reports.read(every=every, after=after, limit=limit + 1)
        shown = [ReportOut.from_report(one) for one in found[:limit]]
        return ReportsOut(reports=shown, next=shown[-1].id if len(found) > limit else None)

    @routes.post("/{number}/settle", summary="办结问题 / Settle a report")
    def settle(number: RowNumber, body: Settlement, request: Request) -> ReportOut:
        require_writer(request, writes)
        return ReportOut.from_report(reports.settle(number, who=body.who, outcome=body.outcome))

    return routes


def _page_headers(language: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-cache",
        "Content-Language": language,
        "Content-Security-Policy": POLICY,
        "Vary": "Accept, Accept-Language",
        "X-Robots-Tag": "noindex",
    }


def _respond(answer: Answer, wanted: Asked, request: Request) -> Response:
    headers = _page_headers(wanted.language)
    if wanted.form == "html":
        said = "thanks" if "thanks" in request.query_params else ""
        page = render(answer.page, wanted.language, said)
        return HTMLResponse(page, answer.status, headers=headers)
    facts = answer.facts
    if facts is not None:
        base = origin(request, request.scope.get("root_path", ""))
        headers |= _links(base, [one.code for one in facts.successors])
        body = DoorOut.from_facts(facts).model_dump_json()
        return Response(body, answer.status, headers=headers, media_type="application/json")
    page_ = answer.page
    members = {"guesses": [{"code": one.code, "digit": one.place} for one in page_.guesses]}
    detail = page_.reason or f"address {page_.asked!r} does not exist"
    return errors.problem(
        request, answer.status, detail, field="code", headers=headers, members=members
    )


def _links(base: str, codes: list[str]) -> dict[str, str]:
    """A Link header to what took the place of an address."""
    links = ", ".join(f'<{base}/a/{code}>; rel="successor-version"' for code in codes)
    return {"Link": links} if links else {}


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form.

    Raises:
        UnsupportedMediaError: The body is no form.
        TooLargeError: It is too long.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise UnsupportedMediaError(f"body {kind!r}; legal: {FORM}")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLargeError(f"a report of more than {MOST_BYTES} bytes")
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items() if name in ReportIn.model_fields}


def _report_in(fields: dict[str, str]) -> ReportIn:
    """The report of a form.

    Raises:
        ParameterError: A field is missing or not legal.
    """
    try:
        return ReportIn.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise ParameterError(str(first["loc"][0]), first["msg"]) from error


def _report(
    desk: Desk, reports: Reports, limiter: Limiter, request: Request, code: str, body: ReportIn
) -> Report:
    """Keep a report about an address that everybody may know."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForbiddenError("pages of other sites may not report faults")
    if not desk.settings.addresses.reports:
        raise ConflictError("this city takes no reports here: addresses.reports is false")
    address = look_up(desk.registry, code)
    if address.status is Status.DRAFT:
        raise NotFoundError(f"address {code!r} does not exist")
    limiter.take(request.client.host if request.client else "")
    try:
        return reports.add(address.code, body.kind, body.note)
    except ReportsFullError as error:
        raise QueueFullError(str(error)) from error
