"""The catalogue at run time: layers published, described anew, retired, measured.

A change is seen by the next request to any worker: all of them read the one catalogue.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.errors import (
    ParameterError,
    PreconditionMissingError,
)
from api.numerals import RowNumber, whole_number
from api.schemas.layers import (
    LAYERS,
    EntryIn,
    LayerDetailOut,
    LayerIn,
    LayerOut,
    LayerSearchIn,
    LayersIn,
    LayersOut,
    PublishedOut,
    PublishIn,
    QualityOut,
    ReasonIn,
    TableOut,
    TablesOut,
    VersionOut,
    VersionsOut,
    WorkspaceIn,
    WorkspaceOut,
    WorkspacesOut,
)
from api.security.sight import sight_of
from cim.catalog import CLASSIFICATIONS, EntryVersion, Layer, LayerWorkspace, NewLayer, Origin
from cim.coding import CodeLevels
from cim.errors import NotFoundError
from cim.layer_search import find_layers
from cim.measuring import measure
from cim.publishing import publish
from cim.store.base import Store
from cim.themes import is_within, themes

RESPONSES: dict[int | str, dict[str, str]] = {
    400: {"description": "A value is not legal; `field` names it"},
    401: {"description": "Nobody in particular asks"},
    403: {"description": "The caller may not do this"},
    404: {"description": "There is no such layer for the caller"},
    410: {"description": "The layer was retired; the reason is in `detail`"},
}
CHANGES = RESPONSES | {
    409: {"description": "The layer is there already, or in another state"},
    412: {"description": "It was changed since: If-Match names another version"},
    422: {"description": "A table cannot be a layer"},
    428: {"description": "If-Match is missing"},
}
LARGEST_VERSION = 2**31

type Reason = Annotated[str, Query(max_length=500, description="停用原因 / Reason, for readers")]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the routes work with."""

    store: Store
    """The whole of it: what a caller may see and do is asked of the sight."""

    levels: CodeLevels
    root_path: str

    def require(self, request: Request, name: str) -> None:
        """Let a request pass that may publish a layer, and note what it does.

        Raises:
            UnauthorizedError: It may not, and does not say who asks.
            ForbiddenError: It may not.
        """
        sight_of(request).require("publish", name)

    def require_class(self, request: Request, name: str, classification: str) -> None:
        """Let nobody give a layer a class that the same caller could not see any more.

        Raises:
            UnauthorizedError: It could not, and does not say who asks.
            ForbiddenError: It could not.
        """
        is_class = classification in CLASSIFICATIONS
        if is_class and not sight_of(request).sees(name, classification):
            raise sight_of(request).refusal(f"see a layer {name!r} that is {classification}")

    def keeps(self, request: Request, name: str) -> bool:
        """Whether the caller may publish a layer, and so sees it in any state."""
        return sight_of(request).may("publish", name)

    def layers(self, request: Request) -> Mapping[str, Layer]:
        """The layers that the caller sees, and in any state those it keeps."""
        seen, every = sight_of(request).layers(), self.store.layers()
        if not self.keeps(request, next(iter(every), "")):
            return seen
        return {
            name: seen.get(name) or sight_of(request).shown(layer)
            for name, layer in every.items()
            if name in seen or self.keeps(request, name)
        }

    def layer(self, request: Request, name: str) -> Layer:
        """One of them.

        Raises:
            GoneError: It was retired.
            NotFoundError: There is none for the caller.
        """
        return self.layers(request).get(name) or sight_of(request).layer(name)

    def versions(self, request: Request, name: str) -> Iterator[EntryVersion]:
        """What the entry of a layer said, without the attributes that the caller may not see.

        Raises:
            GoneError: The layer was retired.
            NotFoundError: There is none for the caller.
        """
        seen, whole = self.layer(request, name), self.store.layer(name)
        hidden = {field.name for field in whole.fields} - {field.name for field in seen.fields}
        for one in self.store.entry_versions(name):
            yield replace(one, entry=_without(one.entry, hidden))

    def answer(self, request: Request, name: str, response: Response) -> LayerDetailOut:
        """The body of a layer; the version of its entry is the ETag."""
        layer = self.layer(request, name)
        response.headers["ETag"] = f'"{layer.entry_version}"'
        return LayerDetailOut.with_loads(layer, self.store.loads(name), self.root_path)


def router(store: Store, levels: CodeLevels, root_path: str) -> APIRouter:
    """Routes of the catalogue of the whole `store`."""
    routes = APIRouter(tags=["Layers"], responses=RESPONSES)
    catalogue = Catalogue(store, levels, root_path)
    _add_reading(routes, catalogue)
    _add_publishing(routes, catalogue)
    _add_changing(routes, catalogue)
    _add_workspaces(routes, catalogue)
    return routes


def _add_reading(routes: APIRouter, catalogue: Catalogue) -> None:
    @routes.get(LAYERS, summary="图层目录 / Layers of the catalogue")
    def find(request: Request, asked: Annotated[LayerSearchIn, Query()]) -> LayersOut:
        found = find_layers(catalogue.layers(request).values(), asked.query())
        page = found[asked.offset : asked.offset + asked.limit]
        return LayersOut(
            total=len(found),
            layers=[LayerOut.of(layer, catalogue.root_path) for layer in page],
            links=asked.links(f"{catalogue.root_path}{LAYERS}", len(found)),
        )

    @routes.get(f"{LAYERS}/{{name}}", summary="一个图层 / One layer")
    def read(name: str, request: Request, response: Response) -> LayerDetailOut:
        return catalogue.answer(request, name, response)

    @routes.get(f"{LAYERS}/{{name}}/versions", summary="目录沿革 / Versions of the entry")
    def read_versions(name: str, request: Request) -> VersionsOut:
        found = catalogue.versions(request, name)
        return VersionsOut(versions=[VersionOut.of(one) for one in found])

    @routes.get(f"{LAYERS}/{{name}}/versions/{{number}}", summary="一个版本 / One version")
    def read_version(name: str, number: RowNumber, request: Request) -> VersionOut:
        layer = catalogue.layer(request, name)
        for one in catalogue.versions(request, name):
            if one.version == number:
                return VersionOut.of(one)
        raise NotFoundError(
            f"the entry of layer {name!r} has no version {number}; "
            f"legal: 1 to {layer.entry_version}"
        )


def _add_publishing(routes: APIRouter, catalogue: Catalogue) -> None:
    @routes.get("/api/tables", summary="未入目录的表 / Tables that are no layers yet")
    def read_tables(request: Request) -> TablesOut:
        catalogue.require(request, "*")
        found = catalogue.store.tables().items()
        return TablesOut(tables=[TableOut(table=name, geometry_type=kind) for name, kind in found])

    @routes.post(LAYERS, status_code=201, summary="发布图层 / Publish layers", responses=CHANGES)
    def add(body: PublishIn, request: Request, response: Response) -> PublishedOut:
        one_by_one = body.layers if isinstance(body, LayersIn) else [body]
        for layer in one_by_one:
            catalogue.require(request, layer.name)
            catalogue.require_class(request, layer.name, layer.classification or "")
        news: list[NewLayer] = [layer.new() for layer in one_by_one]
        made = publish(catalogue.store, news, _origin(request, body.why), catalogue.levels)
        if isinstance(body, LayerIn):
            response.headers["Location"] = f"{catalogue.root_path}{LAYERS}/{made[0].name}"
            response.headers["ETag"] = f'"{made[0].entry_version}"'
        return PublishedOut(layers=[layer.name for layer in made])


def _add_changing(routes: APIRouter, catalogue: Catalogue) -> None:
    store = catalogue.store

    @routes.patch(f"{LAYERS}/{{name}}", summary="修改目录 / Change the entry", responses=CHANGES)
    def alter(name: str, body: EntryIn, request: Request, response: Response) -> LayerDetailOut:
        expected = _expected(request, catalogue, name)
        catalogue.require_class(request, name, body.classification or "")
        store.alter(name, body.entry(), _origin(request, body.why), expected=expected)
        return catalogue.answer(request, name, response)

    @routes.delete(f"{LAYERS}/{{name}}", summary="停用图层 / Retire a layer", responses=CHANGES)
    def retire(name: str, request: Request, response: Response, why: Reason) -> LayerDetailOut:
        expected = _expected(request, catalogue, name, must=False)
        store.retire(name, _origin(request, why), expected=expected)
        return catalogue.answer(request, name, response)

    @routes.post(f"{LAYERS}/{{name}}/restore", summary="恢复图层 / Restore", responses=CHANGES)
    def restore(name: str, body: ReasonIn, request: Request, response: Response) -> LayerDetailOut:
        _expected(request, catalogue, name, must=False)
        store.restore(name, _origin(request, body.why))
        return catalogue.answer(request, name, response)

    @routes.post(f"{LAYERS}/{{name}}/measure", summary="质量评定 / Measure", responses=CHANGES)
    def measure_layer(name: str, request: Request) -> QualityOut:
        _expected(request, catalogue, name, must=False)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = measure(store, name, now)
        return QualityOut.of(found, store.write_quality(name, found).version)


def _add_workspaces(routes: APIRouter, catalogue: Catalogue) -> None:
    here = "/api/workspaces"

    @routes.get(here, summary="专题空间 / Workspaces")
    def read_all(request: Request) -> WorkspacesOut:
        layers = sight_of(request).layers().values()
        return WorkspacesOut(
            workspaces=[
                WorkspaceOut.of(
                    one, sum(one.name in layer.workspaces for layer in layers), catalogue.root_path
                )
                for one in catalogue.store.workspaces().values()
            ],
            themes=[
                WorkspaceOut.of(
                    LayerWorkspace(one.code, one.title_zh, one.title_en),
                    sum(is_within(layer.theme, one.code) for layer in layers),
                    catalogue.root_path,
                )
                for one in themes().values()
                if one.is_class
            ],
        )

    @routes.put(f"{here}/{{name}}", summary="设置专题空间 / Make or rename", responses=CHANGES)
    def put(name: str, body: WorkspaceIn, request: Request) -> WorkspaceIn:
        catalogue.require(request, "*")
        catalogue.store.put_workspace(LayerWorkspace(name, body.title_zh, body.title_en))
        return body

    @routes.delete(f"{here}/{{name}}", status_code=204, summary="删除专题空间 / Remove")
    def remove(name: str, request: Request) -> None:
        catalogue.require(request, "*")
        catalogue.store.remove_workspace(name)


def _without(entry: Mapping[str, Any], hidden: Collection[str]) -> Mapping[str, Any]:
    """An entry that says nothing of some attributes."""
    kept = [one for one in entry.get("fields", ()) if one["name"] not in hidden]
    named = ("name_field", "height_field")
    unsaid = {name: None for name in named if entry.get(name) in hidden}
    return {**entry, "fields": kept, **unsaid} if hidden else entry


def _origin(request: Request, why: str) -> Origin:
    principal = sight_of(request).principal
    return Origin(principal.name, why)


def _expected(
    request: Request, catalogue: Catalogue, name: str, *, must: bool = True
) -> int | None:
    """The version of the entry that a change names in If-Match; None for any, `*`.

    Raises:
        ForbiddenError: The client may not change the layer.
        NotFoundError: There is none of this name.
        PreconditionMissingError: There is no If-Match, and it `must` be there.
        ParameterError: It is no version.
    """
    catalogue.require(request, name)
    layer = catalogue.layer(request, name)
    given = request.headers.get("if-match", "" if must else "*").strip()
    if not given:
        raise PreconditionMissingError(
            f'If-Match is missing; legal: "{layer.entry_version}", the ETag of what was read'
        )
    if given == "*":
        return None
    text = given.removeprefix('"').removesuffix('"')
    version = whole_number(text, LARGEST_VERSION)
    if version is None:
        raise ParameterError("If-Match", f'{given[:80]!r}; legal: one ETag such as "3", or *')
    return version
