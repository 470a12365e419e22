"""The provider through which pygeoapi reads the store.

pygeoapi loads this file by its dotted name; nothing else imports it.
"""

from dataclasses import replace
from typing import Any

import orjson
from pygeoapi.provider.base import BaseProvider, ProviderItemNotFoundError, SchemaType

from api.ogc.parameters import LANGUAGES
from api.ogc.registry import LayerSource
from api.ogc.schemas import property_schema
from cim.errors import NotFoundError


class StoreProvider(BaseProvider):  # type: ignore[misc]  # pygeoapi has no types
    """One layer of the store as a pygeoapi feature provider, for one request.

    What is asked for comes with the definition, as the route has read it: pygeoapi's own reading
    of boxes, CRSs and filters is looser and lets unknown parameters pass.
    """

    def __init__(self, definition: dict[str, Any]) -> None:
        """Serve the `LayerSource` under `data` of a definition made by `Registry`."""
        super().__init__(definition)
        source: LayerSource = definition["data"]
        self._layer, self._items, self._request = source.layer, source.items, source.request
        self.get_fields()

    def get_fields(self) -> dict[str, dict[str, Any]]:
        """JSON schemas of the layer's fields by name, in a new dictionary for each provider."""
        self._fields = {
            field.name: property_schema(field, LANGUAGES[0]) for field in self._layer.fields
        }
        return self._fields

    def get_schema(self, schema_type: SchemaType = SchemaType.item) -> tuple[str, dict[str, Any]]:
        """Media type and schema of a feature."""
        del schema_type  # the layers are read only: there is one schema
        properties = {"type": "object", "properties": self.get_fields()}
        feature = {"type": "object", "properties": {"properties": properties}}
        return "application/geo+json", feature

    def query(self, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - pygeoapi's call
        """A page of the features that the route's own reading of the request selects."""
        window = replace(self._request, limit=options["limit"], offset=options["offset"])
        page = self._items.page(self._layer, window)
        return {
            "type": "FeatureCollection",
            "features": orjson.loads(b"[" + bytes(page.texts) + b"]"),
            "numberMatched": page.matched,
            "numberReturned": page.returned,
        }

    def get(self, identifier: str, **_options: Any) -> dict[str, Any]:  # noqa: ANN401
        """One feature as GeoJSON.

        Raises:
            ProviderItemNotFoundError: There is none of this number.
        """
        shape = self._request.representation
        try:
            text = self._items.feature(self._layer, int(identifier), shape)
        except NotFoundError as error:
            raise ProviderItemNotFoundError(user_msg=str(error)) from error
        feature: dict[str, Any] = orjson.loads(text)
        return feature
