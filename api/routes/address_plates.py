"""QR plates of addresses."""

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from addressing.plate.png import LEAST_DPI, MOST_DPI
from addressing.registry.store import Registry
from addressing.registry.walk import look_up
from api.address_settings import AddressSettings
from api.ogc.exchange import etag, is_unchanged
from api.plates import DEFAULT_DPI, FORMATS, PlateMaker, write_plate

type Form = Literal["svg", "png", "pdf"]
type Size = Annotated[
    Literal["large", "medium", "small"] | None,
    Query(description="规格，默认取 cim.toml / Size, by default that of cim.toml"),
]
type Dpi = Annotated[
    int, Query(ge=LEAST_DPI, le=MOST_DPI, description="png 分辨率 / Dots an inch of a PNG")
]


def router(registry: Registry, settings: AddressSettings, workspace: Path) -> APIRouter:
    """Routes that draw plates."""
    routes = APIRouter(prefix="/api/addresses", tags=["Addresses"])

    @routes.get(
        "/{code}/plate.{form}",
        summary="二维码门牌 / QR plate",
        response_class=Response,
        responses={200: {"content": {media: {} for media in FORMATS.values()}}},
    )
    def read_plate(
        code: str, form: Form, request: Request, size: Size = None, dpi: Dpi = DEFAULT_DPI
    ) -> Response:
        maker = PlateMaker.of(settings, workspace, size or "")
        address = look_up(registry, code)
        text = maker.text(address)
        tag = etag(text, maker.size, form, dpi, settings.font)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if is_unchanged(request, tag):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'inline; filename="{address.code}.{form}"'
        body = write_plate(maker.draw(address), maker.face, form, dpi)
        return Response(body, headers=headers, media_type=FORMATS[form])

    return routes
