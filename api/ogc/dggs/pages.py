"""The HTML pages of the DGGS resources, in the house's templates."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.city import City
from api.ogc.dggs.documents import Document, Origin
from api.ogc.dggs.words import WORDS
from api.ogc.exchange import origin as web_origin
from api.ogc.html import shell
from api.ogc.html.shell import Shown
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
    ) -> Response:
        """The page of a document."""
        context = origin.context
        language, layer = context.language, origin.layer
        shown = Shown(
            context=context,
            root=web_origin(request, self._city.root_path),
            sample=self._city.sample,
            switch=shell.other_language(request, language),
            section="dggs",
            data=shell.in_json(request),
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
        return shell.respond(
            request,
            f"dggs/{template}.html",
            shown,
            data=document,
            dggs=WORDS[language],
            origin=origin,
            above=trail,
            **more,
        )
