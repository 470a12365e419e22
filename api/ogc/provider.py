"""The provider through which pygeoapi reads the store.

pygeoapi loads this file by its dotted name; nothing else imports it.
"""

from typing import Any

import orjson
from pygeoapi.provider.base import (
    BaseProvider,
    ProviderInvalidQueryError,
    ProviderItemNotFoundError,
    SchemaType,
)

from api.ogc import crs as systems
from api.ogc.encoding import Representation
from api.ogc.parameters import LANGUAGES, ItemsRequest, unwrapped
from api.ogc.registry import LayerSource
from api.ogc.schemas import property_schema
from api.ogc.times import parse_datetime
from cim.catalog import Bounds
from cim.errors import InputError, NotFoundError


class StoreProvider(BaseProvider):  # type: ignore[misc]  # pygeoapi has no types
    """One layer of the store as a pygeoapi feature provider. Nothing is left out in silence."""

    def __init__(self, definition: dict[str, Any]) -> None:
        """Serve the `LayerSource` under `data` of a definition made by `Registry`."""
        super().__init__(definition)
        source: LayerSource = definition["data"]
        self._layer, self._items = source.layer, source.items
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
        """A page of features as a GeoJSON feature collection.

        Raises:
            ProviderInvalidQueryError: An option is not supported.
        """
        for name in ("sortby", "q", "filterq"):
            if options.get(name):
                raise ProviderInvalidQueryError(user_msg=f"{name} is not supported")
        try:
            page = self._items.page(self._layer, self._request(options))
        except InputError as error:
            raise ProviderInvalidQueryError(user_msg=str(error)) from error
        hits_only = options.get("resulttype") == "hits"
        return {
            "type": "FeatureCollection",
            "features": [] if hits_only else orjson.loads(b"[" + bytes(page.texts) + b"]"),
            "numberMatched": page.matched,
            "numberReturned": 0 if hits_only else page.returned,
        }

    def get(self, identifier: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        """One feature as GeoJSON.

        Raises:
            ProviderItemNotFoundError: There is none of this number.
        """
        if not (identifier.isascii() and identifier.isdigit()):
            raise ProviderItemNotFoundError(user_msg=f"no feature {identifier!r}")
        shape = self._representation(options)
        try:
            text = self._items.feature(self._layer, int(identifier), shape)
        except NotFoundError as error:
            raise ProviderItemNotFoundError(user_msg=str(error)) from error
        feature: dict[str, Any] = orjson.loads(text)
        return feature

    def _request(self, options: dict[str, Any]) -> ItemsRequest:
        box, moment = options.get("bbox"), options.get("datetime_")
        return ItemsRequest(
            limit=options["limit"],
            offset=options.get("offset", 0),
            boxes=self._boxes(box) if box else None,
            valid=parse_datetime(moment) if moment else None,
            equals=tuple(options.get("properties", ())),
            representation=self._representation(options),
        )

    def _boxes(self, box: list[float]) -> tuple[Bounds, ...]:
        """The box, cut at the antimeridian; pygeoapi gives it in the CRS's own axis order."""
        half, stored = len(box) // 2, systems.crs_of(self._layer.crs)
        parts = unwrapped((box[0], box[1], box[half], box[half + 1]), stored)
        return tuple(systems.bounds_to(part, stored, self._layer.crs) for part in parts)

    def _representation(self, options: dict[str, Any]) -> Representation:
        """How to write features; pygeoapi names no transformation to the storage CRS."""
        spec = options.get("crs_transform_spec")
        stored = systems.crs_of(self._layer.crs)
        return Representation(
            crs=stored if spec is None else systems.find(self._layer, "crs", spec.target_crs_uri),
            properties=tuple(options.get("select_properties") or ()) or None,
            geometry=not options.get("skip_geometry", False),
        )
