"""Answers in HTML: which page a request gets, and what it says where it cannot be answered."""

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.errors import error_response, status_of
from api.ogc import parameters as params
from api.ogc.city import City
from api.ogc.exchange import Asked, accepted_language, in_thread, origin
from api.ogc.html import conditions, shell
from api.ogc.html.content import Content, Wanted
from api.ogc.html.shell import Shown
from api.ogc.items import Items
from api.ogc.parameters import Limits
from api.ogc.words import field_title
from cim.catalog import Layer
from cim.store.base import Store

OWN_PARAMETERS = frozenset({"collections", "items", "item"})
"""Pages whose parameters are read where they are used."""

SERVER_ERRORS = 500
SEE_OTHER = 303


class Pages:
    """Makes the pages of the OGC API."""

    def __init__(self, store: Store, items: Items, city: City, limits: Limits) -> None:
        """Make pages about `store`."""
        self._city = city
        self._content = Content(store, items, limits, city.version)

    async def respond(self, wanted: Wanted) -> Response:
        """The page."""
        return await in_thread(self._make, wanted)

    def problem(self, request: Request, error: Exception) -> Response:
        """The page that says to people why a request could not be answered."""
        told = isinstance(error, HTTPException)
        status = error.status_code if isinstance(error, HTTPException) else status_of(error)
        if status >= SERVER_ERRORS:
            return error_response(request, error)
        detail = f"no such path: {request.url.path}" if told else str(error)
        language = request.query_params.get("lang", "")
        if language not in params.LANGUAGES:
            language = accepted_language(request.headers.get("accept-language", ""))
        shown = self._shown(Wanted("problem", request, Asked({}, "html", language)))
        field = getattr(error, "field", None)
        return shell.respond(
            request, "problem.html", shown, status=status, detail=detail, field=field
        )

    def found(self, request: Request, asked: Asked, layer: Layer) -> Response:
        """Where the form of conditions on the page of items leads: to what they select.

        Raises:
            ParameterError: The form is not filled in as it must be.
        """
        text = conditions.combined(asked.values, layer)
        values = {"f": "html", "lang": asked.language, "filter": text}
        href = f"{self._city.base(request)}/collections/{layer.name}/items?{urlencode(values)}"
        return RedirectResponse(href, SEE_OTHER)

    def _make(self, wanted: Wanted) -> Response:
        if wanted.page not in OWN_PARAMETERS:
            params.refuse_unknown(wanted.asked.values, params.COMMON)
        shown = self._shown(wanted)
        values = self._content.of(wanted, shown)
        return shell.respond(wanted.request, f"{wanted.page}.html", shown, **values)

    def _shown(self, wanted: Wanted) -> Shown:
        language = wanted.asked.language
        context = self._city.context(wanted.request, language)
        fields = wanted.layer.fields if wanted.layer is not None else ()
        return Shown(
            context=context,
            root=origin(wanted.request, self._city.root_path),
            sample=self._city.sample,
            switch=shell.other_language(wanted.request, language),
            section=wanted.section,
            data="" if wanted.page == "problem" else shell.in_json(wanted.request),
            titles={field.name: field_title(field, language) for field in fields},
        )
