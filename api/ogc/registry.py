"""The layers of a city as pygeoapi's `resources`, made from one snapshot of the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.ogc import crs as systems
from api.ogc.items import Items
from api.ogc.parameters import ItemsRequest
from cim.catalog import Layer

PROVIDER = "api.ogc.provider.StoreProvider"
NO_BOUNDS = (-180.0, -90.0, 180.0, 90.0)
"""What pygeoapi is told of a layer without features, since it must be told something."""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """What a provider needs to answer for one layer."""

    layer: Layer
    items: Items
    request: ItemsRequest
    """What is asked for, read from the parameters by `api.ogc.parameters`."""


class Registry(Mapping[str, dict[str, Any]]):
    """Resource definitions by layer name, each made when it is asked for."""

    def __init__(
        self, layers: Mapping[str, Layer], items: Items, request: ItemsRequest, largest: int
    ) -> None:
        """Offer a snapshot of the catalogue for one request; pages hold at most `largest`."""
        self._layers = layers
        self._items = items
        self._request = request
        self._limits = {"default_items": request.limit, "max_items": largest}

    def __getitem__(self, name: str) -> dict[str, Any]:
        """Definition of one layer in pygeoapi's terms."""
        layer = self._layers[name]
        title = {"zh": layer.title_zh or layer.name, "en": layer.title_en or layer.name}
        return {
            "type": "collection",
            "title": title,
            "description": title,
            "keywords": [layer.class_code],
            "links": [],
            "limits": self._limits,
            "extents": {"spatial": {"bbox": list(layer.bounds or NO_BOUNDS)}},
            "providers": [self._provider(layer)],
        }

    def __iter__(self) -> Iterator[str]:
        """Layer names in the catalogue's order."""
        return iter(self._layers)

    def __len__(self) -> int:
        """Number of layers."""
        return len(self._layers)

    def _provider(self, layer: Layer) -> dict[str, Any]:
        return {
            "type": "feature",
            "name": PROVIDER,
            "data": LayerSource(layer, self._items, self._request),
            "id_field": "id",
            "title_field": layer.name_field,
            "crs": [system.uri for system in systems.supported(layer)],
            "storage_crs": systems.crs_of(layer.crs).uri,
        }
