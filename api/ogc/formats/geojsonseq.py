"""GeoJSON text sequences (RFC 8142): one feature a line, to be read as they arrive."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from api.ogc.encoding import encode
from api.ogc.formats.base import Export, Format

SEPARATOR = b"\x1e"
"""What begins each text; a line feed ends it."""


@dataclass(frozen=True, slots=True)
class GeoJsonSequence:
    """See `Format`."""

    media_type: str = "application/geo+json-seq"
    suffix: str = ".geojsons"
    is_paged: bool = False
    is_text: bool = True

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "GeoJSON 文本序列", "en": "GeoJSON text sequence"}

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`."""
        for batch in export.read():
            texts = encode(batch, export.representation)
            yield b"".join(b"%b%b\n" % (SEPARATOR, text) for text in texts)


PLUGIN: Format = GeoJsonSequence()
