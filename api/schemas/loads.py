"""Bodies about loads."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class LoadRequestOptions(BaseModel):
    """How to load files: options of `cim load` by the same names, with _ for -."""

    model_config = ConfigDict(extra="forbid", strict=True)

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
    crs: str | None = Field(default=None, description="CRS of files that state none")
    swap_axes: bool | None = Field(
        default=None, description="Files hold latitude or northing first"
    )
    anchor: str | None = Field(
        default=None, description="longitude,latitude,height of what has no CRS"
    )
    heading_deg: float | None = Field(default=None, description="Turn about the anchor")
    anchor_heights: str | None = Field(default=None, description="What its height counts from")
    local_origin: str | None = Field(default=None, description="Where the anchor is in the file")
    unit: str | None = Field(default=None, description="Unit of length of the file")
    up_axis: str | None = Field(default=None, description="Axis of the file that points up")
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
