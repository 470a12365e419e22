"""The audit trail, for the steward."""

from datetime import UTC
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from api.numerals import LARGEST_ROW
from api.security.sight import sight_of
from cim.audit import AuditQuery, AuditTrail, StoredRecord

PREFIX = "/api/audit"
DUTY = "audit"

type Since = Annotated[
    AwareDatetime | None, Query(description="起始时间 / This time or later (ISO 8601, with zone)")
]
type Until = Annotated[AwareDatetime | None, Query(description="截止时间 / Before this time")]
type Text = Annotated[str, Query(max_length=200)]
type Limit = Annotated[int, Query(ge=1, le=1000)]
type Before = Annotated[
    int, Query(ge=0, le=LARGEST_ROW, description="上一页末条编号 / Last of the page before")
]


class AuditOut(BaseModel):
    """One thing done."""

    number: int
    at: str = Field(description="时间 / ISO 8601, UTC")
    who: str = Field(description="操作者 / Who")
    proof: str = Field(description="身份凭据 / none, key, token, system")
    key: str = Field(description="密钥编号或令牌主体 / Id of the key, subject of the token")
    address: str = Field(description="来源地址 / From where")
    face: str = Field(description="入口 / http, cli")
    action: str = Field(description="操作 / What")
    target: str = Field(description="对象 / Path or command")
    layers: list[str] = Field(description="图层 / Layers")
    result: str = Field(description="结果 / HTTP status or exit code")
    detail: str

    @classmethod
    def of(cls, stored: StoredRecord) -> Self:
        """A record of the trail."""
        one = stored.record
        return cls(
            number=stored.number,
            at=one.at,
            who=one.who,
            proof=one.proof,
            key=one.key,
            address=one.address,
            face=one.face,
            action=one.action,
            target=one.target,
            layers=[name for name in one.layers.split(",") if name],
            result=one.result,
            detail=one.detail,
        )


class AuditPage(BaseModel):
    """Some of the trail, the latest first."""

    records: list[AuditOut]
    next: int | None = Field(description="下一页的 before / `before` of the next page")


def router(trail: AuditTrail) -> APIRouter:
    """Routes of the trail."""
    routes = APIRouter(prefix=PREFIX, tags=["Operation"])

    @routes.get("", summary="审计日志 / The audit trail")
    def read_trail(  # noqa: PLR0913 - each is a parameter of the request
        request: Request,
        *,
        since: Since = None,
        until: Until = None,
        who: Text = "",
        layer: Text = "",
        action: Text = "",
        before: Before = 0,
        limit: Limit = 100,
    ) -> AuditPage:
        sight_of(request).require_duty(DUTY)
        query = AuditQuery(
            _text(since), _text(until), who, layer, action, before=before, limit=limit + 1
        )
        found = trail.read(query)
        shown = [AuditOut.of(one) for one in found[:limit]]
        return AuditPage(records=shown, next=shown[-1].number if len(found) > limit else None)

    return routes


def _text(time: AwareDatetime | None) -> str:
    """A time as the trail has it, UTC."""
    return "" if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
