"""Every error of the application as a problem document."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.errors import TELLER, Teller, error_response, problem
from cim.errors import CimError


def answer(request: Request, error: Exception) -> Response:
    """The problem document of what an application raises."""
    handle = _answer_http if isinstance(error, HTTPException) else _answer_error
    return handle(request, error)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem document."""
    app.add_exception_handler(CimError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_error)


def _answer_error(request: Request, error: Exception) -> Response:
    return _told(request, error) or error_response(request, error)


def _told(request: Request, error: Exception) -> Response | None:
    """What the part of the application that the request went to says itself, if anything."""
    tell: Teller | None = request.scope.get(TELLER)
    return None if tell is None else tell(request, error)


def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return error_response(request, error)
    told = _told(request, error)
    if told is not None:
        return told
    detail = error.detail if error.detail != "Not Found" else f"no such path: {request.url.path}"
    return problem(request, error.status_code, detail, headers=error.headers)


def _answer_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        return error_response(request, error)
    first = _first(error.errors())
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    reason = f"{field}: {first['msg']}; got {first.get('input')!r}"
    return problem(request, 400, reason, field=field)


def _first(errors: Sequence[Any]) -> Mapping[str, Any]:
    first: Mapping[str, Any] = errors[0]
    return first
