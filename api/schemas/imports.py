"""Bodies about imports of addresses."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ImportRequestOptions(BaseModel):
    """How to import registers: options of `cim address import` by the same names, with _ for -."""

    model_config = ConfigDict(extra="forbid", strict=True)

    who: str = Field(min_length=1, max_length=200, description="Who answers for it")
    why: str | None = Field(default=None, max_length=500, description="Why, for the history")
    source: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Key of the register; else the file's name. The same key updates",
    )
    crs: str | None = Field(
        default=None, description="CRS of the coordinates, such as EPSG:3826, if not degrees"
    )
    source_layer: str | None = Field(default=None, description="Layer or sheet inside the file")
    encoding: str | None = Field(default=None, description="Text encoding, such as Big5")
    delimiter: str | None = Field(default=None, description="Sign between fields of a text table")
    boundaries: str | None = Field(
        default=None, description="LAYER.FIELD of areas whose codes count more than the text"
    )
    full: bool | None = Field(
        default=None, description="The whole register: retire what is gone from it"
    )
    dry_run: bool | None = Field(default=None, description="Do all but write")

    def given(self) -> dict[str, Any]:
        """The options that the client named."""
        values = self.model_dump(exclude_none=True)
        return {name: value for name, value in values.items() if value is not False}
