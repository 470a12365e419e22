"""What `cim.toml` says of the geocoder."""

from pydantic import Field, ValidationInfo, field_validator

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
        validate_default=True,
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

    @field_validator("language")
    @classmethod
    def _is_known(cls, value: str) -> str:
        known = plugins.names(_LANGUAGES)
        if value not in known:
            raise ValueError(f"is no language of the geocoder; legal: {', '.join(known)}")
        return value

    @field_validator("layer")
    @classmethod
    def _fits_language(cls, value: str, info: ValidationInfo) -> str:
        language = info.data.get("language", _REGISTRY)
        if language == _REGISTRY and value:
            raise ValueError("must be empty: Chinese addresses are those of the registry")
        if language != _REGISTRY and not value:
            raise ValueError(f"must name the layer of the addresses, which are {language}")
        return value
