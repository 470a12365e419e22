"""Where uploaded files stand: options that making tiles and loading share."""

from pydantic import BaseModel, ConfigDict, Field


class PlacingOptions(BaseModel):
    """Options of `cim load` and `cim tiles build` by the same names, with _ for -."""

    model_config = ConfigDict(extra="forbid", strict=True)

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
