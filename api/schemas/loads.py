"""Bodies about loads."""

from typing import Any

from pydantic import Field

from api.schemas.placing import PlacingOptions


class LoadRequestOptions(PlacingOptions):
    """How to load files: options of `cim load` by the same names, with _ for -."""

    class_code: str | None = Field(
        default=None, alias="class", description="Entity class of a new layer, such as BLDG"
    )
    title_zh: str | None = Field(default=None, max_length=500, description="Chinese title")
    title_en: str | None = Field(default=None, max_length=500, description="English title")
    source: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Key of the source; else the file's name. The same key updates",
    )
    source_layer: str | None = Field(
        default=None, description="Layer inside the file; of IFC a plain layer of it"
    )
    id_field: str | None = Field(default=None, description="Column with permanent ids")
    lon_field: str | None = Field(default=None, description="Column of longitudes in a table")
    lat_field: str | None = Field(default=None, description="Column of latitudes in a table")
    encoding: str | None = Field(default=None, description="Text encoding, such as GBK")
    name_field: str | None = Field(default=None, description="Column that names a feature")
    height_field: str | None = Field(default=None, description="Column of heights, m")
    authority: str | None = Field(default=None, description="Authoritative source")
    steward: str | None = Field(default=None, description="Who keeps the data")
    licence: str | None = Field(default=None, description="Licence of the data")
    source_date: str | None = Field(default=None, description="Date the source states, ISO")
    new_ids: bool | None = Field(
        default=None, description="Accept another rule of source ids than before"
    )

    def given(self) -> dict[str, Any]:
        """The options that the client named, by the names of the command."""
        values = self.model_dump(exclude_none=True, by_alias=True)
        return {name: value for name, value in values.items() if value is not False}
