"""The HTML pages of the DGGS resources, in the house's templates."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.ogc.dggs.documents import Document, Origin
from api.ogc.dggs.words import WORDS
from api.ogc.pages import render
from api.ogc.protocol import PageContext
from api.ogc.web import ROOT, City
from api.ogc.words import field_title, layer_title
from cim.store.base import Store


class DggsPages:
    """Makes the pages."""

    def __init__(self, store: Store, city: City) -> None:
        """Make pages about `store`."""
        self._store = store
        self._city = city

    def page(
        self,
        request: Request,
        origin: Origin,
        template: str,
        document: Document,
        **more: Any,  # noqa: ANN401 - template values
    ) -> HTMLResponse:
        """The page of a document."""
        context = origin.context
        language, layer = context.language, origin.layer
        other = "en" if language == "zh" else "zh"
        shown = PageContext(
            context=context,
            root=context.base.removesuffix(ROOT),
            sample=self._city.sample,
            switch=str(request.url.include_query_params(f="html", lang=other)),
            layers=self._store.layers(),
            titles={f.name: field_title(f, language) for f in (layer.fields if layer else ())},
        )
        trail = (
            []
            if layer is None
            else [
                (f"{context.base}/collections", ""),
                (context.collection(layer), layer_title(layer, language)),
            ]
        )
        return HTMLResponse(
            render(
                f"dggs/{template}.html",
                language,
                shown=shown,
                data=document,
                dggs=WORDS[language],
                origin=origin,
                above=trail,
                **more,
            )
        )
