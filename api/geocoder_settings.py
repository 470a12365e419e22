"""What `cim.toml` says of the geocoder."""

from pydantic import Field, model_validator

from api.section import Section
from cim import plugins

_LANGUAGES = "geocode.languages"
_REGISTRY = "chinese"
_COLUMN = r"^[^\"]*$"


class GeocoderSettings(Section):
    """The geocoder: the language of the addresses, and where they are."""

    language: str = Field(
        default=_REGISTRY,
        description="Language that addresses are written in: chinese, french.",
    )
    layer: str = Field(
        default="",
        pattern=r"^([a-z][a-z0-9_]*)?$",
        description="Layer whose rows are the addresses, for languages other than Chinese; "
        "Chinese addresses are those of the registry.",
    )
    housenumber: str = Field(
        default="housenumber",
        pattern=_COLUMN,
        description="Column of that layer with the number of the door; empty if it has none.",
    )
    street: str = Field(
        default="street", pattern=_COLUMN, description="Column with the name of the street."
    )
    postcode: str = Field(
        default="postcode", pattern=_COLUMN, description="Column with the postcode."
    )
    city: str = Field(
        default="city", pattern=_COLUMN, description="Column with the name of the town."
    )
    name: str = Field(
        default="name",
        pattern=_COLUMN,
        description="Column with the name of a place that is no street and no town.",
    )

    @model_validator(mode="after")
    def _fits(self) -> "GeocoderSettings":
        known = plugins.names(_LANGUAGES)
        if self.language not in known:
            raise ValueError(f"language {self.language!r} is unknown; known: {', '.join(known)}")
        if (self.language == _REGISTRY) == bool(self.layer):
            wanted = "no layer" if self.layer else "a layer with its addresses"
            raise ValueError(f"language {self.language!r} needs {wanted}, not {self.layer!r}")
        return self
