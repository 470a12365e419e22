"""Identity codes: is a text a code of a scheme, or of which could it be."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.errors import ParameterError, TooLargeError
from api.schemas.codes import CheckOut, ChecksOut, CodesToCheck, SchemeList, SchemeOut
from cim.code_checks import AUTO, Verdict, check, find_scheme, identify, schemes
from cim.errors import InputError

MOST_ROWS = 100_000

type SchemeName = Annotated[
    str, Query(max_length=40, description="编码类型，auto 自动识别 / Scheme, or auto")
]
type Value = Annotated[str, Query(min_length=1, max_length=300, description="编码 / Code")]


def router() -> APIRouter:
    """Routes over the scheme plugins."""
    routes = APIRouter(prefix="/api/codes", tags=["Codes"])

    @routes.get("", summary="编码类型列表 / Schemes")
    def read_schemes() -> SchemeList:
        return SchemeList(schemes=[SchemeOut.from_scheme(one) for one in schemes().values()])

    @routes.get("/validate", summary="编码校验 / Check a code")
    def validate(value: Value, scheme: SchemeName = AUTO) -> CheckOut:
        return CheckOut.from_verdicts(value, scheme, verdicts_of(scheme, value))

    @routes.post("/validate", summary="批量编码校验 / Check many codes")
    def validate_many(body: CodesToCheck) -> ChecksOut:
        if len(body.value) > MOST_ROWS:
            raise TooLargeError(f"{len(body.value)} codes, at most {MOST_ROWS} in a request")
        first = [verdicts_of(body.scheme, value)[0] for value in body.value]
        if body.scheme == AUTO:
            first = [_identified(verdict) for verdict in first]
        return ChecksOut(
            valid=[verdict.valid for verdict in first],
            scheme=[verdict.scheme if verdict.valid else None for verdict in first],
            normalized=[verdict.checked.value if verdict.checked else None for verdict in first],
            reason=[verdict.reason or None for verdict in first],
        )

    return routes


def verdicts_of(scheme: str, value: str) -> tuple[Verdict, ...]:
    """What a scheme says of a text, or what all say.

    Raises:
        ParameterError: The scheme is unknown.
    """
    if scheme == AUTO:
        return identify(value)
    try:
        return (check(find_scheme(scheme), value),)
    except InputError as error:
        raise ParameterError("scheme", str(error)) from error


def _identified(verdict: Verdict) -> Verdict:
    """The verdict; a text that fits no scheme is told so, not why it is none of the first."""
    if verdict.valid:
        return verdict
    return Verdict(AUTO, verdict.value, None, f"{verdict.value!r} fits no scheme with a rule")
