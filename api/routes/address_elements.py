"""Elements of addresses and the queue of collisions: renamed, merged, split, decided."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from addressing.registry.store import Registry
from api.numerals import LARGEST_ROW, RowNumber
from api.routes.address_registry import PREFIX, RESPONSES
from api.schemas.registry import (
    AlteredOut,
    CaseOut,
    CasesOut,
    ElementsOut,
    EventOut,
    HistoryOut,
    MergeIn,
    NamedElementOut,
    RenameIn,
    ResolveIn,
    SplitIn,
)
from api.writers import require_writer

type Name = Annotated[str, Query(max_length=100, description="名称，旧名亦可 / Name, old or new")]
type Kind = Annotated[str, Query(alias="type", description="Type, such as `road`")]
type Parent = Annotated[str, Query(description="Code of the element it lies in")]
type Every = Annotated[bool, Query(description="Ended cases too")]
type After = Annotated[
    int, Query(ge=0, le=LARGEST_ROW, description="Only cases with a larger number")
]
type Limit = Annotated[int, Query(ge=1, le=1000)]


def router(registry: Registry, writes: str) -> APIRouter:
    """Routes of elements and of the queue; they go before those of single addresses."""
    routes = APIRouter(prefix=PREFIX, tags=["Addresses"], responses=RESPONSES)

    @routes.get("/elements", summary="地址要素 / Elements of addresses")
    def find(
        name: Name = "", kind: Kind = "", parent: Parent = "", after: str = "", limit: Limit = 100
    ) -> ElementsOut:
        found = registry.find_elements(
            name=name, kind=kind, parent=parent, after=after, limit=limit
        )
        return ElementsOut(elements=[NamedElementOut.of(one) for one in found])

    @routes.get("/elements/{code:path}/history", summary="要素沿革 / History of an element")
    def history(code: str) -> HistoryOut:
        return HistoryOut(events=[EventOut.of(one) for one in registry.element_events(code)])

    @routes.post("/elements/{code:path}/rename", summary="更名 / Rename an element")
    def rename(code: str, body: RenameIn, request: Request) -> AlteredOut:
        require_writer(request, writes)
        done = registry.rename(code, body.name, who=body.who, why=body.why, day=body.day)
        return AlteredOut.of(done)

    @routes.post("/elements/{code:path}/merge", summary="合并 / Merge elements into this one")
    def merge(code: str, body: MergeIn, request: Request) -> AlteredOut:
        require_writer(request, writes)
        done = registry.merge(body.elements, code, who=body.who, why=body.why, day=body.day)
        return AlteredOut.of(done)

    @routes.post("/elements/{code:path}/split", summary="拆分 / Split an element")
    def split(code: str, body: SplitIn, request: Request) -> AlteredOut:
        require_writer(request, writes)
        done = registry.split(code, body.given(), who=body.who, why=body.why, day=body.day)
        return AlteredOut.of(done)

    @routes.get("/elements/{code:path}", summary="一个地址要素 / One element")
    def read(code: str) -> NamedElementOut:
        return NamedElementOut.of(registry.elements(code))

    _add_queue(routes, registry, writes)
    return routes


def _add_queue(routes: APIRouter, registry: Registry, writes: str) -> None:
    """Routes of the queue."""

    @routes.get("/queue", summary="待裁决的重复地址 / Addresses that share a text")
    def queue(every: Every = False, after: After = 0, limit: Limit = 100) -> CasesOut:  # noqa: FBT002 - a query parameter
        found = registry.collisions(every=every, after=after, limit=limit)
        return CasesOut(cases=[CaseOut.of(one) for one in found])

    @routes.get("/queue/{case}", summary="一件重复 / One case")
    def read_case(case: RowNumber) -> CaseOut:
        return CaseOut.of(registry.collision(case))

    @routes.post("/queue/{case}/resolve", summary="裁决 / Decide a case")
    def resolve(case: RowNumber, body: ResolveIn, request: Request) -> CaseOut:
        require_writer(request, writes)
        decision = body.decision()
        done = registry.resolve(case, decision, who=body.who, why=body.why, day=body.day)
        return CaseOut.of(done)
