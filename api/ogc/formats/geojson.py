"""GeoJSON (RFC 7946), and its axis order under other CRSs (OGC 18-058r1, clause 6.3).

Pages of items in this format are made by `api.ogc.items`, which keeps them ready; this makes whole
files.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from api.ogc.encoding import encode
from api.ogc.formats._json import collection
from api.ogc.formats.base import Export, Format


@dataclass(frozen=True, slots=True)
class GeoJson:
    """See `Format`."""

    media_type: str = "application/geo+json"
    suffix: str = ".geojson"
    is_paged: bool = True
    is_text: bool = True

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "GeoJSON", "en": "GeoJSON"}

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`."""
        texts = (encode(batch, export.representation) for batch in export.read())
        return collection(export, {}, texts)


PLUGIN: Format = GeoJson()
