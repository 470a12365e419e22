"""Quality checks of addresses."""

from itertools import islice
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from addressing.checking import load_checks
from api.address_checks import Checker, feature
from api.schemas.address_checks import CheckOutcomeOut, ChecksOut, FindingOut, FindingsOut
from cim.errors import UnsupportedError

type Offset = Annotated[int, Query(ge=0, le=2**31, description="跳过的条数 / Findings to skip")]
type Limit = Annotated[int, Query(ge=1, le=10_000, description="至多条数 / Most findings")]
type Form = Annotated[Literal["json", "geojson"], Query(description="格式 / Form")]


def router(checker: Checker) -> APIRouter:
    """Routes over the checks of a city."""
    routes = APIRouter(prefix="/api/addresses/checks", tags=["Addresses"])

    @routes.get("", summary="质量检查汇总 / All checks")
    def read_checks() -> ChecksOut:
        checked = checker.checked()
        return ChecksOut(
            addresses=len(checked.evidence.addresses.codes),
            checks=[CheckOutcomeOut.from_outcome(one) for one in checked.outcomes],
        )

    @routes.get("/{rule}", summary="质量检查结果 / Findings of one check")
    def read_findings(rule: str, offset: Offset = 0, limit: Limit = 100, f: Form = "json") -> Any:  # noqa: ANN401 - one of two documents
        load_checks([rule])
        checked = checker.checked()
        outcome = next(one for one in checked.outcomes if one.check.name == rule)
        if outcome.findings is None:
            raise UnsupportedError(f"{rule} cannot run: {outcome.absent}")
        rows = list(islice(checked.rows(outcome), offset, offset + limit))
        count = len(outcome.findings.rows)
        if f == "geojson":
            body = {
                "type": "FeatureCollection",
                "numberMatched": count,
                "numberReturned": len(rows),
                "features": [feature(row) for row in rows],
            }
            return Response(orjson.dumps(body), media_type="application/geo+json")
        behind = offset + len(rows)
        return FindingsOut(
            rule=rule,
            count=count,
            findings=[FindingOut(**row) for row in rows],
            next=behind if behind < count else None,
        )

    return routes
